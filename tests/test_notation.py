import pytest

from autograd_tutor.notation import array, number, shape
from autograd_tutor.trace import Array, Complex, Summary


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (6.0, "6"),
        (-7.661275, "−7.6613"),
        (0.10000000149011612, "0.1"),
        (2.00001, "2.0000"),
        (0.0012294560, "0.001229"),
        (0.0123, "0.0123"),
        (1e-8, "1·10⁻⁸"),
        (-1.23456e-5, "−1.2346·10⁻⁵"),
        (123456789.0, "1.2346·10⁸"),
        (0.0, "0"),
        (float("nan"), "nan"),
        (float("-inf"), "−inf"),
        (True, "True"),
        (Complex(3.0, -4.0), "3 − 4j"),
    ],
)
def test_numbers_are_written_as_a_person_would(value, text):
    assert number(value) == text


def test_tensors_keep_their_nesting():
    assert array(Array("float32", (2, 2), (1.0, 2.0, 3.0, 4.5))) == "[[1, 2], [3, 4.5]]"
    assert array(Array("float32", (0,), ())) == "[]"
    assert array(None) == "None"
    assert array(Array("float32", (100,), None, Summary(100, -1.0, 1.0, 0.5))) == (
        "a tensor of 100 from −1 to 1, mean 0.5"
    )


def test_shapes_in_words():
    assert shape(Array("float32", (2, 3), (0.0,) * 6)) == "a 2×3 matrix"
    assert shape(Array("float32", (1,), (0.0,))) == "1 element"
