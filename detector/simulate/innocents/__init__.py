"""Innocents by name; each stages itself once and labels what it did. A file here is one more."""

from __future__ import annotations

from detector.simulate.registry import staged

INNOCENTS = staged(__name__, __path__)
