"""What people need day by day: alerts, and decisions about files."""
