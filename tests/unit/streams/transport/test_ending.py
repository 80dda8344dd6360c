"""A task that does not stop at the first word is told again, and nothing waits for it for ever."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from streams.transport.ending import to_the_end


def test_a_task_that_swallows_a_cancellation_ends() -> None:
    told = 0

    async def stubborn() -> None:
        nonlocal told
        while told < 3:
            with suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
            told += 1

    async def main() -> int:
        task = asyncio.create_task(stubborn())
        await asyncio.sleep(0)
        assert not task.done()
        return 7

    with asyncio.Runner() as runner:
        assert runner.run(to_the_end(main())) == 7
    assert told == 3
