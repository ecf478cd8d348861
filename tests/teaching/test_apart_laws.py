"""Laws of taking a derivative apart, over every exercise of the course and over programs of its kinds."""

from __future__ import annotations

import math
import random

import msgspec
import pytest

from autograd_tutor.course.jobs import job
from autograd_tutor.course.load import lessons
from autograd_tutor.course.variants import variant
from autograd_tutor.notation import array
from autograd_tutor.sandbox.client import Sandbox
from autograd_tutor.sandbox.protocol import Job, Run
from autograd_tutor.teaching.apart import Apart, Plan, carry, plan, start
from autograd_tutor.teaching.apart.ledger import ending, ledger
from autograd_tutor.teaching.apart.model import Piece
from autograd_tutor.teaching.apart.planning import MOST
from autograd_tutor.trace import Array, Complex

PROGRAMS = (
    "x = torch.tensor(1.3, requires_grad=True)\nz = torch.sin(torch.exp(x) * x) / (1 + x**2)\nz.backward()",
    "x = torch.tensor(0.7, requires_grad=True)\ny = x * x\nz = y * x + torch.log(y)\nz.backward()\n(3 * x).backward()",
    "x = torch.tensor([0.5, 2.0], requires_grad=True)\n(torch.tanh(x) * x).sum().backward()",
    "x = torch.tensor(1.1, requires_grad=True)\ny = x\nfor _ in range(40):\n    y = y * 1.01\ny.backward()",
    "x = torch.tensor(1.1, requires_grad=True)\ny = x\nfor _ in range(4):\n    y = torch.sin(y)\ny.backward()",
    "x = torch.tensor(2.0, requires_grad=True)\nfor _ in range(12):\n    ((x * 3 - 1) ** 2).backward()",
    "x = torch.ones(3, 5, requires_grad=True)\n(x @ torch.ones(5, 2)).mean().backward()",
    "x = torch.tensor(2.0, requires_grad=True)\nx.register_hook(lambda g: g * 10)\n(x**3).backward()",
    "x = torch.tensor(3.0, requires_grad=True)\nx.grad = torch.tensor(2.5)\n(torch.cos(x) * 2).backward()",
)

STEPS = {"imagine": False, "closed_forms": False, "mutations": ()}
"""Taking apart needs the steps alone."""


@pytest.fixture(scope="module", params=[4, pytest.param(1, marks=pytest.mark.battery)], ids=["some", "all"])
def plans(sandbox: Sandbox, request: pytest.FixtureRequest) -> list[tuple[Run, Plan]]:
    """Of what can be taken apart in some exercises of the course, or in all; and of `PROGRAMS`."""
    found = []
    exercises = [(lesson, exercise) for lesson in lessons() for exercise in lesson.exercises]
    for lesson, exercise in exercises[:: request.param]:
        one = variant(lesson, exercise, 0)
        run = sandbox.run(msgspec.structs.replace(job(one), **STEPS))
        found += [(run, question.target) for question in one.questions]
    others = [Job(source, prelude=True, targets=("x.grad",), **STEPS) for source in PROGRAMS]
    found += [(sandbox.run(one), "x.grad") for one in others]
    made = [(run, plan(run, target)) for run, target in found]
    return [(run, one) for run, one in made if one is not None]


def typed(value: Array | bool | None) -> str:
    """As a learner would type it, exactly."""
    if value is None or isinstance(value, bool):
        return {True: "yes", False: "no", None: "None"}[value]
    assert value.data is not None
    return nested([repr(float(one)) for one in value.data if not isinstance(one, Complex)], value.shape)


def nested(texts: list[str], shape: tuple[int, ...]) -> str:
    if not shape:
        return texts[0]
    step = len(texts) // shape[0]
    return f"[{', '.join(nested(texts[at * step : at * step + step], shape[1:]) for at in range(shape[0]))}]"


def answered(apart: Apart) -> Apart:
    """All the rest truly."""
    while apart.piece is not None:
        apart = apart.answer(typed(apart.piece.value))
        assert apart.judgement is not None
        assert apart.judgement.verdict == "right", (apart.judgement, apart.plan)
    return apart


def test_there_is_much_to_take_apart(plans):
    assert len(plans) > 15


def test_what_is_expected_is_what_torch_recorded(plans):
    for run, one in plans:
        recorded = [array(edge) for e in run.trace.edges for edge in e.contributions if edge is not None]
        recorded += [array(value) for p in run.trace.passes for a in p.arrivals for value in a.gradients]
        recorded += [array(leaf.after) for p in run.trace.passes for leaf in p.leaves]
        recorded += [array(leaf.added) for p in run.trace.passes for leaf in p.leaves]
        account = run.whole.of(one.target)
        locals_ = [array(step.local) for step in account.steps] if account is not None else []
        for at in one.asked:
            piece = one.pieces[at]
            if isinstance(piece.value, Array):
                assert array(piece.value) in (locals_ if piece.kind == "slope" else recorded), piece


