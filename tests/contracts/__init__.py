"""One suite a Protocol; every implementation and every fake passes it."""
