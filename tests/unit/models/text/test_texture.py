"""Copies, forms and disguised copies are told apart by how their texts differ."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence

import numpy as np
import pytest

from detector.engine.contents import Contents
from detector.engine.spans import in_order
from detector.events.decode import Decoder
from detector.suspicions.batch_posting import BatchPosting
from models.text.clusters import Clusters
from models.text.layout import text_words
from models.text.rarity import odds_by, odds_of, worth_of
from models.text.signature import WORDS
from models.text.texture import APART, COPIED, EDITED, EVEN, SURE, TEMPLATE, TEXTURE, quoting, texture

START = 1_767_225_600_000
LETTERS = "abcdefghijklmnopqrstuvwxyz     "
HAN = "".join(map(chr, range(0x4E00, 0x5100)))


def written(draw: random.Random, letters: str, n: int) -> str:
    return "".join(draw.choice(letters) for _ in range(n))


def edited(draw: random.Random, text: str, letters: str, share: float) -> str:
    out = list(text)
    for at in draw.sample(range(len(out)), round(share * len(out))):
        out[at] = draw.choice(letters)
    return "".join(out)


def known(texts: list[str], before: Sequence[str] = ()) -> tuple[Clusters, np.ndarray]:
    """The clusters that have had texts of as many accounts, and the accounts' rows; `before` came earlier."""
    n, texts = len(texts), [*before, *texts]
    stage = Contents(60_000, BatchPosting(capacity=1 << 11))
    events = [
        {"id": f"e{i}", "ts": START + i, "type": "post", "actor": f"u{i}", "content": f"c{i}", "text": text}
        for i, text in enumerate(texts)
    ]
    batch = in_order(Decoder().decode([json.dumps(event).encode() for event in events]).batch)
    stage.step(START // 60_000 + 1, batch)
    clusters = stage._clusters
    slots = np.arange(len(texts), len(texts) - n, -1)
    assert (clusters.members.rows["text"][slots] > 0).mean() > 0.8
    return clusters, slots


def told(texts: list[str], before: Sequence[str] = ()) -> np.ndarray:
    """The texture of texts of as many accounts, whatever they say; `before` have been seen earlier."""
    clusters, slots = known(texts, before)
    out = np.zeros(1, TEXTURE)
    texture(clusters.state, slots, len(texts), out[0])
    return out[0]


@pytest.mark.parametrize("letters", [LETTERS, HAN])
@pytest.mark.parametrize("n", [6, 12, 60])
@pytest.mark.parametrize("share", [0.05, 0.1])
def test_texts_changed_all_over(letters: str, n: int, share: float) -> None:
    draw = random.Random(n)
    found = 0
    for _ in range(5):
        base = written(draw, letters, 80)
        strangers = [written(draw, letters, 80) for _ in range(20 * n)]
        row = told([edited(draw, base, letters, share) for _ in range(n)], strangers)
        found += row["class"] >= APART
        assert row["variants"] >= 0.9 * n
        assert 0.5 < row["kept"] < 0.97
    assert found >= {6: 3, 12: 4, 60: 5}[n]


@pytest.mark.parametrize("letters", [LETTERS, HAN])
def test_one_text_edited_is_nearer_than_texts_worded_alike(letters: str) -> None:
    draw = random.Random(4)
    strangers = [written(draw, letters, 80) for _ in range(400)]
    base = written(draw, letters, 80)
    row = told([edited(draw, base, letters, 0.08) for _ in range(12)], strangers)
    assert row["class"] == EDITED
    assert row["odds"] > 3 * SURE
    row = told([edited(draw, base, letters, 0.2) for _ in range(12)], strangers)
    assert row["class"] != EDITED


def test_what_is_alike_in_the_commonest_turns_is_not_sure() -> None:
    """Texts of three turns out of ten, that everybody uses: alike, and still nothing."""
    draw = random.Random(5)
    turns = [written(draw, LETTERS, 22) for _ in range(10)]

    def talk() -> str:
        return " ".join(f"{turn} {written(draw, LETTERS, 6)}" for turn in draw.sample(turns, 3))

    row = told([talk() for _ in range(12)], [talk() for _ in range(400)])
    assert row["odds"] < SURE
    assert row["class"] < APART


@pytest.mark.parametrize("letters", [LETTERS, HAN])
def test_a_phrase_that_people_quote_with_a_word_of_their_own(letters: str) -> None:
    draw = random.Random(6)
    phrase = written(draw, letters, 60)
    for _ in range(5):
        texts = [phrase, *(f"{written(draw, letters, 10)} {phrase}" for _ in range(5))]
        assert told(texts)["class"] == TEMPLATE
        clusters, slots = known(texts)
        seqs = clusters.members.rows["text"][slots].astype(np.int64)
        counts = np.arange(1, len(texts) + 1)
        assert quoting(clusters.state, seqs, counts, len(texts)) == counts.sum(), "all hold the phrase"
        others = quoting(clusters.state, seqs[:-1], counts, len(texts) - 1)
        assert others < counts[:-1].sum(), "but not one another's words"


@pytest.mark.parametrize("letters", [LETTERS, HAN])
@pytest.mark.parametrize("n", [6, 12, 60])
def test_forms_with_numbers_and_names(letters: str, n: int) -> None:
    draw = random.Random(n)
    for _ in range(5):
        frame = [written(draw, letters, 12) for _ in range(5)]
        texts = ["".join(f"{part}{draw.randrange(90)}{written(draw, letters, 3)}" for part in frame)]
        texts += [
            "".join(f"{p}{draw.randrange(90)}{written(draw, letters, 3)}" for p in frame) for _ in texts * n
        ]
        row = told(texts)
        assert row["class"] == TEMPLATE, row
        assert row["uneven"] > EVEN or row["kept"] >= 0.97


def test_copies_and_copies_with_a_word_more() -> None:
    draw = random.Random(1)
    base = written(draw, LETTERS, 80)
    texts = [base if i % 3 else f"{base} {written(draw, LETTERS, 9)}" for i in range(30)]
    row = told(texts)
    assert row["class"] == TEMPLATE, "a phrase within texts of their own"
    assert row["same"] == pytest.approx(20 / 30)
    assert row["kept"] > 0.97
    assert told([base] * 9)["variants"] == 1
    few = told([base if i % 6 else f"{base} {written(draw, LETTERS, 9)}" for i in range(30)])
    assert few["class"] == COPIED
    assert told([f"{base} {written(draw, LETTERS, 20)}" for _ in range(20)])["class"] == TEMPLATE


def test_texts_with_a_word_in_common_are_not_alike() -> None:
    draw = random.Random(2)
    tag = written(draw, LETTERS.strip(), 14)
    row = told([written(draw, LETTERS, 30) + tag + written(draw, LETTERS, 30) for _ in range(12)])
    assert row["alike"] < 0.25
    assert row["class"] == TEMPLATE


def test_the_odds_are_the_same_when_one_text_is_compared_with_many() -> None:
    draw = random.Random(8)
    base = written(draw, LETTERS, 80)
    clusters, slots = known([edited(draw, base, LETTERS, 0.1) for _ in range(6)], [base] * 5)
    texts = [text_words(clusters.state, int(seq)) for seq in clusters.members.rows["text"][slots]]
    worth = np.empty(WORDS)
    worth_of(clusters.state, texts[0], worth)
    odds = [odds_of(clusters.state, texts[0], text) for text in texts]
    assert [odds_by(worth, texts[0], text) for text in texts] == odds
    assert odds[0] > max(odds[1:]) > min(odds[1:]), "the text itself, and copies of it"
