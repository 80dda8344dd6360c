"""The benchmarks' table: complete, and written where it belongs."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from tests.bench.__main__ import NAMES
from tests.bench.report import PAGES, Row, section, table, write

ROW = Row("speed", "another", 10, 20, "x", 12.34, "1,234/s")


@pytest.mark.parametrize("name", NAMES)
def test_every_benchmark_can_be_run(name: str) -> None:
    assert callable(importlib.import_module(f"tests.bench.row_{name}").rows)


def test_no_benchmark_is_left_out() -> None:
    folder = Path(__file__).parents[2] / "bench"
    assert {path.stem.removeprefix("row_") for path in folder.glob("row_*.py")} == set(NAMES)


@pytest.mark.parametrize(
    ("measured", "aim", "small", "met"),
    [(9, 20, False, "no"), (12, 20, False, "least"), (25, 20, False, "aim"), (12, 5, True, "no")],
)
def test_a_row_says_what_was_reached(measured: float, aim: float, small: bool, met: str) -> None:
    assert Row("a", "b", 10, aim, "x", measured, "", small).met == met


def test_the_table_has_every_figure() -> None:
    assert table([ROW]).splitlines()[-1] == (
        "| speed | another | **12.3 x** | 10 x | 20 x | least | 1,234/s |"
    )


def test_a_page_keeps_what_stands_around_the_table(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- begin benchmarks -->\nold\n<!-- end benchmarks -->\nafter\n")
    write(section([ROW], 0.1, 9), (page,))
    text = page.read_text()
    assert text.startswith("before\n<!-- begin benchmarks -->\n| what")
    assert text.endswith("<!-- end benchmarks -->\nafter\n")
    assert "old" not in text


def test_a_page_without_a_place_for_it_is_named(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("nothing\n")
    with pytest.raises(ValueError, match=r"page\.md"):
        write("table", (page,))


def test_the_pages_have_a_place_for_it() -> None:
    for page in PAGES:
        assert "<!-- begin benchmarks -->" in page.read_text()
