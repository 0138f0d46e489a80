"""Telephone calls: reported by another system, shown to their agent, kept with the ticket."""
