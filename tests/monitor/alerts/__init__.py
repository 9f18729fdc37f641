"""Alerts: what is news, told once."""
