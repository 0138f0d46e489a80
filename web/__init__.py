"""What people see: pages, forms and the JSON API. The only package that knows HTTP."""
