"""A worker in a process of its own: ``python -m tests.integration.pipeline_worker SETTINGS MEMBER STAGES``.

STAGES are ``toy`` or ``engine``. It prints a line for everything that its observer is told.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from config.settings import Settings
from streams.pipeline.app import build_app
from streams.pipeline.observe import Observer
from streams.pipeline.stages import Limits
from streams.transport import run
from tests.integration.pipeline_tools import toy_stages


def _printing(name: str) -> Callable[..., None]:
    def told(self: Observer, *what: Any) -> None:
        print(name, *map(repr, what[:3]), flush=True)

    return told


def main() -> int:
    logging.basicConfig(level=logging.WARNING)
    text, member, stages = sys.argv[1:]
    given = json.loads(text)
    if "rules_dir" in given:
        given["rules_dir"] = Path(given["rules_dir"])
    # The rows themselves would fill the pipe.
    told = [name for name in vars(Observer) if not name.startswith("_") and name != "rows"]
    observer = type("Printing", (Observer,), {name: _printing(name) for name in told})()
    app = build_app(
        Settings(**given),
        observer,
        toy_stages() if stages == "toy" else None,
        limits=Limits(rows=500, ring=4),
        consumer_group_instance_id=member,
        broker_session_timeout=6.0,
        broker_heartbeat_interval=0.3,
    )
    return run(app, stop_seconds=10)


if __name__ == "__main__":
    sys.exit(main())
