"""The demonstration: a week of four simulated providers, in less than a minute, through the real pipeline."""
