"""Names that no program may take for attributes of its own, since something that it could reach has them.

Were `self.gi_frame = 1` enough to make `gi_frame` the program's own name, `(i for i in x).gi_frame` would follow.
"""

from __future__ import annotations

import builtins
import collections
import functools
import importlib
import io
import os
import sys
import types
import weakref
from collections.abc import Iterator

import numpy
import torch
from torch.utils.hooks import RemovableHandle

from autograd_tutor.sandbox.gate.attributes import ATTRIBUTES
from autograd_tutor.sandbox.gate.modules import MODULES

_KINDS: tuple[object, ...] = (
    *(one for one in vars(builtins).values() if isinstance(one, type)),
    *(one for one in vars(types).values() if isinstance(one, type)),
    *(collections.OrderedDict, functools.partial, functools.cached_property, weakref.ref, io.TextIOWrapper),
    *(numpy.ndarray, numpy.generic, numpy.float64, numpy.int64, numpy.dtype, numpy.ufunc, numpy.flatiter),
    *(torch.Tensor, torch.nn.Parameter, torch.Size, torch.dtype, torch.device, torch.layout, torch.memory_format),
    *(torch.finfo, torch.iinfo, torch.Generator, torch.UntypedStorage, torch.TypedStorage, RemovableHandle),
    *(torch.nn.Module, torch.optim.Optimizer, torch.autograd.graph.Node, torch.autograd.Function),
    torch.autograd.graph.GradientEdge,
    *(
        torch.autograd.function.BackwardCFunction,
        torch.autograd.function.FunctionCtx,
        torch.autograd.graph.GradientEdge,
    ),
    *(torch.return_types.max, type({}.keys()), type({}.values()), type({}.items())),
    *(os, sys, builtins, importlib, io),
)
"""Types of what a program can reach, and modules that it must not: a second wall, should one ever leak."""

_HANDLE = frozenset({"hooks_dict_ref", "extra_dict_ref"})
"""What a hook's handle keeps in its own dictionary."""


@functools.cache
def reserved() -> frozenset[str]:
    """All such names, of the installed Python and torch; the first call takes some milliseconds."""
    named = frozenset(name for kind in _KINDS for name in dir(kind))
    return named.union(_leaves(), _inside_torch(), _HANDLE) - ATTRIBUTES


def _leaves() -> Iterator[str]:
    """What the listed classes and functions of torch have."""
    for path in ("torch", "torch.autograd", "torch.autograd.graph", "torch.nn", "torch.optim"):
        for name in MODULES[path]:
            leaf = getattr(sys.modules[path], name, None)
            if isinstance(leaf, type):
                yield from dir(leaf)


def _inside_torch() -> Iterator[str]:
    """torch holds Python's own modules under their names: `torch.os`, `torch.sys`."""
    return (name for name, value in vars(torch).items() if isinstance(value, types.ModuleType))
