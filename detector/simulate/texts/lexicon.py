"""What a language brings: words, and patterns to put them in; read from the .toml files beside this one."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Lexicon:
    """Words and patterns of one language.

    Slots of a pattern: n noun, v verb, a adjective, p place, t time, w person, o opener, d number.
    `praise` are what comment floods are made of, `bulletins` have slots of their own.
    `joiner` stands between words and sentences, `stop` ends a sentence.
    """

    joiner: str
    stop: str
    nouns: list[str]
    verbs: list[str]
    adjectives: list[str]
    places: list[str]
    times: list[str]
    people: list[str]
    openers: list[str]
    sentences: list[str]
    short: list[str]
    greetings: list[str]
    comments: list[str]
    skies: list[str]
    winds: list[str]
    bulletins: list[str]
    poems: list[str]
    slogans: list[str]
    giveaways: list[str]
    praise: list[str]


def load(language: str) -> Lexicon:
    """The lexicon of a language by its code.

    Raises:
        FileNotFoundError: there is none.
    """
    source = files(__package__).joinpath(f"{language}.toml").read_text(encoding="utf-8")
    fields: dict[str, Any] = tomllib.loads(source)
    single = {"joiner", "stop"}
    read: dict[str, Any] = {n: v if n in single else _words(v) for n, v in fields.items()}
    return Lexicon(**read)


def _words(value: str | list[str]) -> list[str]:
    if isinstance(value, list):
        return value
    if "|" in value:
        return [word.strip("\n") for word in value.replace("\n", "").split("|") if word]
    return value.split()


LANGUAGES = ("zh", "en", "es", "id")
LEXICONS = tuple(load(language) for language in LANGUAGES)
