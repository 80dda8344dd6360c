"""From the call of `detector replay` to the first event scored, everything compiled beforehand."""

from __future__ import annotations

import subprocess
import sys
from itertools import islice
from pathlib import Path

from tests.bench.context import Context
from tests.bench.report import ROOT, Row
from tests.bench.timing import best

EVENTS = 1000
ROUNDS = 7


def rows(context: Context) -> list[Row]:
    few, flags = context.folder / "few.jsonl", context.folder / "flags.jsonl"
    with context.world.path.open("rb") as file:
        few.write_bytes(b"".join(islice(file, EVENTS)))
    tool = Path(sys.executable).with_name("detector")
    works = {
        "replay": lambda: _call(str(tool), "replay", str(few), "--flags", str(flags)),
        "python": lambda: _call(sys.executable, "-c", "import numba"),
    }
    found = best(works, ROUNDS)
    return [
        Row(
            "start of `detector replay`, cache warm",
            "",
            *(2, 0.7, "s", found["replay"].wall),
            f"from the call to its end, {EVENTS:,} events scored: an upper bound of the first; "
            f"importing numba alone takes {found['python'].wall:.2f} s",
            small=True,
        )
    ]


def _call(*command: str) -> None:
    subprocess.run(command, cwd=ROOT, check=True, stderr=subprocess.DEVNULL)
