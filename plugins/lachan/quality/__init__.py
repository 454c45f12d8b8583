"""Great Expectations' verdicts: on fresh files before dbt (gate), and on marts before publication (audit)."""
