"""Tests of answerer."""
