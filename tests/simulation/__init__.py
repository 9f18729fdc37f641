"""How often the verdicts are wrong, by simulating providers whose truth is known (`make simulate-claims`)."""
