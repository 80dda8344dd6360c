"""Display names, each only once in a world."""

from __future__ import annotations

import numpy as np

_ZH = (
    "小大老阿清风明月星云山海江河春夏秋冬雨雪花草林木南北东西安宁乐欣然悦美雅文静思远志强建国梦想光影时代生活"
    "城市青年故事旅行味道书香茶语音乐电影科技财经健康教育妈妈宝贝足球篮球汽车摄影艺术历史人间日记观察笔记周刊"
)
_SYLLABLES = [
    "ba",
    "be",
    "bi",
    "bo",
    "bu",
    "ca",
    "ce",
    "co",
    "cu",
    "da",
    "de",
    "di",
    "do",
    "du",
    "fa",
    "fe",
    "fi",
    "fo",
    "ga",
    "ge",
    "go",
    "gu",
    "ha",
    "he",
    "hi",
    "ho",
    "ja",
    "je",
    "jo",
    "ju",
    "ka",
    "ke",
    "ki",
    "ko",
    "la",
    "le",
    "li",
    "lo",
    "lu",
    "ma",
    "me",
    "mi",
    "mo",
    "mu",
    "na",
    "ne",
    "ni",
    "no",
    "nu",
    "pa",
    "pe",
    "pi",
    "po",
    "ra",
    "re",
    "ri",
    "ro",
    "ru",
    "sa",
    "se",
    "si",
    "so",
    "su",
    "ta",
    "te",
    "ti",
    "to",
    "tu",
    "va",
    "ve",
    "vi",
    "vo",
    "wa",
    "we",
    "wi",
    "ya",
    "yo",
    "za",
    "ze",
    "zo",
    "lin",
    "mar",
    "ton",
    "sen",
    "ber",
    "kar",
    "dan",
    "nor",
    "wil",
    "ros",
    "mal",
    "tin",
    "ner",
]
_TAILS = {
    1: ["", "", "", " Daily", " Studio", " Notes", " News", " Club", " FM", " Lab", "_official", "HQ"],
    2: ["", "", "", " Diario", " TV", " Blog", " Noticias", " Radio", " Club", "_mx", " Oficial"],
    3: ["", "", "", " Kita", " Update", " Info", " Media", "_id", " Channel", " Cerita"],
}
_ZH_TAILS = ["", "", "", "日报", "观察", "频道", "工作室", "说", "笔记", "周刊", "俱乐部", "生活"]


class NameMaker:
    """Makes names of a language; remembers all it made."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def make(self, rng: np.random.Generator, languages: list[int]) -> list[str]:
        """A new name for each entry (0 zh, 1 en, 2 es, 3 id)."""
        draws = rng.integers(0, 1 << 30, size=(len(languages), 7)).tolist()
        out = []
        for language, draw in zip(languages, draws, strict=True):
            name = self._name(language, draw)
            while name.casefold() in self._taken:
                name += str(draw[6] % 10) if draw[6] % 3 else ("_" if language else "的")
                draw[6] = draw[6] // 10 + 7
            self._taken.add(name.casefold())
            out.append(name)
        return out

    @staticmethod
    def _name(language: int, draw: list[int]) -> str:
        if language == 0:
            count = 2 + draw[0] % 3
            body = "".join(_ZH[d % len(_ZH)] for d in draw[1 : 1 + count])
            tail = _ZH_TAILS[draw[5] % len(_ZH_TAILS)]
            number = str(draw[6] % 1000) if draw[6] % 4 == 0 else ""
            return body + tail + number
        count = 2 + draw[0] % 2
        first = "".join(_SYLLABLES[d % len(_SYLLABLES)] for d in draw[1 : 1 + count]).capitalize()
        second = "".join(_SYLLABLES[d % len(_SYLLABLES)] for d in draw[4:6]).capitalize()
        tails = _TAILS[language]
        tail = tails[draw[6] % len(tails)]
        number = str(draw[6] // 16 % 100) if draw[6] % 5 == 0 else ""
        return (first + (" " + second if draw[0] % 3 else "") + tail + number).strip()
