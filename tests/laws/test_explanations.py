"""Laws of explanations: over random programs the steps make up .grad, and SymPy's closed form agrees."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from random_programs import Program, programs, walk

from autograd_tutor.calculus.closed import close
from autograd_tutor.calculus.deadline import Deadline
from autograd_tutor.calculus.derive import Derivations
from autograd_tutor.calculus.explain import Accounts
from autograd_tutor.calculus.values import close as alike
from autograd_tutor.calculus.values import numbers, precision
from autograd_tutor.explanation import TargetExplanation
from autograd_tutor.recording.record import record
from autograd_tutor.sandbox.protocol import Job
from autograd_tutor.trace import Trace

QUIET = {"deadline": None, "suppress_health_check": list(HealthCheck), "print_blob": True}


def _trace(program: Program) -> Trace:
    return record(Job(source=program.source, targets=program.targets)).trace


def _steps_make_up_the_gradient(trace: Trace, one: TargetExplanation) -> None:
    """What the steps send into the target, pass by pass, on top of what was there, is what torch has or had.

    Had, where the program wrote to .grad after the last pass: then the account says so.
    """
    found = trace.find(one.target)
    if found is None or found.kind != "tensor" or found.tensor is None or not one.steps:
        return
    node = trace.tensors[found.tensor].node
    firsts = min(step.pass_ for step in one.steps)
    held = next((leaf.before for leaf in trace.passes[firsts].leaves if leaf.tensor == found.tensor), None)
    into = [step for step in one.steps if step.edge is not None and trace.edges[step.edge].head == node]
    parts = [np.asarray(numbers(step.contribution), dtype=np.float64) for step in into]
    if held is not None:
        parts.append(np.asarray(numbers(held), dtype=np.float64))
    total = sum(parts, np.zeros(found.value.shape))
    largest = max((float(np.max(np.abs(part), initial=0.0)) for part in parts), default=0.0)
    left = 1e-2 * largest if np.isfinite(largest) else 0.0  # of terms that cancel only float32's rounding is left
    had = [leaf.after for one in trace.passes for leaf in one.leaves if leaf.tensor == found.tensor and leaf.added]
    if one.rewritten:
        assert "how backward had come to it" in one.why
        assert had[-1] != found.value or not any(found.value.data)  # clearing what was 0 leaves 0
        assert alike(total, numbers(had[-1]), 1e-4, left), (one.target, total, had[-1])
    else:
        assert alike(total, numbers(found.value), 1e-4, left), (one.target, total, found.value)


def _rules_hold(one: TargetExplanation) -> None:
    """Where a step has a local derivative, it times what arrived is what went on.

    Where torch picks elements (relu, clamp), 0 goes on at a slope of 0, even from an inf that arrived.
    """
    for step in one.steps:
        if step.local is None or step.upstream is None or step.contribution is None:
            continue
        with np.errstate(all="ignore"):
            product = numbers(step.local) * numbers(step.upstream)
        sent = numbers(step.contribution)
        if np.shape(product) == np.shape(sent):
            picked = np.where((numbers(step.local) == 0) & (sent == 0), 0, product)
            assert alike(picked, sent, precision(step.contribution.dtype)), step


def _nothing_is_said_twice_in_a_row(one: TargetExplanation) -> None:
    for before, after in zip(one.steps, one.steps[1:], strict=False):
        assert before.words != after.words, before.words
    for step in one.steps:
        assert step.words
        assert "{" not in step.words


def _laws(program: Program, *, symbols: bool) -> None:
    trace = _trace(program)
    accounts, derivations = Accounts(trace), Derivations(trace)
    for target in program.targets:
        one = accounts.explain(target)
        _steps_make_up_the_gradient(trace, one)
        _rules_hold(one)
        _nothing_is_said_twice_in_a_row(one)
        assert all(step.ruled for step in one.steps), [step.rule for step in one.steps if not step.ruled]
        found = trace.find(target)
        if found is not None and found.kind == "none":
            assert one.why
        if symbols:
            form = close(derivations, one, Deadline.within(10))
            if form.witnesses.agree is False:
                assert form.witnesses.disagreement
                assert "more than rounding" not in form.witnesses.disagreement, (form.witnesses, form.formula)
            if form.formula is None and found is not None and found.kind == "tensor":
                assert form.no_formula


@settings(max_examples=25, derandomize=True, **QUIET)
@given(programs())
def test_steps_make_up_the_gradient(program: Program) -> None:
    _laws(program, symbols=False)


@settings(max_examples=12, derandomize=True, **QUIET)
@given(programs(most=4, passes=2))
def test_the_closed_form_agrees_or_it_is_said_why(program: Program) -> None:
    _laws(program, symbols=True)


@pytest.mark.battery
def test_steps_make_up_the_gradient_of_2000_programs() -> None:
    walk(range(2000), partial(_laws, symbols=False))


@pytest.mark.battery
def test_the_closed_form_agrees_in_300_programs() -> None:
    walk(range(300), partial(_laws, symbols=True), most=5, passes=2)
