# mypy: allow-untyped-defs, allow-untyped-calls
"""Somebody else's content published as original work, without a source: article 18(6).

One copy is a fact, so what is asked is whether it is one: how alike the two are against what strangers' texts
reach on this very stream, how much text there is to be alike, how many others write the same, and whether the
account does it again. It is judged when the text has been about for some hours, so that it shows whether many
write it: verses on a feast day, a wire story, a phrase of the week have no author to be copied.

Example that flags: an account publishes another's post of the day before, three words changed, as its own.
Examples that do not: the same with `credit`; a poem that thirty people quote; one's own post once more, or
from one's other account on the same device.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detector.cases.findings import Signal


@dataclass(frozen=True, slots=True)
class CopiedOriginal:
    """Settings.

    Attributes:
        wait_minutes: since the text was first published, before which no claim is judged.
        alike: similarity of the two texts, 0..1, from which it may be a copy; by itself one says no more than
            `again_decades`. Texts made from the same turns of phrase reach 0.6 in a million pairs.
        sure: similarity from which it is one: what remains common of the 3-grams when 6 to 8 % of the
            characters were changed.
        others: further accounts that may have written the same before it counts as common property.
        apart_seconds: what two publish closer together neither has from the other.
        chars_a_decade: characters that both texts have which are worth one decade; so a copy speaks for
            itself from some 45 on, the length from which two people do not write the same by chance.
        again_decades: decades that each earlier copy by the same account adds.
        worth: decades from which it is handed on to its case.
    """

    wait_minutes: int = 120
    alike: float = 0.6
    sure: float = 0.7
    others: int = 3
    apart_seconds: int = 60
    chars_a_decade: float = 7.0
    again_decades: float = 3.0
    worth: float = 3.0


COPY = np.dtype(
    [
        ("due", "i8"),  # ms
        ("slot", "i8"),  # the member that claims
        ("source", "i8"),  # the earliest that says the same
        ("nearest", "f8"),  # the similarity to the nearest before it
        ("strangers", "f8"),  # the greatest similarity to one of some texts that have nothing to do with it
        ("decades", "f8"),
        ("others", "i8"),
        ("again", "i8"),  # false claims of the account before this one
        ("length", "i8"),
        ("image", "i8"),  # whether it is an image that was copied
    ]
)


def signals(row: np.ndarray, hours: float, again_decades: float) -> list[Signal]:
    """The evidence about one copy; `hours` after its source."""
    nearest, strangers, others, again = (row[n].item() for n in ("nearest", "strangers", "others", "again"))
    if row["image"]:
        what = "The image is the same to the bit of its perceptual hash as one published before."
    else:
        what = (
            f"{nearest:.0%} of the 3-grams of the text ({row['length']} characters) are those of an earlier "
            f"one; of texts that have nothing to do with it, the nearest of 64 has {strangers:.0%}."
        )
    out = [
        Signal("copy", nearest, strangers, what, float(row["decades"]), "similarity"),
        Signal(
            "hours_after_the_source",
            round(hours, 2),
            0.0,
            f"It claims to be original and names no source, {hours:.1f} h after the first that says so.",
            0.0,
        ),
        Signal("others_who_wrote_it", float(others), 0.0, f"{others} further accounts wrote the same.", 0.0),
    ]
    if again:
        why = f"The account has claimed {again} other copies as original before."
        out.append(Signal("earlier_copies", float(again), 0.0, why, again_decades * again, "provenance"))
    return out
