"""Puts words into patterns: posts of several sentences, comments of a few words."""

from __future__ import annotations

import re

import numpy as np

from detector.simulate.texts.lexicon import LEXICONS, Lexicon

_SLOT = re.compile(r"\{(\w)\}")
EMOJI = ("😂", "👍", "❤️", "🙏", "🔥", "😭", "🎉", "😍", "👏", "🌹", "✨", "💪", "😅", "🤔")
# Honest people's texts hold joiners and other signs that nobody sees, too.
_FANCY = (
    *("～", "…", "‼️", "✌🏽", "（＾▽＾）", "♪", "→", "★"),
    *("👨\u200d👩\u200d👧", "🤷\u200d♀️", "😮\u200d💨", "❤️\u200d🔥"),
)
# What one writes comes from few words often and many words seldom.
_BITS = 1 << 30


class _Patterns:
    """Patterns cut into literal parts and slots once, so that filling is joining."""

    def __init__(self, lexicon: Lexicon, patterns: list[str]) -> None:
        words = {
            "n": lexicon.nouns,
            "v": lexicon.verbs,
            "a": lexicon.adjectives,
            "p": lexicon.places,
            "t": lexicon.times,
            "w": lexicon.people,
            "o": lexicon.openers,
            "d": [str(k) for k in (*range(2, 60), 80, 95, 100, 120, 150, 188, 200, 250, 300, 500, 888, 1000)],
        }
        self.cut: list[list[str | list[str]]] = []
        for pattern in patterns:
            parts: list[str | list[str]] = []
            at = 0
            for slot in _SLOT.finditer(pattern):
                parts.append(pattern[at : slot.start()])
                parts.append(words[slot.group(1)])
                at = slot.end()
            parts.append(pattern[at:])
            self.cut.append(parts)

    def fill(self, which: int, draws: list[int]) -> str:
        out = []
        k = 0
        for part in self.cut[which % len(self.cut)]:
            if isinstance(part, str):
                out.append(part)
            else:
                out.append(part[draws[k] % len(part)])
                k += 1
        return "".join(out)


_SENTENCES = [_Patterns(lexicon, lexicon.sentences) for lexicon in LEXICONS]
_PRAISE = [_Patterns(lexicon, lexicon.praise) for lexicon in LEXICONS]
_COMMENTS = [_Patterns(lexicon, lexicon.comments) for lexicon in LEXICONS]


def sentence(rng: np.random.Generator, language: int) -> str:
    """One sentence without its stop."""
    draws = rng.integers(0, _BITS, size=9).tolist()
    text = _SENTENCES[language].fill(draws[8], draws)
    return text[0].upper() + text[1:]


def paragraph(rng: np.random.Generator, language: int, sentences: int) -> str:
    """Some sentences with their stops, as in `posts`."""
    lexicon = LEXICONS[language]
    parts = [sentence(rng, language) for _ in range(sentences)]
    return lexicon.joiner.join(p if p[-1] in "?？!！" else p + lexicon.stop for p in parts)


def posts(rng: np.random.Generator, languages: list[int]) -> list[str]:
    """A post for each entry, of one to seven sentences; one in ten with emoji, a few very short."""
    count = len(languages)
    lengths = np.minimum(1 + rng.geometric(0.42, size=count), 7)
    lengths[rng.random(count) < 0.15] = 1
    draws = rng.integers(0, _BITS, size=(int(lengths.sum()), 9)).tolist()
    emoji = (rng.random(count) < 0.12).tolist()
    out = []
    at = 0
    for language, size, smile in zip(languages, lengths.tolist(), emoji, strict=True):
        lexicon = LEXICONS[language]
        parts = []
        for row in draws[at : at + size]:
            text = _SENTENCES[language].fill(row[8], row)
            text = text[0].upper() + text[1:]
            parts.append(text if text[-1] in "?？!！" else text + lexicon.stop)
        at += size
        text = lexicon.joiner.join(parts)
        if smile:
            text += EMOJI[row[0] % len(EMOJI)]
        out.append(text)
    return out


def comments(rng: np.random.Generator, languages: list[int]) -> list[str]:
    """A comment for each entry: three in ten of one word, some greetings and praise, the rest sentences."""
    count = len(languages)
    kind = rng.random(count).tolist()
    draws = rng.integers(0, _BITS, size=(count, 9)).tolist()
    # Everybody says the same few words: squared, so that the first are the usual ones.
    usual = (rng.random(count) ** 2).tolist()
    out = []
    for language, u, row, few in zip(languages, kind, draws, usual, strict=True):
        lexicon = LEXICONS[language]
        if u < 0.3:
            text = lexicon.short[int(few * len(lexicon.short))]
        elif u < 0.32:
            text = lexicon.greetings[int(few * len(lexicon.greetings))]
        elif u < 0.7:
            text = _COMMENTS[language].fill(row[8], row)
        elif u < 0.78:
            text = _PRAISE[language].fill(row[8], row)
        else:
            text = _SENTENCES[language].fill(row[8], row)
            if u > 0.9:
                text += lexicon.stop + lexicon.joiner + _COMMENTS[language].fill(row[7], row[::-1])
        if row[7] % 6 == 0:
            text += EMOJI[row[6] % len(EMOJI)] * (1 + row[5] % 3)
        if row[7] % 11 == 1:
            text += _FANCY[row[6] % len(_FANCY)]
        out.append(text)
    return out


def filled(rng: np.random.Generator, language: int, pattern: str, fixed: dict[str, str]) -> str:
    """One pattern with words of the language; slots in `fixed` get the same word each time."""
    for slot, word in fixed.items():
        pattern = pattern.replace("{" + slot + "}", word)
    draws = rng.integers(0, _BITS, size=9).tolist()
    return _Patterns(LEXICONS[language], [pattern]).fill(0, draws)
