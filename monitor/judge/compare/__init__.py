"""Providers set against one another, and weeks: what may be said of a difference (docs/methods.md, 9)."""
