"""The mode that sees every call into torch that the program makes, and hands each to its recorder."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import lru_cache
from types import FrameType
from typing import Any, NamedTuple

import torch
from torch.overrides import TorchFunctionMode

from autograd_tutor.recording import (
    backward,
    calm,
    context,
    flags,
    forward,
    functions,
    gradients,
    tangents,
    transforms,
    usual,
)
from autograd_tutor.recording.calls import Asked, canonical, raw_name
from autograd_tutor.recording.state import State

_BACKWARDS: dict[Any, backward.Spelling] = {
    torch.Tensor.backward: "method",
    torch.autograd.backward: "function",
    torch.autograd.grad: "grad",
}

_SILENT = frozenset(
    {
        *("__repr__", "__format__", "__bool__", "__len__", "__hash__", "__contains__", "__reversed__", "__dir__"),
        *("dim", "size", "numel", "stride", "is_floating_point", "is_complex", "element_size", "data_ptr", "nelement"),
    }
)
"""Nothing to record: no tensor comes out and nothing is cut."""

_SHOWN = frozenset({f"{name}.__get__" for name in ("data", "T", "mT", "H", "mH", "real", "imag")})
"""Attributes that are operations. All others (`x.shape`, `y.grad_fn`) are only looked at."""

_WRAPPERS = frozenset(
    {
        torch.Tensor.backward.__code__.co_filename,
        *(one.__file__ for one in (torch.autograd, torch.functional, torch.nn.functional, torch.overrides, functions)),
    }
)
"""torch's Python files that stand between a program and the call it wrote, with the same arguments."""


class Called(NamedTuple):
    """What is known of one of torch's functions, whoever calls it."""

    raw: str
    name: str
    in_place: bool
    silent: bool
    """Its calls are not recorded."""
    grad: bool
    """It reads or writes `.grad`."""
    stores: bool
    """It is called by an assignment."""
    writes: bool
    """Its calls may write into tensors."""
    usual: bool
    """Its calls may be recorded in one go."""
    record: Callable[[State, Asked, FrameType], Any]
    """Makes the call and records it."""


class Watch(TorchFunctionMode):  # type: ignore[misc]
    """Records each call and makes it. Whatever goes wrong in recording never reaches the program."""

    def __init__(self, state: State) -> None:
        super().__init__()
        self._state = state
        self._known: dict[Any, Called] = {}
        self._ways: dict[tuple[Any, int, int], usual.Way] = {}
        """By the function, and the program's code and the instruction in it that calls it."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Called by torch in place of `func`; the mode itself is off in here."""
        state, frame = self._state, sys._getframe(1)
        way = self._ways.get((func, id(frame.f_code), frame.f_lasti))
        if way is None or kwargs or types or len(args) != way.count or not usual.now(state):
            return self._any(func, types, args, kwargs or {}, frame)
        way.site.enter(None)
        try:
            return usual.call(state, way, args, frame)
        except BaseException as error:
            self._raised(error)
            raise

    def _any(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...], kwargs: dict[str, Any], frame: FrameType
    ) -> Any:
        """A call that is not known to be usual."""
        state = self._state
        called = self._known.get(func) or self._learn(func)
        if called.silent or state.full:
            if not called.silent:
                state.settle()
            return func(*args, **kwargs)
        record = called.record
        if transforms.active() is not None:
            transforms.settle(state)
            if not transforms.followed(state):
                state.safely(transforms.unfollowed, state, frame)
                return func(*args, **kwargs)
            if record in (_forward, _looked_up):
                record = transforms.record
        elif state.worn:
            transforms.undress(state)
        if called.writes or (types and not calm.PLAIN.issuperset(types)) or (kwargs and calm.asked_to(kwargs)):
            state.settle()
        site, user, inner = state.source.here(frame)
        direct, text = False, called.name
        if site is not None:
            if not called.grad:
                site.enter(inner)
                if called.stores and site.store is not None:
                    site = site.store
            direct = inner is None or inner.f_code.co_filename in _WRAPPERS
        if torch.is_inference_mode_enabled() != state.inference:
            context.look(state, site)
        try:
            plain = called.usual and record is _forward and not kwargs and not types
            if plain and site is not None and usual.now(state):
                way = site.ways.get(func)
                if way is None or way.count != len(args) or way.direct is not direct:
                    site.ways[func] = way = usual.way(state, called.raw, text, func, site, direct, len(args))
                if user is frame:
                    self._ways[func, id(frame.f_code), frame.f_lasti] = way
                return usual.call(state, way, args, user)
            if site is not None:
                text = site.text if direct else f"{text} in {site.text}"
            asked = Asked(called.raw, called.name, called.in_place, func, args, kwargs, site, direct, user, text)
            result = record(state, asked, frame)
            if tangents.active():
                state.safely(tangents.look, state, result)
            return result
        except BaseException as error:
            self._raised(error)
            raise

    def _raised(self, error: BaseException) -> None:
        if self._state.raised is None or self._state.raised[0] is not error:
            self._state.raises(error, None)

    def _learn(self, function: Callable[..., Any]) -> Called:
        """What is known of a function, at its first call in a program; and what that call tells of the program."""
        state = self._state
        self._known[function] = known = _called(function)
        state.hooked |= known.raw == "grad_fn.__get__"  # nodes take hooks too
        state.graded |= known.raw.startswith("grad.__")
        if known.raw in flags.SHARES_MEMORY:
            state.settle()
            state.aliased = True
        return known


@lru_cache(maxsize=2000)
def _called(function: Callable[..., Any]) -> Called:
    """Of torch's functions this is the same for all programs."""
    raw = raw_name(function)
    grad = raw.startswith("grad.__")
    silent = raw in _SILENT or (raw.endswith(".__get__") and raw not in _SHOWN and not grad)
    name, in_place = canonical(raw)
    writes = function not in _BACKWARDS and calm.writes(function, raw)
    return Called(
        raw,
        name,
        in_place,
        silent=silent,
        grad=raw == "grad.__get__",
        stores=raw.endswith(("__setitem__", ".__set__")),
        writes=writes,
        usual=usual.usual(name, in_place, writes),
        record=_recorder(function, raw),
    )


def _recorder(function: Callable[..., Any], raw: str) -> Callable[[State, Asked, FrameType], Any]:
    if function in _BACKWARDS:
        return _backward
    if raw == "_set_grad_enabled":
        return _switch
    if function in (torch.nn.functional.embedding, torch.nn.functional.embedding_bag):
        return _looked_up
    if raw.startswith("grad.__"):
        return _gradient
    return _flag if raw in flags.SILENT else _forward


def _backward(state: State, asked: Asked, frame: FrameType) -> Any:
    return backward.run(state, asked, _BACKWARDS[asked.function])


def _switch(state: State, asked: Asked, frame: FrameType) -> Any:
    result = asked.make()
    context.switched(state, frame, asked.site, asked.args[0])
    return result


def _gradient(state: State, asked: Asked, frame: FrameType) -> Any:
    result = asked.make()
    state.safely(gradients.accessed, state, asked, result)
    return result


def _flag(state: State, asked: Asked, frame: FrameType) -> Any:
    result = asked.make()
    state.safely(flags.after, state, asked, [])
    return result


def _looked_up(state: State, asked: Asked, frame: FrameType) -> Any:
    return forward.looked_up(state, asked)


def _forward(state: State, asked: Asked, frame: FrameType) -> Any:
    return forward.record(state, asked)
