"""All benchmarks of the table, or some of them: `python -m tests.bench [--write] [NAME...]`.

Prints the table as Markdown; `--write` puts it into README.md and docs/benchmarks.md too.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from streams.transport import tune
from tests.bench.context import Context
from tests.bench.report import ROOT, Row, section, write

#: In the table's order, each a module `row_NAME`.
NAMES = ("transport", "run", "engine", "workers", "accounts", "start")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; all by default")
    parser.add_argument("--write", action="store_true", help="write the table into the pages, too")
    arguments = parser.parse_args()
    names = arguments.names or list(NAMES)
    if unknown := set(names) - set(NAMES):
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}")
    if arguments.write and set(names) != set(NAMES):
        parser.error("--write wants the whole table")
    logging.basicConfig(level=logging.ERROR)
    # aiokafka reports a topic's first moments as errors; a record that is not delivered raises.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    tune()
    load, began = os.getloadavg()[0], time.monotonic()
    # Nothing measured may wait for a kernel to be compiled.
    subprocess.run([sys.executable, "-m", "detector.warm"], cwd=ROOT, check=True)
    found: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="detector-bench-") as folder:
        context = Context(Path(folder))
        for name in names:
            start = time.monotonic()
            found += importlib.import_module(f"tests.bench.row_{name}").rows(context)
            print(f"{name}: {time.monotonic() - start:.0f} s", file=sys.stderr)
    text = section(found, load, time.monotonic() - began)
    print(text)
    if arguments.write:
        write(text)


if __name__ == "__main__":
    main()
