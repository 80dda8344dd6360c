"""What people write with: phrases that all use, in English, Spanish, German and Chinese (`lexicon.txt`)."""

from __future__ import annotations

from pathlib import Path


def _sections() -> dict[str, list[str]]:
    """Lists by their headings; items are parted by bars and line ends."""
    found: dict[str, list[str]] = {}
    items: list[str] = []
    for line in (Path(__file__).parent / "lexicon.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            items = found.setdefault(line.strip("[]"), [])
        else:
            items.extend(line.split("|"))
    return found


_FOUND = _sections()
_LANGUAGES = ("en", "es", "de", "zh")


def _by_language(name: str) -> dict[str, list[str]]:
    return {language: _FOUND[f"{name} {language}"] for language in _LANGUAGES}


OPENERS = _by_language("OPENERS")
VERBS = _by_language("VERBS")
NOUNS = _by_language("NOUNS")
LINKS = _by_language("LINKS")
CLOSERS = _by_language("CLOSERS")
SHORT = _by_language("SHORT")
REMARKS = _by_language("REMARKS")
EMOJI = _FOUND["EMOJI"]
HAN = "".join(_FOUND["HAN"])
SYLLABLES = _FOUND["SYLLABLES"]
# Other letters that look the same.
LOOKALIKES = dict(zip("aeopcxyiABEKMHOPTXl0", "аеорсхуіАВЕКМНОРТХIO", strict=True))
ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff"
