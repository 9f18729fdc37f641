"""Tests of the SLA clauses."""
