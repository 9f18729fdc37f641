"""`python -m monitor.cli` is `upheld`."""

from monitor.cli import main

main(prog_name="upheld")
