"""Identifiers that say nothing: random letters, the same format for everybody."""

from __future__ import annotations

import numpy as np

_ALPHABET = np.frombuffer(b"0123456789abcdefghjkmnpqrstvwxyz", dtype=np.uint8)


def random_ids(rng: np.random.Generator, count: int, length: int) -> list[str]:
    """`count` strings of `length` characters from an alphabet of 32; distinct for any practical count."""
    letters = _ALPHABET[rng.integers(0, 32, size=(count, length), dtype=np.uint8)]
    text = letters.tobytes().decode("ascii")
    return [text[i : i + length] for i in range(0, count * length, length)]
