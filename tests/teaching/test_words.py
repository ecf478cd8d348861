"""Every mistake that can be recognised has a sentence of its own."""

import string

import pytest

from autograd_tutor.explanation import Explanation, ImaginedPass
from autograd_tutor.mistakes import KINDS
from autograd_tutor.sandbox.protocol import Run
from autograd_tutor.teaching.diagnosis import sentence
from autograd_tutor.teaching.scene import Scene
from autograd_tutor.teaching.words import WORDS
from autograd_tutor.trace import Finished, Found, Node, Span, Trace

TAGS = [tag for tag in KINDS if tag != "own"]


@pytest.fixture
def scene() -> Scene:
    node = Node(0, "function", "PowBackward0", "x ** 2", span=Span(2, 4, 2, 10))
    trace = Trace("…", "2", Finished(), nodes=(node,), found=(Found("x.grad", "none", is_grad=True),))
    return Scene(Run(trace, Explanation()), "x.grad")


def test_every_tag_has_words_and_no_other():
    assert set(WORDS) == set(TAGS)


@pytest.mark.parametrize("certain", [True, False])
@pytest.mark.parametrize("tag", TAGS)
def test_a_sentence_says_it_outright_or_asks(scene: Scene, tag: str, certain: bool):
    text = sentence(ImaginedPass("x.grad", tag, "L1", None, nodes=(0,), detail="w"), scene, certain=certain)
    assert text.startswith("It looks as if you" if certain else "Did you")
    assert text.endswith((".", "?"))
    assert not any(digit in text.replace("x ** 2 (line 2)", "").replace("1 for every", "").replace("0 times", "")
                   .replace("to be 0", "") for digit in string.digits)  # fmt: skip
    assert "{" not in text


def test_a_long_list_of_operations_is_not_spelled_out(scene: Scene):
    one = ImaginedPass("x.grad", "local-derivatives-dropped", "L1", None, detail=", ".join(["torch.sin(x)"] * 20))
    assert "slopes of some operations" in sentence(one, scene, certain=False)
