"""Families of rate limiters as hypotheses: each file bounds the parameters that one family would need to explain a run.

A family whose bounds are empty is refuted by the run. What is not refuted is bounded for certain, not fitted.
"""
