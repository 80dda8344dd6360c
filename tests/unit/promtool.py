"""Where promtool is, for the tests that need it."""

from __future__ import annotations

import os
import shutil

import pytest


def promtool() -> str:
    """Its path; the test is skipped without it, and fails where CI is set."""
    found = shutil.which("promtool")
    if not found:
        missing = "promtool is missing (Debian package `prometheus`)"
        assert not os.environ.get("CI"), missing
        pytest.skip(missing)
    return found
