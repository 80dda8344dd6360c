"""Folding of texts and MinHash signatures."""

import sys
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.text import build
from models.text.folding import normalise
from models.text.lookalikes import LOOKALIKES
from models.text.signature import signatures, similarity

QUICK = settings(max_examples=150, derandomize=True, deadline=None)


def sign(*texts: str | bytes) -> tuple[np.ndarray, np.ndarray]:
    raw = [t if isinstance(t, bytes) else t.encode("utf-8", "surrogatepass") for t in texts]
    return signatures(b"".join(raw), np.cumsum([0, *map(len, raw)], dtype=np.int64))


def grams(text: str) -> set[str]:
    return {text[i : i + 3] for i in range(len(text) - 2)}


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Ｂｕｙ ＮＯＷ!!!", "buynow"),
        ("Straße, ЁЛКА", "strasse" + normalise("елка")),
        ("𝓗𝓮𝓵𝓵𝓸 ʜᴇʟʟᴏ 🅷🅴🅻🅻🅾 Ⓗⓔⓛⓛⓞ", "hello" * 4),
        ("ho\u200br\u00adse\ufeff \U0001f434\ufe0f", "horse"),
        ("сору", "copy"),  # Cyrillic
        ("see http://a.b/c?d=e#f now", "seenow"),
        ("看这里https://a.b/c很好", "看这里很好"),
        ("WWW.example.org/x, and awww.", "andawww"),
        ("http:/ https", "httphttps"),
        ("١٢٣", "l23"),
        ("ｶﾞ ガ が", "か" * 3),
        ("تَجْرِبَة", normalise("تجربه")),
        ("हिन्दी", normalise("हिन्दी")),
        ("", ""),
        ("👍🏽‼️", ""),
    ],
)
def test_folds(text: str, folded: str) -> None:
    assert normalise(text) == folded


def test_vowel_signs_stay() -> None:
    assert normalise("कि") != normalise("की")


def test_the_shipped_table_is_what_the_script_makes() -> None:
    """Later versions of Unicode add characters and, by its rules, leave what there was as it folds here."""
    with np.load(build.TABLE) as table:
        shipped, empty, version = build.folds(table), table["unassigned"], str(table["unicode"])
    known = np.ones(build.POINTS, bool)
    for first, end in empty.tolist():
        known[first:end] = False
    made = [build.fold(chr(point)) for point in range(build.POINTS)]
    assert [hex(point) for point in np.flatnonzero(known).tolist() if made[point] != shipped[point]] == []
    assert known.sum() > 280_000
    assert not any(shipped[point] for point in np.flatnonzero(~known).tolist())
    if unicodedata.unidata_version == version:
        assert np.array_equal(build.unassigned(), empty)


def test_every_character_folds_as_the_table_says_and_once_is_enough() -> None:
    every = "".join(chr(p) for p in range(sys.maxunicode + 1) if not 0xD800 <= p < 0xE000)
    once = normalise(every)
    assert normalise(once) == once
    assert len(set(once)) > 100_000


@QUICK
@given(st.text(max_size=80))
def test_folding_again_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@QUICK
@given(st.text(max_size=40).filter(lambda t: "http" not in t.lower() and "www" not in t.lower()), st.data())
def test_what_is_not_seen_does_not_count(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text)))
    noise = data.draw(st.sampled_from([*"\u200b\u200d\ufe0f\u0301🎉 !\u2060\u202e"]))
    assert normalise(text[:at] + noise + text[at:]) == normalise(text)


@QUICK
@given(st.text("abcdehijkmnopstuvwxyz ", max_size=60), st.randoms(use_true_random=False))
def test_look_alikes_are_one(text: str, random: object) -> None:
    twins: dict[str, list[str]] = {}
    for odd, plain in LOOKALIKES.items():
        twins.setdefault(plain, [plain]).append(odd)
    disguised = "".join(random.choice(twins.get(c, [c])) for c in text)  # type: ignore[attr-defined]
    words, lengths = sign(text, disguised)
    assert (words[0] == words[1]).all()
    assert lengths[0] == lengths[1]


@QUICK
@given(st.lists(st.binary(max_size=50), max_size=5))
def test_bytes_that_are_no_text_are_passed_over(raw: list[bytes]) -> None:
    words, lengths = sign(*raw)
    assert words.shape == (len(raw), 32)
    for i, text in enumerate(raw):
        valid = text.decode("utf-8", "ignore")
        assert lengths[i] <= 6 * len(text)
        if valid.encode() == text:
            assert (words[i] == sign(valid)[0][0]).all()


def test_short_texts() -> None:
    words, lengths = sign("", "a", "ab", "ba", "abc", "a!", "?")
    assert lengths.tolist() == [0, 1, 2, 2, 3, 1, 0]
    assert (words[0] == 0xFFFFFFFF).all()
    assert (words[1] == words[5]).all()
    assert len({w.tobytes() for w in words}) == 5


def test_the_estimate_is_near_the_truth() -> None:
    random = np.random.default_rng(4)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    left, right = [], []
    for i in range(2000):
        base = random.choice(letters, 60)
        other = base.copy()
        other[random.choice(60, i % 30, replace=False)] = random.choice(letters, i % 30)
        left.append("".join(base))
        right.append("".join(other))
    pairs = [(grams(a), grams(b)) for a, b in zip(left, right, strict=True)]
    true = np.array([len(a & b) / len(a | b) for a, b in pairs])
    error = similarity(sign(*left)[0], sign(*right)[0]) - true
    assert abs(error.mean()) < 0.005
    assert np.sqrt((error**2).mean()) < 1.1 * np.sqrt((true * (1 - true) / 32).mean())


def test_signatures_never_change() -> None:
    """Checkpoints and packed batches hold signatures: they must be the same in every version of Python."""
    words, lengths = sign("The quick brown fox — 敏捷的棕色狐狸 быстрая лиса")
    assert lengths.tolist() == [34]
    assert words[0, :4].tolist() == [117650774, 103335927, 122469027, 126853661]
