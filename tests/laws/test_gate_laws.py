"""Laws of the gate: programs of the course's operations pass; what its lists name is what they are meant to name."""

from __future__ import annotations

import importlib
import io
import types

import numpy
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from random_programs import Program, programs

from autograd_tutor.sandbox.gate import check, python
from autograd_tutor.sandbox.gate.attributes import ATTRIBUTES
from autograd_tutor.sandbox.gate.modules import CONSTRUCTORS, MODULES, PRELUDE, is_base
from autograd_tutor.sandbox.gate.reserved import reserved

SOME = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
LEAVES = [(module, name) for module, names in MODULES.items() for name in names]
POWERS = {eval, exec, open, compile, getattr, setattr, delattr, vars, globals, locals, __import__, input, type, object}
X = torch.ones(2, 2, requires_grad=True)


class Double(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, g):
        return g * 2


REACHED = [
    *(X, nn_parameter := torch.nn.Parameter(X.detach()), X.shape, X.dtype, X.device, X.layout, (X * 2).grad_fn),
    *(Double.apply(X).grad_fn, (X * 2).grad_fn.next_functions[0][0], X.register_hook(print), Double, Double.apply),
    *(torch.nn.Linear(1, 1), torch.nn.Sequential(), torch.nn.LSTM(1, 1), torch.nn.ModuleDict(), torch.nn.Module),
    *(torch.optim.SGD([nn_parameter]), torch.optim.LBFGS([nn_parameter]), torch.optim.Adam, torch.no_grad()),
    *(torch.finfo(torch.float32), torch.ones(2).max(0), torch.linalg.svd(torch.ones(2, 2)), torch.sin, print),
    *(X.detach().numpy(), X.detach().numpy().dtype, numpy.float64(1.0), X.detach().numpy().data),
    *(1, 1.0, 1j, "a", [], {}, set(), (), range(1), slice(1), iter([]), (i for i in ""), {}.items(), lambda: 0),
    *(
        property(),
        staticmethod(print),
        classmethod(print),
        KeyError(),
        AttributeError(),
        StopIteration(),
        list,
        str,
        dict,
    ),
]
"""One of each kind of value that a program can come by."""


@SOME
@given(program=programs())
def test_random_programs_of_the_course_pass(program: Program) -> None:
    assert check(program.source, prelude=False, targets=program.targets) is None


def harmless(value: object) -> bool:
    if isinstance(value, types.ModuleType | types.FrameType | types.CodeType | io.IOBase):
        return False
    return not (callable(value) and getattr(value, "__hash__", None) and value in POWERS)


@pytest.mark.parametrize("module", MODULES)
def test_what_may_be_used_of_a_module_is_there_and_is_no_module(module: str) -> None:
    for name in MODULES[module]:
        leaf = getattr(importlib.import_module(module), name)
        assert harmless(leaf), name
        assert not name.startswith("_")


def test_what_is_in_a_listed_class_or_object_is_no_module_either() -> None:
    holders = [*REACHED, *(getattr(importlib.import_module(module), name) for module, name in LEAVES)]
    for holder in holders:
        for name in ATTRIBUTES:
            try:
                value = getattr(holder, name, None)
            except (RuntimeError, AttributeError, ValueError, NotImplementedError):
                continue
            assert harmless(value), (holder, name)


def test_a_program_cannot_own_what_a_value_already_has() -> None:
    for value in REACHED:
        public = {name for name in dir(value) if not name.startswith("_")}
        assert public <= ATTRIBUTES | reserved() | instance_names(value), public - ATTRIBUTES - reserved()
    assert not ATTRIBUTES & reserved()


def instance_names(value: object) -> set[str]:
    """What a layer keeps in its own dictionary: numbers and flags, no methods."""
    kept = getattr(value, "__dict__", {}) if isinstance(value, torch.nn.Module) else {}
    return {name for name, one in kept.items() if isinstance(one, int | float | str | tuple | None)}


def test_only_tensors_are_made_from_an_address() -> None:
    """The old constructors of tensors take `cdata=`; nothing else that may be called does."""
    for module, name in LEAVES:
        leaf = getattr(importlib.import_module(module), name)
        made_so = isinstance(leaf, type) and issubclass(leaf, torch.Tensor)
        made_so |= isinstance(leaf, type(torch.FloatTensor))
        if made_so and name not in ("Parameter", "Buffer", "Variable"):
            assert f"{module}.{name}" in CONSTRUCTORS


@pytest.mark.parametrize("kind", [torch.nn.Parameter, torch.nn.Buffer, torch.autograd.Variable])
def test_other_kinds_of_tensors_are_not(kind: type) -> None:
    with pytest.raises(TypeError):
        kind(cdata=X._cdata)


def test_a_base_is_a_class_and_no_tensor() -> None:
    for module, name in LEAVES:
        if is_base(f"{module}.{name}"):
            base = getattr(importlib.import_module(module), name)
            assert isinstance(base, type)
            assert not issubclass(base, torch.Tensor)


def test_own_private_names_are_nobody_elses() -> None:
    assert not [(value, name) for value in REACHED for name in python.OWN_PRIVATE if hasattr(value, name)]


def test_the_prelude_is_allowed() -> None:
    assert set(PRELUDE.values()) <= MODULES.keys()
