"""Graph in, rows of cells out: boxes placed, edges routed, what flowed written along them. Knows the trace alone."""

from autograd_tutor.drawing.cells import Picture, Placed, Ref, Role, Segment
from autograd_tutor.drawing.picture import picture

__all__ = ["Picture", "Placed", "Ref", "Role", "Segment", "picture"]
