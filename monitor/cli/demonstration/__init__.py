"""The demonstration: a week of four simulated providers, compressed into half a minute, through the real pipeline."""
