"""What of a flood of input is handed on."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from autograd_tutor.sessions.input import KEYS, PASTED, QUIET, Flood, PasteLimit

BEGIN, END = "\x1b[200~", "\x1b[201~"


def fed(text: str, cuts: list[int]) -> str:
    limit = PasteLimit()
    places = [0, *sorted(cut % (len(text) + 1) for cut in cuts), len(text)]
    return "".join(limit.passed(text[one:other]) for one, other in pairwise(places))


@given(st.lists(st.sampled_from([BEGIN, END, "a", "\x1b", "\x1b[2", "x" * 5000, "\x1b[A"])), st.lists(st.integers(0)))
def test_it_does_not_matter_in_which_pieces_input_comes(parts: list[str], cuts: list[int]) -> None:
    text = "".join(parts) + END + "z"
    assert fed(text, cuts) == fed(text, [])


def test_a_long_paste_is_cut_and_what_follows_it_is_typed() -> None:
    text = f"ab{BEGIN}{'9' * 1_000_000}{END}cd"
    assert fed(text, list(range(0, len(text), 4096))) == f"ab{BEGIN}{'9' * PASTED}{END}cd"


def test_an_escape_is_not_held_back() -> None:
    limit = PasteLimit()
    assert limit.passed("\x1b") == "\x1b"


def test_a_flood_is_over_after_a_pause() -> None:
    flood = Flood()
    assert not flood.rises(KEYS, 1.0)
    assert flood.rises(KEYS + 1, 1.0)
    assert flood.rises(0, 1.0 + QUIET / 2), "the same flood still"
    assert not flood.rises(0, 1.0 + 2 * QUIET)
