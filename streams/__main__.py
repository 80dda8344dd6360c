"""`python -m streams` is `detector`."""

from streams.cli import main

main(prog_name="detector")
