"""Run dbt: from accepted rows to computed figures, and the pages that describe them."""
