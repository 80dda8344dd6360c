"""`python -m streams` is `detector`."""

from streams.cli import main

if __name__ == "__main__":
    main(prog_name="detector")
