"""Rows that are too long for the screen lose no word, and go on below where their text began."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.content import Content

from autograd_tutor.tui.hanging import WIDEST, hung

ROWS = st.lists(st.text(alphabet="ab·✗▸x= 12-", min_size=0, max_size=90), max_size=5)


@given(ROWS, st.integers(6, 130))
def test_nothing_is_lost_and_nothing_is_too_wide(rows: list[str], width: int) -> None:
    shown = hung(map(Content, rows), width).plain
    assert "".join(shown.split()) == "".join("".join(rows).split())
    assert all(len(row.rstrip()) <= min(width, WIDEST) for row in shown.split("\n"))


@pytest.mark.parametrize(
    ("before", "under"),
    [
        ("✗ ", 2),
        ("  torch says  ", 14),
        ("hint 2 of 3  ", 13),
        ("▸ 1  ", 5),
        ("   12 - ", 8),
        ("   12   ", 8),
        ("    ", 4),
        ("", 0),
        ("  a label that is so long that it is none  ", 2),
    ],
)
def test_a_row_goes_on_below_its_text(before: str, under: int) -> None:
    text = "some words that say what there is to say about it, and then a few more of them"
    first, *rest = hung([Content(before + text)], 60).plain.split("\n")
    assert first.startswith(before)
    assert rest
    for row in rest:
        assert row[:under].isspace() or under == 0
        assert row[under] != " "
