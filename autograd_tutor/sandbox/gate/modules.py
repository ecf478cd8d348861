"""The modules that a program may import, and what may be used of each: an exact list.

A name is left out if it can open, import, evaluate or unpickle, hands out memory by its address, sets or gets
attributes by a name given as text, starts threads or processes, or is of no use for learning autograd. Programs that
try what was left out are in tests/sandbox/escapes.py and escapes_other.py.
"""

from __future__ import annotations

import math

from autograd_tutor.sandbox.gate import functions
from autograd_tutor.sandbox.gate.listed import listed

CONSTRUCTORS = frozenset(
    f"torch.{name}"
    for name in ("Tensor", "FloatTensor", "DoubleTensor", "HalfTensor", "LongTensor", "IntTensor", "BoolTensor")
)
"""Callable, but by position only, and never a value: they take a keyword that is the address of a tensor in memory."""

MODULES: dict[str, frozenset[str]] = {
    "__future__": frozenset({"annotations"}),
    "collections": frozenset({"OrderedDict"}),
    "math": frozenset(name for name in vars(math) if not name.startswith("_")),
    "random": listed("choice choices gauss randint random randrange sample seed shuffle uniform"),
    "numpy": functions.NUMPY,
    "torch": functions.ATEN | functions.TORCH | {path.removeprefix("torch.") for path in CONSTRUCTORS},
    "torch.autograd": listed("""
        Function Variable backward detect_anomaly enable_grad grad gradcheck gradgradcheck inference_mode no_grad
        set_detect_anomaly set_grad_enabled
        """),
    "torch.autograd.forward_ad": frozenset({"dual_level", "make_dual", "unpack_dual"}),
    "torch.autograd.function": frozenset({"Function", "once_differentiable"}),
    "torch.autograd.functional": frozenset({"hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"}),
    "torch.autograd.graph": listed("""
        disable_saved_tensors_hooks get_gradient_edge increment_version register_multi_grad_hook
        save_on_cpu saved_tensors_hooks
        """),
    "torch.cuda": frozenset({"is_available"}),
    "torch.fft": functions.FFT,
    "torch.func": listed("functional_call grad grad_and_value hessian jacfwd jacrev jvp vjp vmap"),
    "torch.linalg": functions.LINALG,
    "torch.nn": functions.NN,
    "torch.nn.functional": functions.FUNCTIONAL,
    "torch.nn.init": listed("""
        calculate_gain constant_ eye_ kaiming_normal_ kaiming_uniform_ normal_ ones_ orthogonal_ trunc_normal_
        uniform_ xavier_normal_ xavier_uniform_ zeros_
        """),
    "torch.nn.parameter": frozenset({"Parameter"}),
    "torch.nn.utils": listed(
        "clip_grad_norm_ clip_grad_value_ get_total_norm parameters_to_vector vector_to_parameters"
    ),
    "torch.optim": listed("ASGD Adadelta Adagrad Adam AdamW Adamax LBFGS NAdam Optimizer RAdam RMSprop Rprop SGD"),
    "torch.special": functions.SPECIAL,
    "torch.utils": frozenset(),
    "torch.utils.checkpoint": frozenset({"checkpoint"}),
}

PRELUDE = {"torch": "torch", "math": "math", "nn": "torch.nn", "F": "torch.nn.functional"}
"""What lesson code has without an import."""

NOT_BASES = frozenset({"torch.nn.Parameter", "torch.nn.Buffer", "torch.nn.parameter.Parameter"})
"""Tensors: a class of the program may not inherit from them."""

_WITH_CLASSES = ("torch.autograd", "torch.autograd.function", "torch.nn", "torch.optim")


def is_base(path: str) -> bool:
    """Whether a class of the program may inherit from what is at `path`."""
    module, _, name = path.rpartition(".")
    return module in _WITH_CLASSES and name[0].isupper() and name != "Variable" and path not in NOT_BASES


def is_module(path: str) -> bool:
    """Whether `path` is an allowed module."""
    return path in MODULES


def is_leaf(path: str) -> bool:
    """Whether `path` is something that may be used of an allowed module."""
    module, _, name = path.rpartition(".")
    return name in MODULES.get(module, ())
