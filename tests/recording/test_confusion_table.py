"""What people get wrong about autograd: torch's own outcome, and the reason that the trace names for it."""

from __future__ import annotations

import contextlib
import io
import math
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from recorded import cut, leaf, tensor, trace

from autograd_tutor.recording.values import array, whole
from autograd_tutor.trace import Array, Complex, Node, Pass, Raised, Trace


@pytest.fixture(autouse=True)
def warned_again() -> Iterator[None]:
    """torch gives some warnings once in a process."""
    torch.set_warn_always(True)
    yield
    torch.set_warn_always(False)


TABLE = yaml.safe_load((Path(__file__).parent / "confusions.yaml").read_text(encoding="utf-8"))


def untraced(case: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, str] | None]:
    """The program in plain Python: what the targets are at its end, and the error that ended it."""
    space: dict[str, Any] = {"torch": torch, "math": math, "nn": torch.nn, "F": torch.nn.functional}
    error = None
    torch.manual_seed(0)
    with warnings.catch_warnings(action="ignore"), contextlib.redirect_stdout(io.StringIO()):
        try:
            exec(compile(case["code"], "<plain>", "exec"), space)
        except Exception as problem:
            error = (type(problem).__name__, str(problem))
        return {target: value_of(target, space) for target in case["targets"]}, error


def value_of(target: str, space: dict[str, Any]) -> Any:
    try:
        value = eval(target, space)
    except Exception as problem:
        return f"{type(problem).__name__}: {problem}"
    return shown(array(value)) if isinstance(value, torch.Tensor) else value


def shown(value: Array | None) -> Any:
    """Comparable, nan equal to nan."""
    return None if value is None else (value.shape, repr(value.data))


def found(seen: Trace, target: str) -> Any:
    one = seen.find(target)
    assert one is not None
    match one.kind:
        case "tensor":
            return shown(one.value)
        case "flag":
            return one.flag
        case "none":
            return None
    return one.text


def plain(value: Any) -> Any:
    """What the untraced program left, as the trace would show it."""
    if value is None or isinstance(value, bool | tuple):
        return value
    return shown(whole(value)) if whole(value) is not None else value if value[:1].isupper() else repr(value)


@pytest.mark.parametrize("case", TABLE, ids=lambda case: case["name"])
def test_the_trace_says_what_torch_did_and_why(case: dict[str, Any]) -> None:
    seen = trace(case["code"], *case["targets"])
    values, error = untraced(case)
    ended = (seen.outcome.type, seen.outcome.message) if isinstance(seen.outcome, Raised) else None
    assert ended == error
    for target, value in values.items():
        assert found(seen, target) in (plain(value), repr(value)), target
    for fact in case["because"]:
        for kind, what in fact.items():
            FACTS[kind](seen, what)


def nodes(seen: Trace, text: str) -> list[Node]:
    at = [one for one in seen.nodes if one.text == text]
    assert at, (text, [one.text for one in seen.nodes])
    return at


def flat(value: Array | None) -> list[Any]:
    assert value is not None
    return [complex(one.re, one.im) if isinstance(one, Complex) else one for one in value.data or ()]


def close(value: Array | None, expected: Any) -> None:
    if isinstance(expected, dict):
        expected = complex(expected["re"], expected["im"])
    wanted = expected if isinstance(expected, list) else [expected]
    assert flat(value) == pytest.approx(wanted, rel=1e-5, abs=1e-6, nan_ok=True)


def says_absent(seen: Trace, reasons: dict[str, str]) -> None:
    assert {name: tensor(seen, name).absent for name in reasons} == reasons


def says_cut(seen: Trace, places: dict[str, str]) -> None:
    for name, text in places.items():
        one = tensor(seen, name)
        assert (one.absent, one.cut is not None and seen.nodes[one.cut].text) == ("cut", text)


def says_ghost(seen: Trace, reasons: dict[str, str]) -> None:
    for text, reason in reasons.items():
        assert reason in [one.reason for one in nodes(seen, text)]


def says_node(seen: Trace, kinds: dict[str, str]) -> None:
    for text, name in kinds.items():
        assert name in [one.name for one in nodes(seen, text)]


def says_raised(seen: Trace, error: list[str | None]) -> None:
    last = seen.passes[-1]
    assert [last.error_kind, cut(seen, last.culprit)] == error
    assert isinstance(seen.outcome, Raised)
    assert (seen.outcome.message, seen.outcome.pass_) == (last.error, last.id)


def says_stopped(seen: Trace, text: str) -> None:
    assert isinstance(seen.outcome, Raised)
    assert cut(seen, seen.outcome.span) == text


def says_adds(seen: Trace, flows: dict[str, list[Any]]) -> None:
    for name, expected in flows.items():
        last = max(one.id for one in seen.passes if any(at.tensor == tensor(seen, name).id for at in one.leaves))
        into = contributions(seen, seen.passes[last], leaf(seen, name, last).node)
        assert len(into) == len(expected), (name, into)
        for value, wanted in zip(into, expected, strict=True):
            close(value, wanted)


def contributions(seen: Trace, one: Pass, node: int) -> list[Array]:
    """What flowed into a node in one pass, in the engine's firing order."""
    edges = [edge for edge in seen.edges if edge.head == node and edge.tail in one.order]
    edges.sort(key=lambda edge: (one.order.index(edge.tail), edge.input))
    return [flow for edge in edges if (flow := edge.contributions[one.id]) is not None]


def says_arrives(seen: Trace, gradients: dict[str, Any]) -> None:
    for text, expected in gradients.items():
        ids = {one.id for one in nodes(seen, text)}
        arrivals = [one for pass_ in seen.passes for one in pass_.arrivals if one.node in ids]
        close(arrivals[-1].gradients[0], expected)


def says_saved(seen: Trace, kept: dict[str, str]) -> None:
    for text, name in kept.items():
        assert name in [saved.name for one in nodes(seen, text) for saved in one.saved]


def says_inexact(seen: Trace, notes: dict[str, str]) -> None:
    for name, note in notes.items():
        assert (leaf(seen, name).exact, leaf(seen, name).note) == (False, note)


def says_shares(seen: Trace, names: list[str]) -> None:
    assert len({tensor(seen, name).storage for name in names}) == 1


def says_carries(seen: Trace, tangents: dict[str, float]) -> None:
    for label, tangent in tangents.items():
        (one,) = [one for one in seen.tensors if one.label == label]
        close(one.tangent, tangent)


def says_note(seen: Trace, words: str) -> None:
    assert any(words in note for note in seen.notes), seen.notes


def says_warns(seen: Trace, words: str) -> None:
    assert any(words in one.text for one in seen.warnings)


def says_event(seen: Trace, event: list[str]) -> None:
    assert event in [[one.kind, one.text] for one in seen.events]


def says_passes(seen: Trace, count: int) -> None:
    assert len(seen.passes) == count


FACTS = {name.removeprefix("says_"): check for name, check in list(globals().items()) if name.startswith("says_")}
