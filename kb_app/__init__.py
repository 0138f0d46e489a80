"""What the product does: use cases, free of HTTP."""
