"""Names stay, the ring forgets, and both give back what they were given."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.hashing import hash_text
from models.names import Names, Recent, append, remember

QUICK = settings(max_examples=60, derandomize=True, deadline=None)
TEXTS = st.lists(st.text(max_size=20).filter(bool), max_size=20)


def store(names: Names, texts: list[str]) -> None:
    names.reserve(len(texts))
    for text in texts:
        raw = np.frombuffer(b"??" + text.encode() + b"!", np.uint8)
        remember(
            names.table.rows, names.table.dirty, names.index.slots, names.letters.rows, names.letters.dirty,
            names.used, np.uint64(hash_text(text)), raw, 2, len(raw) - 3,
        )  # fmt: skip


def keys(texts: list[str]) -> np.ndarray:
    return np.array([hash_text(text) for text in texts], np.uint64)


@QUICK
@given(TEXTS, TEXTS)
def test_names_come_back(first: list[str], second: list[str]) -> None:
    names = Names(64)
    store(names, first)
    store(names, second)
    names.sync()
    assert names.get_many(keys(second + first)) == second + first
    assert names.table.used == len({*first, *second})
    assert names.letters.used == sum(len(text.encode()) + 7 >> 3 for text in {*first, *second})


@QUICK
@given(TEXTS, TEXTS)
def test_a_checkpoint_may_be_loaded_in_parts(first: list[str], second: list[str]) -> None:
    names, copy = Names(64), Names(64)
    for number, texts in enumerate((first, second, [], [])):
        store(names, texts)
        names.sync()
        for table, twin in ((names.table, copy.table), (names.letters, copy.letters)):
            twin.put(*table.take_changes(number, 4))
        copy.sync()  # as an owner does that asks the stage for its tables again
    copy.rebuild()
    store(names, ["more"])
    store(copy, ["more"])
    assert copy.get_many(keys([*first, *second, "more"])) == [*first, *second, "more"]
    assert copy.used.tolist() == names.used.tolist()
    assert copy.nbytes == names.nbytes


def test_an_unknown_hash_is_an_error() -> None:
    names = Names(4)
    store(names, ["here"])
    with pytest.raises(KeyError, match="never stored"):
        names.get_many(keys(["here", "gone"]))
    assert names.get_many(np.zeros(0, np.uint64)) == []


def test_neither_names_nor_letters_run_over() -> None:
    names = Names(4)  # 16 words
    store(names, ["a" * 64, "b" * 64])
    with pytest.raises(MemoryError, match="letters are full"):
        store(names, ["c"])
    with pytest.raises(MemoryError, match="table names"):
        names.reserve(3)
    assert names.get_many(keys(["b" * 64])) == ["b" * 64]


@QUICK
@given(st.lists(st.text(max_size=40), max_size=30))
def test_the_ring_gives_the_last_strings(texts: list[str]) -> None:
    ring, at = Recent(16), []
    for text in texts:
        raw = np.frombuffer(b"?" + text.encode() + b"!", np.uint8)
        at.append(append(ring.table.rows, ring.table.dirty, ring.position, raw, 1, len(raw) - 2))
    begins, lengths = np.array(at, np.int64), np.array([len(text.encode()) for text in texts], np.int64)
    words = [length + 7 >> 3 for length in lengths.tolist()]
    kept = [text for text, behind in zip(texts, np.cumsum(words[::-1])[::-1], strict=True) if behind <= 16]
    assert ring.get_many(begins, lengths) == kept


def test_long_ids_are_kept_whole() -> None:
    ring, text = Recent(128), "ä字𝄞" * 40  # a cut anywhere but between characters would not decode
    raw = np.frombuffer(text.encode(), np.uint8)
    at = append(ring.table.rows, ring.table.dirty, ring.position, raw, 0, len(raw))
    assert ring.get_many(np.array([at]), np.array([len(raw)], np.uint16)) == [text]
