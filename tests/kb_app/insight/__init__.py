"""Tests of kb_app.insight."""
