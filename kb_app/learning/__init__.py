"""What the site learns from its own use, and what managers see and decide of it."""
