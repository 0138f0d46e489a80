"""Tickets handed over to other ticket systems, and what comes back from there."""
