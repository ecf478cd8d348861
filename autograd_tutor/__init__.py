"""autograd-tutor: predict a gradient, run real torch, see the chain rule, name the mistake."""

__version__ = "0.1.0"
