"""The kernel's own hash and its reading of MessagePack agree with the slow ways."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from detector.events.kernel import _copy
from detector.events.layout import FIELDS, SLOTS, TYPE_OF
from detector.events.memory import address_of
from detector.events.schema import KINDS
from detector.events.times import NO_TIME, parse_time
from models.hashing import hash_bytes


@njit
def _copied(data, n, out):  # type: ignore[no-untyped-def]
    return _copy(address_of(data), n, address_of(out))


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.binary(max_size=70))
def test_a_copy_has_the_hash_of_models_hashing(content: bytes) -> None:
    data = np.frombuffer(content + b"\xaa" * 8, np.uint8)
    out = np.full(len(data), 0xBB, np.uint8)
    value, nul = _copied(data, len(content), out)
    assert value == hash_bytes(data, 0, len(content))
    assert nul == (b"\0" in content)
    assert out[: len(content)].tobytes() == content


def test_every_field_has_a_slot_and_no_two_of_a_type_share_one() -> None:
    for number, kind in enumerate(KINDS):
        slots = FIELDS[number][: len(kind.__struct_fields__)].tolist()
        assert len(set(slots)) == len(slots)
        assert 0 <= min(slots) <= max(slots) < len(SLOTS)
    assert sorted(TYPE_OF[TYPE_OF >= 0].tolist()) == list(range(len(KINDS)))


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.datetimes(timezones=st.timezones()))
def test_times_agree_with_the_standard_library(moment: object) -> None:
    import datetime as dt

    assert isinstance(moment, dt.datetime)
    offset = moment.utcoffset()
    assert offset is not None
    fixed = moment.replace(tzinfo=dt.timezone(dt.timedelta(minutes=offset // dt.timedelta(minutes=1))))
    text = np.frombuffer(fixed.isoformat().encode(), np.uint8)
    since = fixed - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    assert parse_time(text, 0, len(text)) == since // dt.timedelta(milliseconds=1)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.text(st.sampled_from("0123456789-:TZ.+ "), max_size=30))
def test_what_is_no_time_is_none(text: str) -> None:
    data = np.frombuffer(text.encode() + bytes(8), np.uint8)
    assert parse_time(data, 0, len(text)) == NO_TIME
