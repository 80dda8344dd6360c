"""Where the real data lies; it is no part of the project."""

from __future__ import annotations

import os
from pathlib import Path

from tests.bench.report import ROOT

FOLDER = Path(os.environ.get("DETECTOR_DATA", ROOT.parent / "shared" / "data"))
"""`../shared/data`, or what `DETECTOR_DATA` names."""
