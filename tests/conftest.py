"""Fixtures that every room of tests may use."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    from streams.broker import Broker, Guard


@pytest.fixture(scope="session")
def guard() -> Iterator["Guard"]:
    """Ends the brokers that it is told of, should this process be killed."""
    from streams.broker import Guard

    with Guard() as watching:
        yield watching


@pytest.fixture(scope="session")
def broker(guard: "Guard") -> Iterator["Broker"]:
    """A real Kafka for the whole session; `broker.bootstrap` is its address."""
    # Only here: tests without a broker need not wait for the clients' import.
    from streams import broker as local

    folder = Path(tempfile.mkdtemp(prefix="detector-broker-"))
    guard.broker(folder)
    try:
        yield local.start(folder)
    finally:
        local.stop(folder)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def broker_folder(guard: "Guard", tmp_path: Path) -> Iterator[Path]:
    """A folder for a broker of a test's own, which is stopped at its end."""
    from streams import broker as local

    folder = tmp_path / "broker"
    guard.broker(folder)
    yield folder
    local.stop(folder)


@pytest.fixture
def prefix() -> str:
    """A topic prefix that no other test uses."""
    return f"t{uuid4().hex[:10]}."
