"""Checks by Great Expectations: of new files before dbt (gate), and of marts before publication (audit)."""
