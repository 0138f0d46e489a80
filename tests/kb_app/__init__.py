"""Tests of kb_app."""
