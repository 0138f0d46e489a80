"""Calls back: a customer asks to be called, an agent calls and says what came of it."""
