"""The platform on one machine: starts, monitors and stops an embedded PostgreSQL and the components of Airflow."""
