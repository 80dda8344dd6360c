"""A start without what nobody needs."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import sys
import models
assert "numba" in sys.modules
assert "scipy.linalg" not in sys.modules
import scipy.linalg.cython_blas
"""


def test_kernels_come_without_linear_algebra_which_can_be_had_all_the_same() -> None:
    subprocess.run([sys.executable, "-c", SCRIPT], check=True)
