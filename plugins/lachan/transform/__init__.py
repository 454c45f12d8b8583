"""dbt runs that turn accepted rows into figures, and the generated documentation of the tables."""
