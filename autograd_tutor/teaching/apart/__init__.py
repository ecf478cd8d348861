"""A derivative taken apart with the learner: the chain rule asked for step by step, each slip carried forward.

`plan` says what there is to ask; `Apart` is how far one learner has come with it.
"""

from autograd_tutor.teaching.apart.model import Plan
from autograd_tutor.teaching.apart.planning import plan
from autograd_tutor.teaching.apart.state import Apart, resume, start

__all__ = ["Apart", "Plan", "plan", "resume", "start"]
