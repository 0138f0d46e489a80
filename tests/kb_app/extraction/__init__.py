"""Tests of kb_app.extraction."""
