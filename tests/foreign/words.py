"""Texts of people: few phrases that all use, many words of one's own circle, names and numbers between."""

from __future__ import annotations

import random

from tests.foreign import lexicon as lex


class Writer:
    """Makes texts; a circle has its language and its own words."""

    def __init__(self, seed: int, chinese: list[bool]) -> None:
        self.random = random.Random(f"words-{seed}")
        r = self.random
        self.languages = ["zh" if zh else r.choice(["en", "en", "es", "de"]) for zh in chinese]
        self._own = [[self.coin(k) for _ in range(r.randint(60, 260))] for k in range(len(chinese))]
        # A few words that everybody knows this month.
        self._common = [self.coin(0) for _ in range(80)]

    def language(self, circle: int) -> str:
        """The language of a circle."""
        return self.languages[circle]

    def coin(self, circle: int) -> str:
        """A new word or name in the script of a circle."""
        r = self.random
        if self.languages[circle] == "zh":
            return "".join(r.choice(lex.HAN) for _ in range(r.choice((2, 2, 3, 4))))
        word = "".join(r.choice(lex.SYLLABLES) for _ in range(r.randint(2, 4)))
        return word.capitalize() if r.random() < 0.4 else word

    def own(self, circle: int) -> str:
        """A word of the circle, the first ones more often."""
        return self.word(circle, self.random.random())

    def word(self, circle: int, u: float) -> str:
        """The word of the circle that a number in [0, 1) stands for, the first ones more often."""
        words = self._own[circle]
        return words[int(len(words) * u**1.7)]

    def clause(self, circle: int) -> str:
        """Somebody does something."""
        r, language = self.random, self.languages[circle]
        noun = r.choice(lex.NOUNS[language]) if r.random() < 0.45 else self.own(circle)
        other = r.choice(lex.NOUNS[language]) if r.random() < 0.4 else self.own(circle)
        parts = [noun, r.choice(lex.VERBS[language]), other]
        if r.random() < 0.5:
            parts += [r.choice(lex.LINKS[language]), self.own(circle)]
        if r.random() < 0.2:
            parts.append(str(r.randint(2, 999)))
        return self.join(parts, language)

    def sentence(self, circle: int) -> str:
        """With one of the openings that all use, sometimes."""
        r, language = self.random, self.languages[circle]
        comma = "，" if language == "zh" else ", "
        text = self.clause(circle)
        if r.random() < 0.35:
            text = r.choice(lex.OPENERS[language]) + comma + text
        if r.random() < 0.3:
            text += comma + self.clause(circle)
        return text + ("。" if language == "zh" else ". ")

    def post(self, circle: int) -> str:
        """One to four sentences."""
        r, language = self.random, self.languages[circle]
        if r.random() < 0.06:
            return r.choice(lex.SHORT[language])
        text = "".join(self.sentence(circle) for _ in range(r.choice((1, 1, 2, 2, 3, 4))))
        if r.random() < 0.3:
            text += r.choice(lex.CLOSERS[language])
        if r.random() < 0.2:
            text += r.choice(lex.EMOJI)
        return text.strip()

    def comment(self, circle: int) -> str:
        """Mostly short, mostly said before."""
        r, language = self.random, self.languages[circle]
        u = r.random()
        if u < 0.5:
            text = r.choice(lex.SHORT[language])
        elif u < 0.7:
            text = self.join([r.choice(lex.SHORT[language]), r.choice(lex.SHORT[language])], language)
        elif u < 0.88:
            text = self.join([r.choice(lex.REMARKS[language]), self.clause(circle)], language)
        else:
            text = self.sentence(circle).strip()
        if r.random() < 0.25:
            text += r.choice(lex.EMOJI) * r.choice((1, 1, 2, 3))
        return text

    def greeting(self, circle: int) -> str:
        """A word or two that everybody says."""
        return self.random.choice(lex.SHORT[self.languages[circle]]) + self.random.choice(lex.EMOJI)

    def long(self, circle: int, least: int = 60) -> str:
        """A text of at least so many characters."""
        text = self.sentence(circle)
        while len(text) < least:
            text += self.sentence(circle)
        return text.strip()

    def name(self, circle: int) -> str:
        """A display name; long enough to be nobody else's."""
        r = self.random
        if self.languages[circle] == "zh":
            return "".join(r.choice(lex.HAN) for _ in range(r.randint(3, 6)))
        first, last = self.coin(circle), self.coin(circle)
        return r.choice((f"{first} {last}", f"{first}_{last}", f"{first}{last}")) + r.choice(
            ("", "", str(r.randint(1, 99)))
        )

    @staticmethod
    def join(parts: list[str], language: str) -> str:
        """With spaces where the script has them."""
        return ("" if language == "zh" else " ").join(parts)

    def edited(self, text: str, share: float) -> str:
        """About this share of the characters changed: words swapped for others, put in, left out."""
        r = self.random
        spaced = text.count(" ") > len(text) / 20
        units = text.split(" ") if spaced else list(text)
        pool = units + self._common if spaced else list(lex.HAN)
        budget = max(1, int(len(text) * share))
        while budget > 0:
            place, move = r.randrange(len(units)), r.random()
            new = r.choice(pool)
            if move < 0.6:
                budget -= max(len(units[place]), len(new))
                units[place] = new
            elif move < 0.8 and len(units) > 6:
                budget -= len(units.pop(place))
            else:
                units.insert(place, new)
                budget -= len(new)
        return (" " if spaced else "").join(units)

    def disguised(self, text: str) -> str:
        """Hidden from a comparison by eye: other order, emoji, invisible and look-alike characters."""
        r = self.random
        stop = "。" if "。" in text else ". "
        pieces = [p for p in text.split(stop) if p]
        if len(pieces) > 1 and r.random() < 0.5:
            r.shuffle(pieces)
            text = stop.join(pieces)
        letters = list(text)
        if r.random() < 0.5:
            letters = [lex.LOOKALIKES.get(c, c) if r.random() < 0.2 else c for c in letters]
        if r.random() < 0.5:
            for _ in range(r.randint(1, 6)):
                letters.insert(r.randrange(len(letters) + 1), r.choice(lex.ZERO_WIDTH))
        if r.random() < 0.6:
            for _ in range(r.randint(1, 3)):
                letters.insert(r.randrange(len(letters) + 1), r.choice(lex.EMOJI))
        return "".join(letters)

    def lookalike(self, name: str) -> str:
        """A name that reads the same: other letters, or doubled or invisible ones."""
        changed = "".join(lex.LOOKALIKES.get(c, c) if self.random.random() < 0.6 else c for c in name)
        if changed == name:
            place = self.random.randrange(1, len(name))
            changed = name[:place] + self.random.choice(lex.ZERO_WIDTH) + name[place:]
        return changed
