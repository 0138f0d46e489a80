"""What people see, route by route."""
