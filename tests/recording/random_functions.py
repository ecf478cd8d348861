"""Small random functions of a vector of three, as source."""

from __future__ import annotations

import random

START = """
x = torch.tensor([0.3, -1.7, 2.9])
X = torch.tensor([[0.3, -1.7, 2.9], [1.0, 0.4, -0.5], [0.1, 0.2, 0.7], [-1.0, 0.6, 1.5]])
M = torch.tensor([[0.2, -1.0, 0.5], [1.0, 0.3, -0.7], [0.4, 0.1, -0.6]])
"""

_STEPS = (
    *("{a}.sin()", "{a}.tanh()", "{a}.exp() / 4", "{a} ** 2", "{a} * {b}", "{a} + {b}", "{a} - {b}.mean()", "M @ {a}"),
    *("{a} * {b}.sum()", "{a}.softmax(0)", "torch.where({a} > 0, {a}, {b})", "{a}.flip(0)", "{a}[0] * {b}"),
    *("({a} * 1).mul_({b})", "{a}.detach() * {b}", "torch.outer({a}, {b}) @ {a}", "torch.stack([{a}, {b}]).sum(0)"),
)


def function(seed: int) -> str:
    """`def f(t)`, which returns a vector of three."""
    chance = random.Random(seed)
    lines, known = ["def f(t):"], ["t"]
    for at in range(chance.randint(2, 5)):
        step = chance.choice(_STEPS).format(a=known[-1], b=chance.choice(known))
        lines.append(f"    a{at} = {step}")
        known.append(f"a{at}")
    return "\n".join([*lines, f"    return {known[-1]} + t"])


CALLS = {
    "jacrev": "g = torch.func.jacrev(f)(x)",
    "jacrev in chunks": "g = torch.func.jacrev(f, chunk_size=2)(x)",
    "jacrev row by row": "g = torch.func.jacrev(f, chunk_size=1)(x)",
    "jacfwd": "g = torch.func.jacfwd(f)(x)",
    "hessian": "g = torch.func.hessian(lambda t: f(t).sum())(x)",
    "hessian of a vector": "g = torch.func.hessian(f)(x)",
    "jacfwd of grad": "g = torch.func.jacfwd(torch.func.grad(lambda t: f(t).sum()))(x)",
    "vmap": "g = torch.vmap(f)(X)",
    "vmap of columns": "g = torch.vmap(f, in_dims=1, out_dims=1)(X[:3].T)",
    "vmap in chunks": "g = torch.vmap(f, chunk_size=3)(X)",
    "vmap of grad": "g = torch.vmap(torch.func.grad(lambda t: f(t).sum()))(X)",
    "vmap of grad, columns": "g = torch.vmap(torch.func.grad(lambda t: f(t).sum()), in_dims=1, out_dims=-1)(X[:3].T)",
    "vmap of grad of grad": """d = torch.func.grad
g = torch.vmap(d(lambda t: d(lambda u: f(u).sum())(t).sum()))(X)""",
    "vmap of jacrev": "g = torch.vmap(torch.func.jacrev(f))(X)",
    "vmap of jacfwd": "g = torch.vmap(torch.func.jacfwd(f))(X)",
    "vmap of vmap": "g = torch.vmap(torch.vmap(f))(X.reshape(2, 2, 3))",
    "grad of vmap": "g = torch.func.grad(lambda t: torch.vmap(lambda u: f(t * u))(X).sum())(x)",
}
