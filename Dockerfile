# The image of all services except PostgreSQL: Airflow, dbt, Great Expectations and Lá Chắn, with pinned packages.
ARG PYTHON_IMAGE=python:3.12-slim
FROM ${PYTHON_IMAGE}

# the font of charts in reports: it has all Vietnamese letters
RUN apt-get update && apt-get install --yes --no-install-recommends fonts-dejavu-core && rm -rf /var/lib/apt/lists/*

RUN useradd --system --uid 10001 --create-home lachan \
    && install -d -o lachan -g lachan -m 700 /var/lib/lachan /var/lib/lachan/secrets /archive /backup

# EXTRA_REQUIREMENTS=requirements-workers.txt adds what CeleryExecutor and EdgeExecutor need.
ARG EXTRA_REQUIREMENTS=
COPY requirements.txt requirements-workers.txt /opt/lachan/
RUN cd /opt/lachan && for lock in requirements.txt $EXTRA_REQUIREMENTS; do \
        pip install --no-cache-dir --no-deps --require-hashes -r $lock || exit 1; done

COPY pyproject.toml /opt/lachan/
COPY contracts /opt/lachan/contracts
COPY expectations /opt/lachan/expectations
COPY dbt_project /opt/lachan/dbt_project
COPY plugins /opt/lachan/plugins
COPY dags /opt/lachan/dags
COPY docs/operations /opt/lachan/docs/operations

ENV PYTHONPATH=/opt/lachan/plugins \
    LACHAN_PROJECT=/opt/lachan \
    LACHAN_HOME=/var/lib/lachan \
    AIRFLOW_HOME=/var/lib/lachan/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/lachan/dags \
    AIRFLOW__CORE__PLUGINS_FOLDER=/opt/lachan/plugins \
    DO_NOT_TRACK=1 \
    GX_ANALYTICS_ENABLED=false \
    DBT_SEND_ANONYMOUS_USAGE_STATS=false

USER lachan
WORKDIR /var/lib/lachan
ENTRYPOINT ["python", "-m"]
CMD ["lachan", "--help"]
