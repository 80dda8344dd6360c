"""Fixtures that every room of tests may use."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    from streams.broker import Broker


@pytest.fixture(scope="session")
def broker() -> Iterator["Broker"]:
    """A real Kafka for the whole session; `broker.bootstrap` is its address."""
    # Only here: tests without a broker need not wait for the clients' import.
    from streams import broker as local

    folder = Path(tempfile.mkdtemp(prefix="detector-broker-"))
    try:
        yield local.start(folder)
    finally:
        local.stop(folder)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def prefix() -> str:
    """A topic prefix that no other test uses."""
    return f"t{uuid4().hex[:10]}."
