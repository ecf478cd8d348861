"""Programs that the drawing tests run, and how to run them: with the real recorder."""

from __future__ import annotations

from functools import cache

from autograd_tutor.recording.record import record
from autograd_tutor.sandbox.protocol import Job
from autograd_tutor.trace import Trace


@cache
def traced(source: str) -> Trace:
    """What one run of a lesson's code leaves behind."""
    return record(Job(source=source, prelude=True)).trace


SQUARE = """\
x = torch.tensor(3.0, requires_grad=True)
y = x ** 2
y.backward()
"""
SINE = """\
x = torch.tensor(4.0, requires_grad=True)
y = x ** 2
z = torch.sin(y)
z.backward()
"""
FORK = """\
x = torch.tensor(2.0, requires_grad=True)
y = torch.tensor(3.0, requires_grad=True)
z = x * y + y
z.backward()
"""
PRODUCT = """\
x = torch.tensor(3.0, requires_grad=True)
y = x * x
y.backward()
"""
LOSS = """\
x = torch.tensor(6.7)
t = torch.tensor(0.0)
w = torch.tensor(1.0, requires_grad=True)
b = torch.tensor(0.0, requires_grad=True)
p = torch.sigmoid(w * x + b)
p = torch.clamp(p, 1e-8, 1 - 1e-8)
loss = -(t * torch.log(p) + (1 - t) * torch.log(1 - p))
loss.backward()
"""
MEAN = """\
x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
y = (x ** 2).mean()
y.backward()
"""
LOOP = """\
x = torch.tensor(1.5, requires_grad=True)
y = x
for k in range(3):
    y = y * x
y.backward()
"""
LONG_LOOP = LOOP.replace("range(3)", "range(40)").replace("1.5", "1.0")
COPY = """\
x = torch.tensor(2.0, requires_grad=True)
d = x.detach()
y = x * 3
z = y * d
z.backward()
"""
CUT = """\
x = torch.tensor(4.0, requires_grad=True)
y = x ** 2
z = torch.sin(y.detach())
z.backward()
"""
UNTRACKED = """\
x = torch.tensor(2.0, requires_grad=True)
with torch.no_grad():
    y = x ** 2
z = y * x
z.backward()
"""
RESIDUAL = """\
x = torch.tensor(0.5, requires_grad=True)
a = torch.sin(x)
b = torch.exp(a)
c = torch.tanh(b)
d = c * 2
out = d + x
out.backward()
"""
CROSSED = """\
a = torch.tensor(1.0, requires_grad=True)
b = torch.tensor(2.0, requires_grad=True)
p = a * b
q = a + b
r = a - b
s = p * r
t = q * p
u = s + t + r * q
u.backward()
"""
TWICE = """\
x = torch.tensor(3.0, requires_grad=True)
y = x ** 2
y.backward(retain_graph=True)
y.backward()
"""
CHAIN = "x = torch.tensor(0.5, requires_grad=True)\ny0 = x * 1\n" + "".join(
    f"y{at + 1} = torch.sin(y{at})\n" for at in range(50)
)
ALL = {
    "square": SQUARE,
    "sine": SINE,
    "fork": FORK,
    "product": PRODUCT,
    "loss": LOSS,
    "mean": MEAN,
    "loop": LOOP,
    "long-loop": LONG_LOOP,
    "copy": COPY,
    "cut": CUT,
    "untracked": UNTRACKED,
    "residual": RESIDUAL,
    "crossed": CROSSED,
    "twice": TWICE,
    "chain": CHAIN,
}
TRAINED = """\
w = torch.tensor([1.0, -2.0], requires_grad=True)
b = torch.tensor(0.5, requires_grad=True)
opt = torch.optim.SGD([w, b], lr=0.1)
for _ in range(2):
    loss = ((w * 3 + b) ** 2).sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
"""
