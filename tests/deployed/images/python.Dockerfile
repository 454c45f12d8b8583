# Stands in for python:3.12-slim.
FROM lachan-debian
RUN ln -s python3 /usr/bin/python
ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin PIP_BREAK_SYSTEM_PACKAGES=1 LANG=C.UTF-8
