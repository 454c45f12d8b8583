# Stands in for postgres:18: the wheel's server behind stunnel.
FROM lachan-debian
RUN useradd --system --home-dir /var/lib/postgresql --create-home postgres
COPY pg /usr/lib/pg
COPY libs /usr/lib/pg-libs
COPY docker-entrypoint.sh /usr/local/bin/
RUN echo /usr/lib/pg-libs >/etc/ld.so.conf.d/pg.conf && ldconfig && chmod 755 /usr/local/bin/docker-entrypoint.sh
ENV PATH=/usr/lib/pg/bin:/usr/local/bin:/usr/bin:/bin
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
STOPSIGNAL SIGINT
