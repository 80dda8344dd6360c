"""Posts of the German election of 2021: accounts that share a link or an image within 30 seconds."""

from __future__ import annotations

import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterator

from tests.bench.real.data import FOLDER
from tests.bench.report import Row

WITHIN_MS = 30_000
# As the data's own tool has it (CooRTweet, min_participation): who shared only once is left aside.
LEAST = 2
KNOWN = {"links": (1557, 689), "media": (392, 306), "topic": (678, 455)}
"""Pairs and accounts that the data's description gives."""

Pair = tuple[str, str]


def shares(field: str) -> list[tuple[str, str, int]]:
    """(object, account, ts) of everything shared."""
    out = []
    with gzip.open(FOLDER / "elections" / "posts.jsonl.gz") as file:
        for line in file:
            post = json.loads(line)
            found = post.get(field) or []
            for one in [found] if isinstance(found, str) else found:
                out.append((one, post["actor"], post["ts"]))
    return out


def pairs(field: str) -> dict[Pair, set[str]]:
    """What two accounts shared within the time, by pair."""
    everything = shares(field)
    active = Counter(actor for _, actor, _ in everything)
    by_object: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for one, actor, ts in everything:
        if active[actor] >= LEAST:
            by_object[one].append((ts, actor))
    out: defaultdict[Pair, set[str]] = defaultdict(set)
    for one, acts in by_object.items():
        acts.sort()
        for i, (ts, actor) in enumerate(acts):
            for _, other in _until(acts, i + 1, ts + WITHIN_MS):
                if other != actor:
                    out[min(actor, other), max(actor, other)].add(one)
    return out


def _until(acts: list[tuple[int, str]], begin: int, end: int) -> Iterator[tuple[int, str]]:
    for act in acts[begin:]:
        if act[0] > end:
            return
        yield act


def groups(found: dict[Pair, set[str]], least: int = 3) -> list[set[str]]:
    """Accounts joined by pairs that have `least` objects in common: once may be chance, or the news."""
    group: dict[str, set[str]] = {}
    for (a, b), objects in found.items():
        if len(objects) >= least:
            joined = group.get(a, {a}) | group.get(b, {b})
            group.update(dict.fromkeys(joined, joined))
    return sorted({id(one): one for one in group.values()}.values(), key=len, reverse=True)


def rows() -> list[Row]:
    out = []
    for field, (pairs_known, accounts_known) in KNOWN.items():
        found = pairs(field)
        accounts = {account for pair in found for account in pair}
        stay = groups(found)
        sizes = ", ".join(str(len(one)) for one in stay[:8])
        out.append(
            Row(
                f"elections, pairs that share {field} within 30 s",
                f"{pairs_known:,} pairs of {accounts_known} accounts",
                *(1, 1, "x", len(found) / pairs_known if len(accounts) == accounts_known else 0.0),
                f"{len(found):,} pairs of {len(accounts)} accounts; {len(stay)} groups whose pairs have "
                f"three or more in common, {sum(map(len, stay))} accounts, the largest {sizes}",
            )
        )
    return out
