"""What a code is, and what a name may be."""

import pytest

from autograd_tutor.classroom.codes import ALPHABET, hashed, new_code, verify
from autograd_tutor.classroom.names import BadName, login_name

# --- codes --------------------------------------------------------------------------------------------------------


def test_a_code_is_easy_to_type_and_hard_to_guess():
    codes = {new_code() for _ in range(1000)}
    assert len(codes) == 1000
    assert all([len(group) for group in code.split("-")] == [4, 4, 4] for code in codes)
    assert set("".join(codes)) == {*ALPHABET, "-"}
    for lookalikes in ("0O", "1IL", "2Z", "5S", "8B", "UV"):
        assert len(set(lookalikes) & set(ALPHABET)) <= 1
    assert len(ALPHABET) ** 12 > 2**57


def test_a_code_counts_however_it_is_typed():
    code = "K7FQ-M2TD-9XRC"
    stored = hashed(code)
    assert code not in stored
    assert all(
        verify(typed, stored) for typed in (code, "k7fqm2td9xrc", " k7fq m2td 9xrc\r", "K7FQ\u2013M2TD\u20149XRC")
    )
    assert not any(
        verify(typed, stored) for typed in ("", "K7FQ", code + "A", code[:-1] + "D", "\0", "\ud800", "9" * 10**6)
    )
    assert hashed(code) != stored


@pytest.mark.parametrize(
    "stored", ["", "K7FQ-M2TD-9XRC", "scrypt$40$8$1$AAAA$AAAA", "scrypt$13$8$1$!$!", "md5$a$b$c$d$e"]
)
def test_a_stored_text_that_is_no_hash_fits_no_code(stored):
    assert not verify("K7FQ-M2TD-9XRC", stored)


# --- names --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["alice", "O.Brien-2", "zoë", "Ада", "李明", "अमित", "_x", "a" * 32, "noor_3"])
def test_names_of_many_scripts_may_log_in(name):
    assert login_name(name) == name


@pytest.mark.parametrize(
    "name",
    ["", " ", ".ssh", "-l", "..", "a/b", "../alice", "a b", "a\tb", "a\x1b[2J", "[red]x", "'; DROP TABLE", "a" * 33,
     "a\u202eb", "a\u200bb", "a\u3164", "\u0301a", "a@b", "a:b", "$(x)", "~root", "*", "a\0", "\ud800", "a%n"],
)  # fmt: skip
def test_other_names_may_not_and_the_sentence_shows_no_control_character(name):
    with pytest.raises(BadName) as told:
        login_name(name)
    assert str(told.value).isprintable()
