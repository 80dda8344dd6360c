from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.pipeline.wire import Assembler, Message, StrayError, WireError, decode, encode

TICKS = st.integers(-(1 << 62), 1 << 62)
MESSAGES = st.builds(
    Message,
    source=st.text(min_size=1, max_size=20),
    epoch=st.integers(0, (1 << 64) - 1),
    upto=TICKS,
    payload=st.binary(max_size=60),
    since=TICKS,
    idle=st.booleans(),
)


def records(message: Message) -> list[bytes]:
    return list(encode(message, limit=16))


@settings(derandomize=True, deadline=None, max_examples=60)
@given(MESSAGES)
def test_a_message_comes_back_whole(message: Message) -> None:
    assembler = Assembler()
    parts = records(message)
    out = [assembler.add(7 + i, part) for i, part in enumerate(parts)]
    assert out[:-1] == [None] * (len(parts) - 1)
    assert out[-1] is not None
    assert (out[-1].message, out[-1].first, out[-1].last) == (message, 7, 6 + len(parts))
    assert (assembler.oldest, assembler.dropped) == (None, 0)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(MESSAGES, st.data())
def test_a_cut_record_is_refused(message: Message, data: st.DataObject) -> None:
    record = next(encode(message))
    cut = data.draw(st.integers(0, len(record) - 1))
    with pytest.raises(WireError):
        Assembler().add(0, record[:cut])


@settings(derandomize=True, deadline=None, max_examples=60)
@given(MESSAGES, st.data())
def test_a_damaged_header_is_refused(message: Message, data: st.DataObject) -> None:
    record = bytearray(next(encode(message)))
    header = len(record) - len(message.payload)
    at = data.draw(st.integers(0, header - 1))
    record[at] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(WireError):
        decode(bytes(record))


def test_nothing_is_no_span() -> None:
    for nothing in (None, b"", b"S", b"junk" * 40):
        with pytest.raises(StrayError, match="is not a span"):
            decode(nothing)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.lists(MESSAGES, min_size=2, max_size=5, unique_by=lambda m: m.source), st.randoms())
def test_messages_of_several_sources_may_interleave(messages: list[Message], random: object) -> None:
    queues = [records(message) for message in messages]
    order = [i for i, queue in enumerate(queues) for _ in queue]
    random.shuffle(order)  # type: ignore[attr-defined]
    assembler = Assembler()
    out = [assembler.add(at, queues[i].pop(0)) for at, i in enumerate(order)]
    whole = [one.message for one in out if one is not None]
    assert sorted(whole, key=str) == sorted(messages, key=str)


LONG = Message("clicks/0", 1, 5, bytes(range(40)))


def test_a_source_that_begins_anew_drops_what_it_left_open() -> None:
    assembler = Assembler()
    first, second, third = records(LONG)
    assembler.add(0, first)
    assembler.add(1, second)
    assert assembler.oldest == 0
    again = [assembler.add(2 + i, part) for i, part in enumerate((first, second, third))]
    assert again[2] is not None
    assert again[2].message == LONG
    assert assembler.dropped == 1


def test_an_epoch_left_open_is_dropped_once_others_have_gone_on() -> None:
    assembler = Assembler()
    assembler.add(0, records(LONG)[0])
    for i in range(Assembler.PATIENCE):
        assert assembler.oldest == 0
        assert assembler.add(1 + i, next(encode(Message("clicks/0", 2, 6)))) is not None
    assert (assembler.oldest, assembler.dropped) == (None, 1)


def test_a_late_record_of_the_former_owner_does_not_disturb_the_new_one() -> None:
    assembler = Assembler()
    new = records(Message("clicks/0", 2, 5, bytes(40)))
    assembler.add(0, new[0])
    assembler.add(1, records(LONG)[0])
    assembler.add(2, new[1])
    whole = assembler.add(3, new[2])
    assert whole is not None
    assert whole.message.epoch == 2


def test_parts_without_a_beginning_are_passed_over() -> None:
    assembler = Assembler()
    assert [assembler.add(i, part) for i, part in enumerate(records(LONG)[1:])] == [None, None]
    assert assembler.dropped == 2
