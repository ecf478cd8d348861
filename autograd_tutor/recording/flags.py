"""Changes of a tensor's flags: requires_grad, retain_grad, hooks; and memory shared behind torch's back."""

from __future__ import annotations

from autograd_tutor.recording.calls import Asked
from autograd_tutor.recording.drafts import TensorDraft
from autograd_tutor.recording.state import State

SHARES_MEMORY = frozenset(
    {
        *("data.__get__", "data.__set__", "numpy", "__array__", "__dlpack__", "as_tensor", "asarray", "frombuffer"),
        *("data_ptr", "storage", "untyped_storage", "_typed_storage"),
    }
)
"""From these on memory can be written to without counting a version."""

_HOOKS = frozenset({"register_hook", "register_post_accumulate_grad_hook"})

SILENT = frozenset({"retain_grad", *_HOOKS})
"""Calls that change a flag and are no operation."""


def after(state: State, asked: Asked, made: list[TensorDraft]) -> None:
    """Note the flags that a call has changed."""
    if asked.name == "requires_grad":
        for draft in made:
            draft.frozen = draft.required and not draft.held.requires_grad
    elif asked.raw == "retain_grad":
        draft = state.tensor(asked.args[0])
        if draft.retained is None:
            draft.retained = len(state.passes)
            state.retaining.append(draft)
    elif asked.raw in _HOOKS:
        state.tensor(asked.args[0]).hooked = state.hooked = True
