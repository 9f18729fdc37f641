"""Published promises against the numbers: one function per metric; `judging.METRICS` is the registry."""
