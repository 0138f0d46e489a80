"""The product's lives over HTTP, from end to end."""
