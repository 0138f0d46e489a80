"""Tickets begun by staff: for a customer on the phone, from a template, or by the calendar."""
