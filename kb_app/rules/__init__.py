"""Rules that work on tickets by themselves: what they see, what they do, and their log."""
