"""The documentation says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.generate import FOLDER, SECTIONS, filled
from streams.cli import COMMANDS

ROOT = Path(__file__).parents[3]
PAGES = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]


@pytest.mark.parametrize("name", SECTIONS)
def test_generated_sections_are_up_to_date(name: str) -> None:
    assert (FOLDER / name).read_text() == filled(name), "run `.venv/bin/python -m docs.generate`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_that_are_named_exist(page: Path) -> None:
    assert set(re.findall(r"`(?:\.venv/bin/)?detector ([a-z]+)", page.read_text())) <= set(COMMANDS)
