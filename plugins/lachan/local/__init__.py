"""The one-machine form: an embedded PostgreSQL and Airflow's components, started, watched and stopped."""