def test_each_piece_follows_from_its_parts(plans):
    for _, one in plans:
        for piece in one.pieces:
            parts = [one.pieces[part].value for part in piece.parts]
            follows = carry.follows(piece, one.pieces, [part for part in parts if isinstance(part, Array)])
            assert follows is None or carry.same(follows, piece.value), (piece, follows)


def test_who_answers_each_step_truly_ends_right(plans):
    for run, one in plans:
        done = answered(start(one, run))
        assert done.slips == ()
        last = one.pieces[one.asked[-1]]
        if last.kind != "fact" and "hook" not in run.trace.source:
            assert done.settles, one
        assert one.target in ending(done) or last.kind == "fact"


def test_no_more_is_asked_than_one_can_bear_and_nothing_before_it_is_answered(plans):
    for run, one in plans:
        assert 1 <= len(one.asked) <= MOST + 3, one.target
        apart = start(one, run)
        while apart.piece is not None:
            shown = " ".join([apart.question, apart.piece.reason, *(line.text for line in ledger(apart))])
            for number in hidden(apart):
                assert number not in shown, (shown, number)
            apart = apart.answer(typed(apart.piece.value))


def hidden(apart: Apart) -> list[str]:
    """The numbers still to be found, those long enough not to stand there by chance, and not the operands' own."""
    pieces = apart.plan.pieces
    known = {array(value) for at, value in apart.own.items() if isinstance(value, Array)}
    known |= {array(value) for piece in pieces for value in piece.inputs.values()}
    known |= {array(piece.output) for piece in pieces}
    asked = [pieces[at] for at in apart.plan.asked if at not in apart.own]
    texts = [array(piece.value) for piece in asked if isinstance(piece.value, Array)]
    return [text for text in texts if len(text) > 5 and text not in known and not any(text in one for one in known)]


def test_the_answer_itself_is_never_told(plans):
    for run, one in plans:
        if one.truth is None:
            continue
        apart = start(one, run)
        while apart.piece is not None:
            piece = apart.piece
            for _ in range(2):
                apart = apart.answer("no" if piece.value is True else "yes" if piece.value is False else "1234.5678")
            if apart.may_tell:
                told = apart.tell()
                assert told.judgement is not None
                if isinstance(piece.value, Array) and carry.same(piece.value, one.truth):
                    assert array(one.truth) not in told.judgement.message
            apart = apart.answer(typed(piece.value))


def test_who_slips_once_and_carries_on_is_told_once(plans):
    source = random.Random(3)
    tried = 0
    for run, one in plans:
        for slip in one.asked[:-1]:
            piece = one.pieces[slip]
            if not scalar(piece) or not all(scalar(other) for other in one.pieces):
                continue
            wrongs = 0
            apart = start(one, run)
            while (at := apart.at) is not None:
                mine = own(apart)[at] if at != slip else 1.5 * number(piece) + source.uniform(1, 2)
                apart = apart.answer(repr(mine))
                assert apart.judgement is not None
                if apart.judgement.verdict == "wrong":
                    wrongs += 1
                    apart = apart.keep()
                else:
                    assert apart.judgement.verdict == "right", (apart.judgement, one)
            tried += 1
            assert wrongs == 1, (one.target, run.trace.source)
            assert apart.slips == (slip,)
            assert piece.title in ending(apart)
    assert tried > 20


def scalar(piece: Piece) -> bool:
    return isinstance(piece.value, Array) and not piece.value.shape and math.isfinite(number(piece))


def number(piece: Piece) -> float:
    assert isinstance(piece.value, Array)
    return float(piece.value.data[0])  # type: ignore[index, arg-type]


def own(apart: Apart) -> list[float]:
    """What somebody has who goes on with their own numbers, worked out anew."""
    values: list[float] = []
    for at, piece in enumerate(apart.plan.pieces):
        parts = [values[part] for part in piece.parts]
        mine = apart.own.get(at)
        if isinstance(mine, Array):
            values.append(float(mine.data[0]))  # type: ignore[index, arg-type]
        elif piece.how == "product":
            values.append(math.prod(parts))
        elif piece.how == "sum":
            values.append(math.fsum(parts))
        elif piece.how == "scaled":
            values.append(number(piece) * parts[0] / number(apart.plan.pieces[piece.parts[0]]))
        else:
            values.append(number(piece))
    return values
