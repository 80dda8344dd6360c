"""Decisions of reviewers: what is none is refused with a reason, whatever it is."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams import reviews

GOOD = b'{"flag": "f-1", "decision": "dismissed"'


@pytest.mark.parametrize(
    "record",
    [
        None,
        b"",
        b"not json",
        b"[]",
        b'{"flag": "f-1"}',
        b'{"flag": "", "decision": "dismissed"}',
        b'{"flag": "f-1", "decision": "maybe"}',
        GOOD + b', "note": "\xff na\xefve"}',
        GOOD + b', "ts": 1' + 30 * b"0" + b"}",
        GOOD + b', "ts": -1}',
        GOOD + b', "ts": 18446744073709551616}',
        GOOD + b', "x": ' + 200_000 * b"[" + 200_000 * b"]" + b"}",
    ],
)
def test_what_is_no_decision_is_refused(record: bytes | None) -> None:
    with pytest.raises(reviews.ReviewError, match=r"\w"):
        reviews.decode(record)


@settings(max_examples=300, derandomize=True)
@given(st.binary(max_size=60) | st.builds(lambda tail: GOOD + tail + b"}", st.binary(max_size=40)))
def test_what_is_taken_can_be_passed_on(record: bytes) -> None:
    try:
        review = reviews.decode(record)
    except reviews.ReviewError:
        return
    assert reviews.unpack(reviews.pack([review])) == [review]
