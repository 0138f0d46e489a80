"""Tests of ticket_bridge."""
