"""Models on real data: `python -m tests.bench.real [--write] [NAME...]`.

Prints the table as Markdown; `--write` puts it into docs/real-data.md too. Data that is not there is left
out, and said so.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import time

from tests.bench.real.data import FOLDER
from tests.bench.report import ROOT, Row, section, write

NAMES = {
    "darpa": "darpa",
    "months": "star-months",
    "stars": "stars",
    "nab": "nab",
    "nab_flags": "nab",
    "elections": "elections",
}
PAGE = ROOT / "docs" / "real-data.md"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.real", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; all by default")
    parser.add_argument("--write", action="store_true", help="write the table into the page, too")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(NAMES):
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}")
    load, began = os.getloadavg()[0], time.monotonic()
    found: list[Row] = []
    missing = []
    for name in arguments.names or NAMES:
        if (FOLDER / NAMES[name]).is_dir():
            found += importlib.import_module(f"tests.bench.real.{name}").rows()
        else:
            missing.append(name)
    text = section(found, load, time.monotonic() - began)
    print(text)
    if missing:
        print(f"left out, as the data is not there: {', '.join(missing)}", file=sys.stderr)
    if arguments.write and not missing and not arguments.names:
        write(text, (PAGE,))


if __name__ == "__main__":
    main()
