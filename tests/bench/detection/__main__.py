"""How well campaigns are found on worlds not tuned on: `python -m tests.bench.detection [--write] [NAME...]`.

Prints the tables as Markdown; `--write` puts them into docs/detection.md too.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from tests.bench.detection.tables import table
from tests.bench.detection.worlds import ALL, judge
from tests.bench.report import ROOT, machine, replace

PAGE = ROOT / "docs" / "detection.md"
COMMAND = "python -m tests.bench.detection --write"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.detection", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(ALL)}; all by default")
    parser.add_argument("--seeds", type=int, help="the first so many of each, instead of all")
    parser.add_argument("--write", action="store_true", help="write the tables into the page, too")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - ALL.keys():
        parser.error(f"there are no worlds called {', '.join(sorted(unknown))}")
    began, parts = time.monotonic(), []
    with tempfile.TemporaryDirectory(prefix="detector-bench-") as folder, ProcessPoolExecutor(2) as pool:
        for name in arguments.names or ALL:
            worlds = ALL[name]
            place = Path(folder) / name
            place.mkdir()
            seeds = worlds.seeds[: arguments.seeds]
            parts.append(table(worlds, list(pool.map(partial(judge, worlds, folder=place), seeds)), seeds))
    when, seconds = datetime.now(UTC).strftime("%Y-%m-%d"), time.monotonic() - began
    text = "\n".join([*parts, f"Measured {when} with `{COMMAND}` in {seconds:.0f} s.\n{machine()}.\n"])
    print(text)
    if arguments.write:
        replace(PAGE, "detection", text)


if __name__ == "__main__":
    main()
