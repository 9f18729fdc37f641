"""The providers from the other side: real wire formats, real pictures, real rate limits and faults, known truth.

A scenario file says how each provider behaves; one process serves all of them, each below its own prefix. What was
really served stands at `/_sim/ledger`, so that a measurement can be compared with the truth. See `docs/simulator.md`.
"""
