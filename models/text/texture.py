# mypy: allow-untyped-defs, allow-untyped-calls
"""How the texts of a cluster differ from one another: not, in some places, or everywhere.

Of the 32 places of a signature (see `models.text.signature`) each stands for one 3-gram drawn at random. Who
repeats a phrase copies it, or adds to it: its grams are kept. Who fills in a form changes what the form
leaves open: some grams are in all texts, the others in none. Who disguises a copy changes it all over: each
gram is in some texts and not in others, one like another. A gram is surely lost where the place's value is
greater than the common one, and surely kept where it is equal; a smaller value, that of a gram that was
added, says nothing. How much more uneven the places are than chance makes them is the intraclass correlation
(Fleiss, Levin, Paik, "Statistical Methods for Rates and Proportions", 3rd ed., 18.3).

That a text holds all of another is seen without a common one: none of its values is greater. And what two
have in common is weighed by how rare it is on the stream (`models.text.rarity`): texts made of a language's
commonest frames are as alike as copies, and common all the same.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from models.memory import agreeing, fold, load
from models.text.layout import VALUES, counts_of, members_of, text_at, text_words, texts_of
from models.text.nearest import ODDS
from models.text.rarity import odds_by, worth_of
from models.text.signature import WORDS

COPIED, TEMPLATE, APART, EDITED = range(4)
TEXTURES = ("copied", "alike in part", "each worded on its own", "each edited on its own")
# Texts compared, newest first.
MOST_TEXTS = 64
# Copied: so many letter for letter. A form, or a phrase that people quote in texts of their own: so many have
# all of what they have in common, and something of their own besides.
SAME, WHOLE = 0.8, 0.6
# Who edits on purpose makes each text another; what people repeat comes in few versions, again and again.
DISTINCT = 0.6
# Edited all over: the places are hardly more uneven than chance makes them (the second number, by the number
# of texts). Forms with numbers, names and places have 0.4 to 1, texts with a tag or a turn of phrase in
# common 0.2 to 0.8; edits that swap words of a short text, up to 0.1.
EVEN, EVEN_BY_CHANCE = 0.2, 0.5
# And so alike two by two. Texts that have a topic in common have 0.1 to 0.2 on real posts; copies with a
# tenth of the letters changed 0.4, with three twentieths 0.3.
ALIKE = 0.2
# Of one text with an eighth of its letters changed two have so much; what people word on their own has less.
NEAR = 0.35
# The mean odds of two, log10, as `models.text.nearest` asks them of each text that joins: what is alike
# in the commonest frames of a language has less, whatever its likeness.
SURE = np.log10(ODDS)
# Texts compared two by two, newest first.
PAIRED = 24

TEXTURE = np.dtype(
    [
        ("class", "i8"),
        ("known", "i8"),  # accounts whose text is kept
        ("variants", "i8"),  # different texts among them
        ("same", "f8"),  # the share of accounts that wrote the commonest
        ("kept", "f8"),  # of the 3-grams that they have in common, those that a text has
        ("whole", "f8"),  # the share of accounts whose text lacks none of them, or nothing of another text
        ("alike", "f8"),  # the mean similarity of two
        ("odds", "f8"),  # the mean odds that two are copies, given how many texts there are and how rare what
        # they have in common is, log10
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
def quoting(state, seqs, counts, d):
    """The most accounts whose texts hold all of one of the first `d`: what holds more has smaller values."""
    most = np.int64(0)
    for i in range(d):
        own = text_words(state, seqs[i])
        n = counts[i]
        for j in range(d):
            if j != i:
                words = text_words(state, seqs[j])
                k = 0
                while k < WORDS and words[k] <= own[k]:
                    k += 1
                if k == WORDS:
                    n += counts[j]
        most = max(most, n)
    return most


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
    out.whole, out.odds = 1.0, 0.0
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
    for k in range(WORDS):
        if equal[k] < 2.0:  # nothing is common there
            equal[k], lost[k] = 0.0, 0.0
    told = equal + lost
    whole = 0
    for i in range(d):
        words = text_words(state, seqs[i])
        lacking = 0
        for k in range(WORDS):
            lacking += equal[k] > 0.0 and words[k] > common[k]
        whole += counts[i] * (lacking == 0)
    out.whole = whole / known
    total = told.sum()
    kept = equal.sum() / max(1.0, total)
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
    alike, decades = 0, 0.0
    for i in range(p):
        for j in range(i):
            alike += agreeing(text_at(state, seqs[i]), text_at(state, seqs[j]))
    worth = np.empty(WORDS)
    for i in range(p if alike >= ALIKE * WORDS * p * (p - 1) / 2 else 0):
        words = text_words(state, seqs[i])
        worth_of(state, words, worth)
        for j in range(i):
            decades += np.log10(odds_by(worth, words, text_words(state, seqs[j])))
    pairs_compared = p * (p - 1) / 2
    out.alike = alike / (WORDS * pairs_compared)
    if decades != 0.0:
        out.odds = decades / pairs_compared - np.log10(np.float64(counts_of(state)[VALUES]) + 1.0)
    if out.same < SAME:
        even = out.uneven <= EVEN + EVEN_BY_CHANCE / d and out.alike >= ALIKE and out.odds >= SURE
        made = even and d >= DISTINCT * known and out.whole < WHOLE
        if made:  # each text against each: only where it decides
            out.whole = max(out.whole, quoting(state, seqs, counts, d) / known)
        out["class"] = TEMPLATE
        if made and out.whole < WHOLE:
            near = out.alike >= NEAR and out.odds >= 3.0 * SURE
            out["class"] = EDITED if near else APART
