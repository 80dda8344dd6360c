# mypy: allow-untyped-defs, allow-untyped-calls
"""How the texts of a cluster differ from one another: not, in some places, or everywhere.

Of the 32 places of a signature (see `models.text.signature`) each stands for one 3-gram drawn at random. Who
repeats a phrase copies it, or adds to it: its grams are kept. Who fills in a form changes what the form
leaves open: some grams are in all texts, the others in none. Who disguises a copy changes it all over: each
gram is in some texts and not in others, one like another. A gram is surely lost where the place's value is
greater than the common one, and surely kept where it is equal; a smaller value, that of a gram that was
added, says nothing. How much more uneven the places are than chance makes them is the intraclass correlation
(Fleiss, Levin, Paik, "Statistical Methods for Rates and Proportions", 3rd ed., 18.3).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from models.memory import agreeing, fold, load
from models.text.layout import members_of, text_at, text_words, texts_of
from models.text.signature import WORDS

COPIED, TEMPLATE, APART = range(3)
TEXTURES = ("copied", "alike in part", "each edited on its own")
# Texts compared, newest first.
MOST_TEXTS = 64
# Copied: so many letter for letter. A form: each has so much of what they have in common, and something of
# its own besides.
SAME, KEPT = 0.5, 0.97
# Edited all over: the places are hardly more uneven than chance makes them (the second number, by the number
# of texts). Forms with numbers, names and places have 0.4 to 1, texts with a tag or a turn of phrase in
# common 0.2 to 0.8; edits that swap words of a short text, up to 0.1.
EVEN, EVEN_BY_CHANCE = 0.2, 0.5
# And so alike two by two. Texts that have a topic in common have 0.1 to 0.2 on real posts; copies with a
# tenth of the letters changed 0.4, with three twentieths 0.3.
ALIKE = 0.25
# Texts compared two by two, newest first.
PAIRED = 24

TEXTURE = np.dtype(
    [
        ("class", "i8"),
        ("known", "i8"),  # accounts whose text is kept
        ("variants", "i8"),  # different texts among them
        ("same", "f8"),  # the share of accounts that wrote the commonest
        ("kept", "f8"),  # of the 3-grams that they have in common, those that a text has
        ("alike", "f8"),  # the mean similarity of two
        ("uneven", "f8"),  # the intraclass correlation of the places
    ]
)


@njit
def _consensus(state, seqs, d, common):
    """For each place the value that most of the first `d` texts have, if a third has it."""
    votes = np.zeros(WORDS, np.int64)
    for i in range(d):
        words = text_words(state, seqs[i])
        for k in range(WORDS):
            if votes[k] > 0 and common[k] == words[k]:
                votes[k] += 2
            elif votes[k] == 0:
                common[k] = words[k]
                votes[k] = 2
            else:
                votes[k] -= 1


@njit(cache=True)
def texture(state, slots, n, out):
    """Fills in a record of TEXTURE.

    Args:
        state: of `Clusters`.
        slots: rows of members, one an account, the newest first; the first `n`.
        out: a record of TEXTURE.
    """
    members, texts = members_of(state), texts_of(state)
    mask = len(texts) - 1
    marks = np.empty(MOST_TEXTS, np.uint64)
    counts = np.zeros(MOST_TEXTS, np.int64)
    seqs = np.empty(MOST_TEXTS, np.int64)
    known, d = 0, 0
    for i in range(n):
        if known == MOST_TEXTS:
            break
        member = members[slots[i]]
        seq = np.int64(member.text)
        if seq == 0 or np.int64(texts[seq & mask].seq) != seq:
            continue
        words = text_at(state, seq)
        mark = np.uint64(0)
        for k in range(0, 4 * WORDS, 8):
            mark = fold(mark ^ load(words + k), np.uint64(0x9E3779B97F4A7C15))
        k = 0
        while k < d and marks[k] != mark:
            k += 1
        if k == d:
            marks[k], seqs[k] = mark, seq
            d += 1
        counts[k] += 1
        known += 1
    out["class"] = COPIED
    out.known, out.variants, out.same, out.kept, out.alike, out.uneven = known, d, 1.0, 1.0, 1.0, 0.0
    if d < 3:
        return
    out.same = counts.max() / known
    common = np.zeros(WORDS, np.uint32)
    _consensus(state, seqs, d, common)
    equal, lost = np.zeros(WORDS), np.zeros(WORDS)
    for i in range(d):
        words = text_words(state, seqs[i])
        for k in range(WORDS):
            equal[k] += words[k] == common[k]
            lost[k] += words[k] > common[k]
    told = equal + lost
    total = told.sum()
    kept = equal.sum() / total
    chance = kept * (1.0 - kept)
    out.kept = kept
    if chance > 0.0:
        # Places of unequal weight, by the method of moments.
        beyond, pairs = 0.0, 0.0
        for k in range(WORDS):
            beyond += (equal[k] - told[k] * kept) ** 2 - told[k] * chance
            pairs += told[k] * (told[k] - 1.0)
        if pairs > 0.0:
            out.uneven = max(0.0, beyond / (pairs * chance))
    p = min(d, PAIRED)
    alike = 0
    for i in range(p):
        for j in range(i):
            alike += agreeing(text_at(state, seqs[i]), text_at(state, seqs[j]))
    out.alike = alike / (WORDS * p * (p - 1) / 2)
    if out.same < SAME:
        even = out.uneven <= EVEN + EVEN_BY_CHANCE / d
        out["class"] = APART if even and out.kept < KEPT and out.alike >= ALIKE else TEMPLATE
