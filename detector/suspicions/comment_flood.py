"""Comments from a few templates under one author's contents: article 18(4), by the texts alone.

`comment_inflation` by volume and provenance is told in the engagement stage; this is the third kind of
evidence for it. A template is a text that many accounts write under this author, each a little different, and
hardly anybody elsewhere: what is said everywhere says nothing, however often. What is repeated letter for
letter, or is what the content says itself, is an answer to it (greetings, a giveaway's phrase, a slogan),
and counts for nothing either.

Example that flags: forty accounts praise a shop's post in three sentences, words swapped, letters disguised.
Example that does not: three hundred viewers write "first!" and "happy birthday" under a star's post.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detector.cases.findings import Signal
from models.text.texture import ALIKE


@dataclass(frozen=True, slots=True)
class CommentFlood:
    """Settings.

    Attributes:
        least: comments from one template under one author before it is looked at.
        growth: it is looked at again when they have grown by this share.
        hours: after which an author's comments are counted anew.
        form_decades: decades that comments which differ only in some places bring at most, so that one form
            by itself (wishes with a name in them, answers to a question) is not enough.
        own: how many times as often a form has to come under this author as anywhere else; the others, turns
            of phrase that people use everywhere, bring no more than `form_decades` all together.
        correlation: of comments under one author: what one writes puts others in mind of it.
        worth: decades from which it is handed on to its case.
    """

    least: int = 5
    growth: float = 0.1
    hours: int = 24
    form_decades: float = 4.0
    own: float = 2.0
    correlation: float = 0.05
    worth: float = 5.0


FORMS = 8
FLOOD = np.dtype(
    [
        ("about", "i8"),  # the author's hash, upper half
        ("since", "i8"),
        ("decades", "f8"),
        ("comments", "i8"),  # from the templates
        ("accounts", "i8"),
        ("of", "i8"),  # comments under the author since then
        ("forms", "i8"),  # templates
        ("clusters", "i8", (FORMS,)),  # theirs
        ("elsewhere", "f8"),  # the share that the templates have of what is written elsewhere
        ("alike", "f8"),  # two by two, in the template that says most
        ("kept", "f8"),
    ]
)


def signals(row: np.ndarray) -> list[Signal]:
    """The evidence about one author's comments."""
    comments, accounts, of, forms = (row[name].item() for name in ("comments", "accounts", "of", "forms"))
    share, elsewhere, alike = comments / of, float(row["elsewhere"]), float(row["alike"])
    why = (
        f"{comments} of {of} comments under the author, by {accounts} accounts (one counts for each template "
        f"that it uses), are made from {forms} templates, which make {elsewhere:.2%} of what is written "
        "elsewhere."
    )
    texts = f"The comments of one template are {alike:.0%} alike two by two, nearly each worded on its own."
    decades = float(row["decades"])
    return [
        Signal("comments_from_templates", round(share, 4), round(elsewhere, 6), why, decades, "similarity"),
        Signal("texts_alike", round(alike, 3), ALIKE, texts, 0.0, "similarity"),
    ]
