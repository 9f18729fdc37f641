"""KEEP and JUDGE: configuration, store, statistics, incidents, budget, the service and the command line."""
