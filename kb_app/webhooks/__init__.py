"""Telling other systems what happens here: addresses, signed calls, their log."""
