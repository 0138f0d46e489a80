"""Tests, laid out as the code is; people and data in factories.py, fakes in fakes.py."""
