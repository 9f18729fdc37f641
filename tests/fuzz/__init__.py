"""Answers that nobody has thought of: `python -m tests.fuzz 200000` mutates real ones, for every adapter."""
