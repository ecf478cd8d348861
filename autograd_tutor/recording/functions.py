"""Custom autograd Functions: `Square.apply(x)` shown to the mode as one call.

The mode does not see `apply`, only what runs inside it, which is not recorded by autograd and would look cut off.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.overrides import handle_torch_function, has_torch_function


class Applied:
    """The call of one Function, as the mode gets it; two of the same Function are equal."""

    def __init__(self, function: Any, apply: Any) -> None:
        self.function = function
        self._apply = apply
        self.__name__ = function.__name__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the Function itself."""
        return self._apply(*args, **kwargs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Applied) and other.function is self.function

    def __hash__(self) -> int:
        return hash(self.function)


@contextmanager
def shown() -> Iterator[None]:
    """While this lasts, every `apply` is seen by the mode."""
    original = torch.autograd.Function.__dict__["apply"]

    def apply(cls: Any, *args: Any, **kwargs: Any) -> Any:
        applied = Applied(cls, original.__get__(None, cls))
        if has_torch_function((None,)):  # the mode is on
            return handle_torch_function(applied, (), *args, **kwargs)
        return applied(*args, **kwargs)

    torch.autograd.Function.apply = classmethod(apply)
    try:
        yield
    finally:
        torch.autograd.Function.apply = original
