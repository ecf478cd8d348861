"""What a worker has imported, and paid once, before its first program: first uses are slow."""

from __future__ import annotations


def up() -> None:
    """Import what programs and the stages of a job use, and go once through a whole job."""
    import torch

    torch.set_num_threads(1)
    from autograd_tutor.sandbox import child, supervisor  # noqa: F401
