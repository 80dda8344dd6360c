"""Accounts that act on the same contents at the same times, again and again, and have more in common.

After SynchroTrap (Cao et al., CCS 2014): similarity of what accounts act on within a time bucket; contents
that many act on say little, so the company is weighed against each content's popularity.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from detector.cases.findings import Finding, Signal
from detector.engine import company_kernel as kernel
from detector.suspicions.provenance import bonferroni
from detector.suspicions.settings import Lockstep
from models.tails import binomial_upper, effective

KIND = "lockstep"
# (bit of an act, bit of those it is a share of, name, sentence)
_SHARES = (
    (
        kernel.COLD,
        0,
        "no_earlier_touch",
        "{part} of {whole} acts came without an earlier one on the same author",
    ),
    (
        kernel.FRESH,
        0,
        "fresh_actors",
        "{part} of {whole} acts are of accounts first seen within a day before",
    ),
    (kernel.YOUNG, kernel.AGED, "young_accounts", "{part} of {whole} acts are of accounts not 30 days old"),
    (kernel.SAME_ADDRESS, 0, "same_address", "{part} of {whole} acts share an address with one just before"),
    (kernel.SAME_DEVICE, 0, "same_device", "{part} of {whole} acts share a device with one just before"),
)
# How alike the acts of one group are in a share: as the followers of one subject are before the stream has
# taught it (see detector.engine.evidence).
_CORRELATION = 0.15
_SAMPLES = 10


@dataclass(frozen=True, slots=True)
class Together:
    """About one group at the end of a tick.

    Attributes:
        ts: end of the tick, ms.
        seed: names of its first two accounts.
        acts: the members' acts, oldest first, dtype `company_kernel.ACT`.
        usual: of all acts, decayed: how many, and how many have each bit.
        popularity: accounts that acted on each act's content.
        names, event_ids: of accounts' rows, and of acts.
    """

    ts: int
    seed: tuple[str, ...]
    acts: np.ndarray
    usual: np.ndarray
    popularity: np.ndarray
    names: Callable[[np.ndarray], list[str]]
    event_ids: Callable[[np.ndarray], list[str]]


def judge(group: Together, settings: Lockstep) -> Finding | None:
    """The finding about a group, if it is one."""
    common = _common(group.acts, settings)
    members, support = np.unique(group.acts["account"][common], return_counts=True)
    members = members[support >= settings.support]
    chosen = common & np.isin(group.acts["account"], members)
    contents = np.unique(group.acts["content"][chosen])
    if len(members) < settings.least or len(contents) < settings.support:
        return None
    acts = group.acts[chosen]
    company = _company(group, chosen, len(members), len(contents))
    shares = _shares(acts, group.usual)
    strongest = max((signal.surprise for signal in shares), default=0.0)
    if bonferroni(strongest, len(_SHARES)) < settings.inauthentic:
        return None
    names = sorted(group.names(members))
    return Finding(
        kind=KIND,
        subject_type="group",
        subject="g-" + hashlib.blake2b("\0".join(group.seed).encode(), digest_size=8).hexdigest(),
        ts=group.ts,
        start=int(acts["ts"][0]),
        end=group.ts,
        observed=float(len(acts)),
        expected=round(company.baseline, 3),
        signals=[company, *(signal for signal in shares if signal.surprise >= 1.0)],
        participants=names[: settings.participants],
        participants_total=len(names),
        samples=group.event_ids(acts[-_SAMPLES:]),
    )


def _common(acts: np.ndarray, settings: Lockstep) -> np.ndarray:
    """Which acts have enough other members' acts on the same content within the span."""
    order = np.lexsort((acts["ts"], acts["content"]))
    content, ts = acts["content"][order].astype(np.int64), acts["ts"][order]
    # One number that grows with content, then time; contents lie further apart than any two times.
    base = int(ts.min()) if len(ts) else 0
    key = content * (int(ts.max(initial=base)) - base + 2 * kernel.SPAN_MS + 1) + (ts - base)
    near = np.searchsorted(key, key + kernel.SPAN_MS, side="right") - np.searchsorted(
        key, key - kernel.SPAN_MS, side="left"
    )
    out = np.zeros(len(acts), bool)
    out[order] = near >= settings.together
    return out


def _company(group: Together, chosen: np.ndarray, members: int, contents: int) -> Signal:
    """How many acts fell on common contents, against what the contents' popularity explains."""
    acts, popularity = group.acts[chosen], group.popularity[chosen]
    # Were the members like all others, each content's acts would be theirs as all acts are.
    share = min(1.0, len(group.acts) / max(float(group.usual[0]), 1.0))
    _, at = np.unique(acts["content"], return_index=True)
    usual = float(popularity[at].sum()) * share
    whole = float(popularity[at].sum())
    surprise = binomial_upper(float(len(acts)), max(whole, float(len(acts))), share) if share < 1.0 else 0.0
    why = (
        f"{members} accounts acted within ten minutes of one another on {contents} contents, at least three "
        f"on each, {len(acts)} times in all; {usual:.1f} would be theirs by their share of all acts"
    )
    return Signal("company", float(len(acts)), usual, why, surprise, "similarity")


def _shares(acts: np.ndarray, usual: np.ndarray) -> list[Signal]:
    """Provenance of the acts against that of all acts."""
    signals = []
    for bit, of, name, sentence in _SHARES:
        within = acts[acts["bits"] & of > 0] if of else acts
        all_within = float(usual[_place(of)]) if of else float(usual[0])
        if not len(within):
            continue
        part = int((within["bits"] & bit > 0).sum())
        share = part / len(within)
        baseline = (float(usual[_place(bit)]) + 1.0) / (all_within + 2.0)
        n = effective(float(len(within)), _CORRELATION)
        surprise = binomial_upper(share * n, n, baseline)
        why = sentence.format(part=part, whole=len(within)) + f"; {baseline:.0%} is usual"
        signals.append(Signal(name, share, baseline, why, surprise, "provenance"))
    return signals


def _place(bit: int) -> int:
    """Where a bit is counted in `usual`."""
    return bit.bit_length()
