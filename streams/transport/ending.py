"""The end of a loop: every task is told to stop until it does."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_ROUNDS, _SECONDS = 20, 0.25


async def to_the_end(main: Coroutine[Any, Any, T]) -> T:
    """What `main` returns, once all other tasks of the loop have ended as well.

    A task may take its first cancellation for that of something it waits for, and go on; `asyncio.Runner`
    cancels only once, and would wait for it for ever.
    """
    try:
        return await main
    finally:
        for _ in range(_ROUNDS):
            rest = asyncio.all_tasks() - {asyncio.current_task()}
            if not rest:
                break
            for task in rest:
                task.cancel()
            await asyncio.wait(rest, timeout=_SECONDS)
