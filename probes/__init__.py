"""TAKE a measurement: nouns, plans, one place that fires, one file per provider, one place that classifies."""
