"""Crews: accounts that flags have named already, met again in another crowd.

Bought traffic is sold more than once, and a package brings followers, reposts and comments together. Inside a
viral moment a crew differs little from the honest crowd, but where it is known from elsewhere, it is known.
Stages say who came together wherever a count is surprising, whatever the traits of those who came; here that
crowd is compared with the accounts of flags that stand, then and for as long as it is remembered.

Known accounts come to honest crowds as well, to hide among them and because rented ones are people's. What
share is usual, and how much that varies from crowd to crowd, is learnt from all crowds (beta-binomial, method
of moments).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np

from detector.cases.findings import Finding, Signal
from detector.cases.life import Case
from detector.cases.life import key as case_key
from models.hashing import hash_text
from models.overdispersed import beta_binomial, method_of_moments
from models.state import Blobs

#: Flags of these kinds name accounts that act for somebody else; the others name owners, victims, authors.
HIRED = frozenset(
    (
        "follower_jump", "follower_drop", "click_inflation", "repost_inflation", "comment_inflation",
        "batch_posting", "lockstep", "topic_inflation", "bulk_registration",
    )
)  # fmt: skip
#: Where a flag of this kind stands, those whom others name about the same subject may be its victims.
FORCED = "forced_subscription"
# The share of an honest crowd that is known, before the stream has taught it: the weight is in crowds.
_PRIOR_MEAN, _PRIOR_CORRELATION, _PRIOR_WEIGHT = 0.03, 0.05, 20.0
_CORRELATION_LEAST = 0.02
# Of a crowd with more known accounts than so many decades explain nothing is learnt.
_LEARN_BELOW = 2.0
_FLAGS_TOLD = 3

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(Finding).decode


@dataclass(frozen=True, slots=True)
class Crew:
    """Settings of what makes a crowd a crew's.

    Attributes:
        least: known accounts; a finding about followers names as many.
        sure: surprise of the share that is known. Some hundred crowds of a million events have a surprising
            count, so by chance one in a hundred million events is taken for a crew's; or
        surprise: the same where they are known together: rented accounts also live their own lives, but then
            those who meet were sold to one here, to another there.
        together, together_share: accounts that one subject's flags must have named then, and their share of
            all that are known.
        rest: the same of those whom flags about other subjects than the first have named; or
        whole: share of the crowd, and of the flag that names most of it, that are the same accounts.
        lasting_ms: a crowd is compared with later flags for so long.
        accounts: remembered at most, over all crowds; the oldest crowds give way.
    """

    least: int = 10
    sure: float = 5.0
    surprise: float = 3.5
    together: int = 8
    together_share: float = 0.3
    rest: float = 1.5
    whole: float = 0.6
    lasting_ms: int = 2 * 86_400_000
    accounts: int = 1 << 18


CREW = Crew()


@dataclass(slots=True)
class Source:
    """An account whose flags, or those of its contents, have named accounts of a crowd.

    Attributes:
        flags: ids of its flags.
        size: accounts that it names.
        accounts: those of them that were in the crowd.
    """

    flags: set[str] = field(default_factory=set)
    size: int = 0
    accounts: set[str] = field(default_factory=set)

    @property
    def flag(self) -> str:
        """One of its flags, always the same."""
        return min(self.flags)


def source_of(case: Case) -> str:
    """Whose flag it is: a content's is its author's."""
    return case.author or case.subject


class Crews:
    """The crowds of late, and which flags have named whom.

    Args:
        settings: see `Crew`.
        standing: (id of a case, subject, time in ms) the case, if it is a flag that stands then and is about
            another subject.
    """

    def __init__(self, settings: Crew, standing: Callable[[str, str, int], Case | None]) -> None:
        self.settings = settings
        self.blobs = Blobs("crowds")
        self._standing = standing
        # Accounts go by their hashes, as in the crowds; only those that flags have named have names here.
        self._hashes: dict[str, int] = {}
        self._names: dict[int, str] = {}
        self._named: dict[int, list[str]] = {}
        self._crowds: dict[str, Finding] = {}
        self._actors: dict[str, set[int]] = {}
        self._met: dict[int, list[str]] = {}
        # Of each crowd's accounts, how many some flag has named: the most that can be known.
        self._marked: dict[str, int] = {}
        self._remembered = 0
        self._moments: dict[str, list[float]] = {}

    def name(self, case: str, accounts: Iterable[str]) -> set[str]:
        """Notes that a flag names accounts. Returns the crowds (keys) of which it may tell something."""
        touched: set[str] = set()
        for account in accounts:
            actor = self._hashes.get(account)
            if actor is None:
                actor = self._hashes[account] = hash_text(account)
                self._names[actor] = account
            cases = self._named.setdefault(actor, [])
            if case not in cases:
                cases.append(case)
                met = self._met.get(actor, ())
                touched.update(met)
                if len(cases) == 1:
                    for key in met:
                        self._marked[key] += 1
        return {key for key in touched if self._marked[key] >= self.settings.least}

    def forget(self, case: str, accounts: Iterable[str]) -> None:
        """Forgets whom a flag has named."""
        for account in accounts:
            actor = self._hashes.get(account, 0)
            cases = self._named.get(actor, [])
            if case in cases:
                cases.remove(case)
                if not cases:
                    del self._named[actor], self._hashes[account], self._names[actor]
                    for key in self._met.get(actor, ()):
                        self._marked[key] -= 1

    def marked(self, key: str) -> int:
        """How many accounts of a crowd can be known at most."""
        return self._marked.get(key, 0)

    def meet(self, crowd: Finding) -> str:
        """Remembers a crowd in place of an earlier one about the same. Returns the key of its case."""
        key = case_key(crowd)
        new = key not in self._crowds
        # The one that came last stands last: the oldest give way.
        self._crowds.pop(key, None)
        self._crowds[key] = crowd
        self.blobs[key] = _pack(crowd)
        self._enter(key, crowd)
        if new:
            self._learn(key)
        oldest = next(iter(self._crowds))
        while oldest != key and (
            self._remembered > self.settings.accounts
            or crowd.ts - self._crowds[oldest].ts > self.settings.lasting_ms
        ):
            self._drop(oldest)
            oldest = next(iter(self._crowds))
        return key

    def finding(self, key: str, ts: int) -> tuple[Finding, list[str]] | None:
        """What a crowd amounts to with all that is known at a time (ms), and the flags that it rests on.

        None where it amounts to nothing.
        """
        crowd = self._crowds.get(key)
        if crowd is None or ts - crowd.ts > self.settings.lasting_ms:
            return None
        n, settings, usual = len(self._actors[key]), self.settings, self._usual(crowd.kind)
        if beta_binomial(float(self._marked[key]), float(n), *usual) < settings.surprise:
            return None
        known, sources = self._known(key, ts)
        if len(known) < settings.least:
            return None
        surprise, most = beta_binomial(float(len(known)), float(n), *usual), len(sources[0].accounts)
        together = most >= max(settings.together, settings.together_share * len(known))
        if surprise < (settings.surprise if together else settings.sure):
            return None
        if not self._borne_out(sources, n, usual):
            return None
        told = ", ".join(source.flag for source in sources[:_FLAGS_TOLD])
        more = ", …" if len(sources) > _FLAGS_TOLD else ""
        why = (
            f"{len(known)} of {n} accounts were named by flags about {len(sources)} others ({told}{more}); "
            f"{usual[0]:.1%} of a crowd are usual"
        )
        signal = Signal("known_crew", len(known) / n, usual[0], why, surprise, "similarity")
        found = msgspec.structs.replace(
            crowd,
            ts=ts,
            signals=[*crowd.signals, signal],
            participants=known,
            participants_total=len(known),
            crowd=False,
            actors=b"",
            until=crowd.ts,
        )
        return found, sorted({flag for source in sources for flag in source.flags})

    def scalars(self) -> dict[str, Any]:
        return {"moments": self._moments, "order": list(self._crowds)}

    def restore(self, scalars: dict[str, Any]) -> None:
        self._moments = {kind: list(moments) for kind, moments in scalars["moments"].items()}
        self._crowds = dict.fromkeys(scalars["order"], _EMPTY)

    def rebuild(self) -> None:
        """Takes the crowds from the blobs."""
        self._met, self._marked, self._actors, self._remembered = {}, {}, {}, 0
        for key in self._crowds:
            crowd = self._crowds[key] = _unpack(self.blobs[key])
            self._enter(key, crowd)

    def _borne_out(self, sources: list[Source], n: int, usual: tuple[float, float]) -> bool:
        """Whether no single mistaken flag can be behind it: others say the same, or the crew came whole."""
        settings, first = self.settings, sources[0]
        whole = settings.whole * max(n, first.size) <= len(first.accounts)
        rest = {account for source in sources[1:] for account in source.accounts}
        others = n - len(first.accounts - rest)
        return whole or beta_binomial(float(len(rest)), float(others), *usual) >= settings.rest

    def _known(self, key: str, ts: int) -> tuple[list[str], list[Source]]:
        """The accounts of a crowd that standing flags about others have named, and what has named them,
        most accounts first."""
        subject = self._crowds[key].subject
        sources: dict[str, Source] = {}
        standing: dict[str, Case | None] = {}
        known = []
        for actor in self._actors[key] & self._named.keys():
            account, told = self._names[actor], False
            for flag in self._named[actor]:
                if flag not in standing:
                    standing[flag] = self._standing(flag, subject, ts)
                case = standing[flag]
                if case:
                    told = True
                    # Flags about one account, of several kinds or on several contents, are one source: they
                    # may share a mistake.
                    source = sources.setdefault(source_of(case), Source())
                    source.flags.add(flag)
                    source.size = max(source.size, len(case.participants))
                    source.accounts.add(account)
            if told:
                known.append(account)
        return sorted(known), sorted(sources.values(), key=lambda one: (-len(one.accounts), one.flag))

    def _learn(self, key: str) -> None:
        kind, n, marked = self._crowds[key].kind, len(self._actors[key]), self._marked[key]
        if n and beta_binomial(float(marked), float(n), *self._usual(kind)) < _LEARN_BELOW:
            share = marked / n
            moments = self._moments.setdefault(kind, [0.0, 0.0, 0.0, 0.0])
            for k, value in enumerate((1.0, share, share * share, 1.0 / n)):
                moments[k] += value

    def _usual(self, kind: str) -> tuple[float, float]:
        """(mean, correlation) of the share of a crowd that is known."""
        weight, total, squares, inverse = self._moments.get(kind, (0.0, 0.0, 0.0, 0.0))
        mean, correlation = method_of_moments(
            weight, total, squares, inverse,
            _PRIOR_MEAN, _PRIOR_CORRELATION, _PRIOR_WEIGHT, _CORRELATION_LEAST,
        )  # fmt: skip
        return float(mean), float(correlation)

    def _enter(self, key: str, crowd: Finding) -> None:
        actors = set(np.frombuffer(crowd.actors, "<u8").tolist())
        before = self._actors.get(key, set())
        for actor in actors - before:
            self._met.setdefault(actor, []).append(key)
        self._leave(key, before - actors)
        self._actors[key] = actors
        self._marked[key] = len(actors & self._named.keys())
        self._remembered += len(actors) - len(before)

    def _leave(self, key: str, actors: set[int]) -> None:
        for actor in actors:
            keys = self._met[actor]
            keys.remove(key)
            if not keys:
                del self._met[actor]

    def _drop(self, key: str) -> None:
        actors = self._actors.pop(key)
        self._leave(key, actors)
        self._remembered -= len(actors)
        del self._crowds[key], self.blobs[key], self._marked[key]


_EMPTY = Finding("", "account", "", 0, 0, 0, 0.0, 0.0, [])
