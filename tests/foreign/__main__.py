"""`python -m tests.foreign --seed N --events 500000 --out F.jsonl --labels L.json`."""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.foreign.world import build
from tests.foreign.write import write

parser = argparse.ArgumentParser(prog="python -m tests.foreign", description=__doc__)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--events", type=int, default=500_000)
parser.add_argument("--out", type=Path, required=True)
parser.add_argument("--labels", type=Path, required=True)
given = parser.parse_args()
write(build(given.seed, given.events), given.out, given.labels)
