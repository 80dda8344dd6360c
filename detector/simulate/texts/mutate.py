"""How a campaign varies a text so that no two are the same."""

from __future__ import annotations

import numpy as np

from detector.simulate.texts.compose import EMOJI
from detector.simulate.texts.lexicon import LEXICONS

_ALIKE = str.maketrans(
    {
        "a": "а",
        "e": "е",
        "o": "о",
        "c": "с",
        "p": "р",
        "x": "х",
        "i": "і",
        "A": "А",
        "E": "Е",
        "O": "О",
        "T": "Т",
    }
)
_ZERO_WIDTH = "\u200b\u200c\u200d\u2060"
_ZH_ALIKE = str.maketrans(
    {"的": "得", "了": "啦", "很": "狠", "真": "眞", "为": "爲", "没": "沒", "个": "個", "说": "説"}
)


def edited(rng: np.random.Generator, text: str, language: int, share: float) -> str:
    """A text with about `share` of its characters changed: words swapped, letters replaced, left out, added.

    Where words are not parted, runs of one to three characters are exchanged for words.
    """
    lexicon = LEXICONS[language]
    if not lexicon.joiner:
        return _edited_runs(rng, text, [*lexicon.nouns, *lexicon.adjectives, *lexicon.verbs], share)
    words = text.split(" ")
    pool_words = [*lexicon.nouns, *lexicon.adjectives, *lexicon.verbs]
    changed, goal = 0, int(len(text) * share)
    for k in rng.permutation(len(words)).tolist():
        if changed >= goal:
            break
        way = rng.integers(0, 5)
        new = pool_words[int(rng.integers(0, len(pool_words)))]
        changed += max(len(words[k]), 1 if way else len(new))
        if way == 0:
            words[k] = words[k] + " " + new
        elif way == 1 and len(words) > 6:
            words[k] = ""
        else:
            words[k] = new
    return " ".join(w for w in words if w)


def _edited_runs(rng: np.random.Generator, text: str, words: list[str], share: float) -> str:
    out: list[str] = []
    k = 0
    # A run of about two characters at this chance a character makes the share.
    chance = share / (2.0 - share)
    while k < len(text):
        if rng.random() >= chance:
            out.append(text[k])
            k += 1
            continue
        run = int(rng.integers(1, 4))
        way = rng.random()
        if way < 0.65:
            out.append(words[int(rng.integers(0, len(words)))])
            k += run
        elif way < 0.8:
            k += run
        else:
            out.append(text[k] + words[int(rng.integers(0, len(words)))][0])
            k += 1
    return "".join(out)


def disguised(rng: np.random.Generator, text: str, *, strength: float = 1.0) -> str:
    """Emoji, zero-width characters, look-alike letters, one after another by chance; words stay readable."""
    if rng.random() < 0.5 * strength:
        at = int(rng.integers(0, len(text) + 1))
        text = text[:at] + EMOJI[int(rng.integers(0, len(EMOJI)))] * int(rng.integers(1, 3)) + text[at:]
    if rng.random() < 0.5 * strength:
        letters = []
        for letter in text:
            letters.append(letter)
            if rng.random() < 0.12:
                letters.append(_ZERO_WIDTH[int(rng.integers(0, 4))])
        text = "".join(letters)
    if rng.random() < 0.5 * strength:
        alike = text.translate(_ALIKE).translate(_ZH_ALIKE)
        text = "".join(b if rng.random() < 0.35 else a for a, b in zip(text, alike, strict=True))
    return text


def reordered(rng: np.random.Generator, sentences: list[str], joiner: str) -> str:
    """The same sentences in another order."""
    return joiner.join(sentences[k] for k in rng.permutation(len(sentences)).tolist())


def imitated(rng: np.random.Generator, name: str) -> str:
    """A name that looks like another: look-alike letters, wide forms, an invisible or a doubled sign."""
    way = int(rng.integers(0, 3))
    if way == 0:
        alike = name.translate(_ALIKE).translate(_ZH_ALIKE)
        if alike != name:
            return alike
    if way <= 1:
        at = int(rng.integers(1, len(name)))
        return name[:at] + _ZERO_WIDTH[int(rng.integers(0, 4))] + name[at:]
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in name)
    return wide if wide != name else name + "."
