"""Groups of accounts that keep meeting: joined by meetings, each with what it has come to."""

from __future__ import annotations

import msgspec

from models.state import Blobs

# A group that has grown beyond this is a crowd: what so many do at the same times is no secret company.
CROWD = 400
# A group is looked at again when it has met so many times as often, or so much more often and a while later.
_GROWTH, _MORE, _WHILE_MS = 1.2, 30, 600_000
# Sets in order, so that equal groups are equal bytes.
_encode = msgspec.msgpack.Encoder(order="deterministic").encode


class Ring(msgspec.Struct):
    """Accounts that were told of under one name: a group may hold several rings that share some accounts."""

    name: str
    members: set[int]


class Group(msgspec.Struct):
    """Accounts that have met often enough.

    Attributes:
        seed: the first two accounts, by their rows; the group's name comes from theirs.
        members: rows of the accounts.
        meetings: told so far; `last`: when the last one was, ms.
        judged, looked: meetings at the last look, and when that was.
        rings: that were found in it.
    """

    seed: tuple[int, int]
    members: set[int]
    meetings: int = 0
    judged: int = 0
    looked: int = 0
    last: int = 0
    rings: list[Ring] = []


class Groups:
    """All groups; an account is in one at the most.

    Args:
        horizon_ms: a group whose members have not met for so long is none any more.

    >>> groups = Groups(horizon_ms=1000)
    >>> groups.meet(1, 2, ts=0), groups.meet(2, 3, ts=10)
    ((1, 2), (1, 2))
    >>> sorted(groups[(1, 2)].members)
    [1, 2, 3]
    >>> groups.meet(3, 4, ts=5000)
    (3, 4)
    """

    def __init__(self, horizon_ms: int) -> None:
        self._horizon_ms = horizon_ms
        self.blobs = Blobs("groups")
        self._groups: dict[tuple[int, int], Group] = {}
        self._of: dict[int, tuple[int, int]] = {}

    def __getitem__(self, seed: tuple[int, int]) -> Group:
        return self._groups[seed]

    @property
    def seeds(self) -> list[tuple[int, int]]:
        """Of all groups."""
        return list(self._groups)

    def meet(self, a: int, b: int, ts: int) -> tuple[int, int] | None:
        """Two accounts have met at `ts`; the seed of the group that they are now in.

        None when they stay in two, which together would be a crowd.
        """
        first, second = self._living(a, ts), self._living(b, ts)
        if first is None and second is None:
            group = Group((a, b), {a, b})
            self._groups[group.seed] = group
        elif first is None or second is None or first == second:
            group = self._groups[first or second]  # type: ignore[index]
            group.members |= {a, b}
        else:
            group, other = self._groups[first], self._groups[second]
            if len(other.members) > len(group.members):
                group, other = other, group
            if len(group.members) + len(other.members) > CROWD:
                return None
            group.members |= other.members
            group.meetings += other.meetings
            group.rings = group.rings + other.rings
            for member in other.members:
                self._of[member] = group.seed
            self._drop(other.seed)
        self._of[a] = self._of[b] = group.seed
        group.meetings += 1
        group.last = ts
        return group.seed

    def forget(self, ts: int) -> None:
        """Lets go of the groups that are none any more, which `meet` would pass over anyway."""
        for group in [one for one in self._groups.values() if ts - one.last > self._horizon_ms]:
            self._dissolve(group)

    def _living(self, account: int, ts: int) -> tuple[int, int] | None:
        seed = self._of.get(account)
        if seed is not None and ts - self._groups[seed].last > self._horizon_ms:
            self._dissolve(self._groups[seed])
            return None
        return seed

    def _dissolve(self, group: Group) -> None:
        for member in group.members:
            del self._of[member]
        self._drop(group.seed)

    def _drop(self, seed: tuple[int, int]) -> None:
        del self._groups[seed]
        if _key(seed) in self.blobs:  # one that came up in this very tick is not there yet
            del self.blobs[_key(seed)]

    def grown(self, seed: tuple[int, int]) -> bool:
        """Whether a group has met so often since the last look that it is worth another; it counts as one."""
        group = self._groups.get(seed)
        if group is None or len(group.members) > CROWD:
            return False
        least = _GROWTH * group.judged
        if group.last - group.looked >= _WHILE_MS:
            least = min(least, group.judged + _MORE)
        if group.meetings < least + 2:
            return False
        group.judged, group.looked = group.meetings, group.last
        return True

    def ring(self, seed: tuple[int, int], members: set[int], new: str) -> str:
        """The name of a ring in a group: that under which half of the fewer of its accounts were told of, or
        a new one.
        """
        group = self._groups[seed]
        for ring in group.rings:
            if 2 * len(ring.members & members) >= min(len(ring.members), len(members)):
                ring.members |= members
                return ring.name
        group.rings = [*group.rings, Ring(new, set(members))]
        return new

    def keep(self, seed: tuple[int, int]) -> None:
        """Notes a changed group for the checkpoint."""
        if seed in self._groups:
            self.blobs[_key(seed)] = _encode(self._groups[seed])

    def rebuild(self) -> None:
        """After the blobs have been loaded."""
        decode = msgspec.msgpack.Decoder(Group).decode
        self._groups = {group.seed: group for group in (decode(self.blobs[key]) for key in self.blobs)}
        self._of = {member: group.seed for group in self._groups.values() for member in group.members}


def _key(seed: tuple[int, int]) -> str:
    return f"{seed[0]}-{seed[1]}"
