"""Bad news at once: seen, stored as rows, and told once to whom `[[alerts]]` names."""
