"""Daily operation: alerts, and the decisions of people about files."""
