"""Characters drawn alike, folded to one of them: the small part of Unicode's confusables that people use.

Source: Unicode Technical Standard 39 (confusables.txt), reduced to letters that stand for a Latin letter or
a digit, and to letters that one script writes in several ways. A capital that is not listed goes the way of
its lower case; Η and Ν are listed because their lower case looks like another letter.
"""

from __future__ import annotations

_PAIRS = (
    # Cyrillic, by the shape of the small letter or, where that has no twin, of the capital
    ("авгезікмнопрстухьѕјһԁԛԝӏү", "abre3ikmhonpctyxbsjhdqwly"),
    # Greek
    ("ΗΝαβγεζηικμνορτυχω", "hnabyeznikmvoptyxw"),
    # Armenian
    ("օոսհցզյ", "onuhgqj"),
    # Cherokee (capitals; their lower case folds to them)
    ("ᎠᎡᎢᎪᎫᎬᎳᎷᎻᎽᏀᏃᏎᏔᏙᏚᏞᏟᏢᏦᏴ", "drtajewmhygzswvslcpkb"),
    # Lisu
    ("ꓐꓑꓓꓔꓖꓗꓙꓚꓜꓝꓟꓠꓡꓢꓣꓦꓧꓪꓫꓬꓮꓰꓲꓳꓴ", "bpdtgkjczfmnlsrvhwxyaeiou"),
    # Latin beside the 26
    ("ɑɡıȷɩʋƽƨ01", "agijiv5sol"),
    # Arabic letters that Persian, Urdu and Pashto keyboards write otherwise
    ("کڪیىېےەۀةۃہھ", "ككييييهههههه"),
)

LOOKALIKES: dict[str, str] = {a: b for left, right in _PAIRS for a, b in zip(left, right, strict=True)}
"""Character to the one that stands for it and its like."""
