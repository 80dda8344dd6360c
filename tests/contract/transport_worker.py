"""A worker in a process of its own, for the transport's contract.

``python -m tests.contract.transport_worker BOOTSTRAP GROUP TOPIC MODE`` prints a JSON line for every batch it
has done: ``{"partition", "first", "last", "generation"}``, or ``{"refused"}`` when its commit was. MODE:
``commit`` commits every batch, ``fail`` raises in the second one, ``drain`` commits only when the partitions
are revoked.
"""

import json
import sys
from typing import Any

from faust.types import TP

from streams.transport import BatchedApp, CommitRefusedError, run


def main() -> int:
    bootstrap, group, topic, mode = sys.argv[1:]
    app = BatchedApp(
        group,
        bootstrap,
        broker_max_poll_records=50,
        broker_session_timeout=6.0,
        broker_heartbeat_interval=0.3,
    )
    done: dict[TP, tuple[int, str]] = {}

    @app.on_revoked
    async def revoked(tps: set[TP]) -> None:
        if mode == "drain":
            await app.commit(done)
            print(json.dumps({"drained": {str(tp.partition): done[tp][0] for tp in done}}), flush=True)

    @app.agent(app.batches(topic))
    async def read(stream: Any) -> None:
        count = 0
        async for batch in stream:
            count += 1
            if mode == "fail" and count == 2:
                raise ValueError("a batch that can't be worked on")
            done[batch.tp] = (batch.next_offset, "")
            if mode != "drain":
                try:
                    await app.commit({batch.tp: done[batch.tp]}, batch.generation)
                except CommitRefusedError:
                    print(json.dumps({"refused": batch.records[0].offset}), flush=True)
                    continue
            line = {
                "partition": batch.tp.partition,
                "first": batch.records[0].offset,
                "last": batch.records[-1].offset,
                "generation": batch.generation,
            }
            print(json.dumps(line), flush=True)

    return run(app, stop_seconds=10)


if __name__ == "__main__":
    sys.exit(main())
