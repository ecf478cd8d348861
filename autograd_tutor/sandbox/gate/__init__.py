"""The gate: the part of Python and torch that edited code may use in class, held before any of it runs.

An allow-list of syntax, names and attributes, read off the syntax tree alone. It stands before the kernel's
confinement, which holds whatever passes: here a learner is told in a sentence what is refused and where.

The argument why nothing gets through, which the tests take step by step:

1. Every name is one of the program's own, an allowed builtin, or an import of an allowed module (`bindings`).
2. A module is never a value: its name stands only before a dot, and the dotted path leads to a listed function,
   class or constant (`modules`), none of which opens, imports, evaluates or unpickles anything.
3. Every attribute of a value is on the list (`attributes`) or the program's own; a program can't own a name which
   anything that it could reach already has (`reserved`). So no attribute leads off the list.
4. No name begins with two underscores but for a few special methods, so nothing has a class, globals or code.
"""

from autograd_tutor.sandbox.gate.check import admit, check
from autograd_tutor.sandbox.gate.refusal import Refusal, Refused

__all__ = ["Refusal", "Refused", "admit", "check"]
