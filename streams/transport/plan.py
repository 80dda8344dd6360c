"""What an app declares before it runs."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from faust.types import TP

from streams.transport.inbox import Inbox

Hook = Callable[[set[TP]], Awaitable[None]]


@dataclass
class Plan:
    """Inboxes, weights and hooks of an app; its consumer, which exists while a loop runs, works by it."""

    inboxes: dict[str, Inbox] = field(default_factory=dict)
    #: How much work a partition of a topic is, against others.
    weights: dict[str, float] = field(default_factory=dict)
    assigned_hooks: list[Hook] = field(default_factory=list)
    revoked_hooks: list[Hook] = field(default_factory=list)
    #: Batches of a partition that may wait for their agent.
    waiting_limit: int = 2
    #: How long an agent may take to finish its batch in hand when partitions are revoked, seconds.
    grace: float = 10.0
