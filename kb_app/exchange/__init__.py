"""Bringing knowledge in from other places and giving all of it out in open formats."""
