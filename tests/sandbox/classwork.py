"""What students write when they edit an exercise: ordinary programs, which the gate lets pass."""

PROGRAMS = {
    "a slope": "x = torch.tensor(2.0, requires_grad=True)\ny = x ** 3\ny.backward()\nprint(x.grad)",
    "its own imports": """
import math
import random
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from collections import OrderedDict
from torch import Tensor, tensor
from torch.autograd import Function, Variable, grad
from math import pi, sin as sine
x = Variable(torch.ones(2), requires_grad=True)
print(sine(pi), random.random() < 1, np.pi, grad((x * x).sum(), x))
""",
    "a loop with gradient descent": """
w = torch.tensor(5.0, requires_grad=True)
for step in range(10):
    loss = (w - 3) ** 2
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
    w.grad.zero_()
    if step % 5 == 0:
        print(f"step {step:>3}: w = {w.item():.4f}, loss = {loss:.3e}")
""",
    "an optimizer": """
w = torch.randn(3, requires_grad=True)
optimizer = torch.optim.Adam([w], lr=0.05, betas=(0.9, 0.99))
for _ in range(3):
    optimizer.zero_grad(set_to_none=True)
    loss = (w ** 2).sum()
    loss.backward()
    optimizer.step()
for group in optimizer.param_groups:
    group["lr"] *= 0.5
""",
    "a module": """
class Net(nn.Module):
    \"\"\"Two layers.\"\"\"

    def __init__(self, hidden: int = 4) -> None:
        super().__init__()
        self.hidden = hidden
        self.first = nn.Linear(2, hidden)
        self.norm = nn.LayerNorm(hidden)
        self.scale = nn.Parameter(torch.ones(1))
        self.register_buffer("seen", torch.zeros(1))
        self.layers = nn.ModuleList([nn.Linear(hidden, 1) for _ in range(2)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.relu(self.norm(self.first(x))) * self.scale
        return sum(layer(x) for layer in self.layers)

net = Net()
net(torch.randn(5, 2)).mean().backward()
for name, parameter in net.named_parameters():
    print(name, tuple(parameter.shape), parameter.grad.norm().item() if parameter.grad is not None else None)
print(net, sum(p.numel() for p in net.parameters() if p.requires_grad), net.first.weight.grad)
""",
    "the old way to call a parent": """
class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.fc1 = nn.Linear(2, 1)

    def forward(self, input):
        return torch.sigmoid(self.fc1(input))

net = Net()
criterion = nn.BCELoss()
criterion(net(torch.ones(1, 2)), torch.ones(1, 1)).backward()
""",
    "a function of one's own": """
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, power=2):
        ctx.save_for_backward(x)
        ctx.power = power
        return x ** power

    @staticmethod
    def backward(ctx, upstream):
        x, = ctx.saved_tensors
        if not ctx.needs_input_grad[0]:
            return None, None
        return upstream * ctx.power * x ** (ctx.power - 1), None

x = torch.tensor([1.0, -2.0], requires_grad=True)
square = Square.apply
square(x).sum().backward()
print(torch.autograd.gradcheck(Square.apply, (x.detach().double().requires_grad_(),)))
""",
    "a backward that is run once": """
from torch.autograd.function import once_differentiable
class Sign(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.sign()
    @staticmethod
    @once_differentiable
    def backward(ctx, upstream):
        return upstream.clamp(-1, 1)
Sign.apply(torch.ones(2, requires_grad=True)).sum().backward()
""",
    "hooks on tensors": """
x = torch.tensor(2.0, requires_grad=True)
y = x * 3
seen = []
handle = y.register_hook(lambda g: g * 10)
y.register_hook(seen.append)
y.register_hook(print)
x.register_post_accumulate_grad_hook(lambda leaf: print(leaf.grad))
y.retain_grad()
y.backward()
handle.remove()
""",
    "hooks on modules": """
grads = {}
def remember(name):
    def hook(module, grad_in, grad_out):
        grads[name] = grad_out[0].clone()
    return hook
model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
for name, child in model.named_children():
    child.register_full_backward_hook(remember(name))
model[0].register_forward_hook(lambda module, args, out: print(type(module).__name__, out.shape))
model(torch.ones(1, 2)).sum().backward()
print({name: g.shape for name, g in sorted(grads.items())})
""",
    "a double backward": """
x = torch.tensor(1.5, requires_grad=True)
y = torch.sin(x)
g, = torch.autograd.grad(y, x, create_graph=True)
gg = torch.autograd.grad(g, x)[0]
print(math.isclose(gg.item(), -math.sin(1.5), rel_tol=1e-6))
""",
    "an error on purpose": """
x = torch.tensor(1.0, requires_grad=True)
y = x * 2
y.backward()
try:
    y.backward()
except RuntimeError as error:
    print("again:", str(error)[:40])
else:
    print("no error")
finally:
    print("done")
""",
    "in-place edits": """
x = torch.ones(3, requires_grad=True)
y = x * 2
y[0] = 5.0
y[1:] += 1
y.sum().backward()
x.data.mul_(2)
x.grad = None
w = x.detach().clone().requires_grad_(True)
w.requires_grad = False
del y
""",
    "the graph by hand": """
x = torch.ones(2, requires_grad=True)
z = (x * 2).sum()
def show(node, depth=0):
    if node is None:
        return
    print(" " * depth + node.name(), type(node).__name__, node.__class__.__name__)
    for parent, _ in node.next_functions:
        show(parent, depth + 1)
show(z.grad_fn)
print(z.grad_fn.next_functions[0][0].next_functions[0][0].variable is x)
""",
    "torch.func": """
from torch.func import functional_call, grad, jacfwd, jacrev, vmap
f = lambda x: (x ** 3).sum()
x = torch.arange(3.0)
print(grad(f)(x), vmap(grad(lambda s: s ** 2))(x), jacrev(torch.sin)(x), jacfwd(torch.cos)(x))
model = nn.Linear(3, 1)
params = dict(model.named_parameters())
def loss(params, x):
    return functional_call(model, params, (x,)).sum()
print(grad(loss)(params, x)["weight"])
print(torch.func.jvp(torch.exp, (x,), (x,)))
""",
    "forward mode": """
import torch.autograd.forward_ad as fwAD
with fwAD.dual_level():
    dual = fwAD.make_dual(torch.tensor(2.0), torch.tensor(1.0))
    out = fwAD.unpack_dual(dual ** 2)
    print(out.primal, out.tangent)
""",
    "jacobians and hessians": """
from torch.autograd.functional import hessian, jacobian
def f(x, y):
    return (x * y).sum()
x, y = torch.rand(2), torch.rand(2)
print(jacobian(f, (x, y)), hessian(lambda x: (x ** 2).sum(), x).diag())
""",
    "checkpointing": """
from torch.utils.checkpoint import checkpoint
x = torch.ones(2, requires_grad=True)
checkpoint(lambda t: torch.sin(t).exp(), x, use_reentrant=False).sum().backward()
""",
    "numbers out of torch and back": """
import numpy as np
x = torch.tensor([1.0, 2.0], requires_grad=True)
a = x.detach().numpy()
b = torch.from_numpy(np.array([3.0, 4.0], dtype=np.float32))
print(a.mean(), a.tolist(), np.allclose(a, b.numpy()), a.astype(np.float64).dtype, float(x[0]), x.tolist())
""",
    "a check by finite differences": """
def f(x):
    return math.exp(x) * math.sin(x)
h = 1e-5
slope = (f(1 + h) - f(1 - h)) / (2 * h)
x = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
(torch.exp(x) * torch.sin(x)).backward()
assert abs(slope - x.grad.item()) < 1e-6, "they differ"
""",
    "an engine by hand": """
class Value:
    def __init__(self, data, _children=(), _op=""):
        self.data = data
        self.grad = 0.0
        self._backward = lambda: None
        self._prev = set(_children)
        self._op = _op

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data + other.data, (self, other), "+")
        def _backward():
            self.grad += out.grad
            other.grad += out.grad
        out._backward = _backward
        return out

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data * other.data, (self, other), "*")
        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad
        out._backward = _backward
        return out

    __radd__ = __add__

    def __rmul__(self, other):
        return self * other

    def __repr__(self):
        return f"Value(data={self.data}, grad={self.grad})"

    def backward(self):
        order, seen = [], set()
        def build(value):
            if value not in seen:
                seen.add(value)
                for child in value._prev:
                    build(child)
                order.append(value)
        build(self)
        self.grad = 1.0
        for value in reversed(order):
            value._backward()

a = Value(2.0)
b = 3 * a * a + a
b.backward()
print(a, b)
""",
    "types looked at": """
x = torch.ones(2)
print(type(x), type(x).__name__, isinstance(x, torch.Tensor), isinstance(1.0, (int, float)))
if type(3.0) is float and type(x) == torch.Tensor and type(x.grad_fn) is not type(x):
    print(f"{type(x)} {x.dtype} {x.device} {x.layout}")
""",
    "comprehensions and generators": """
def squares(n):
    for i in range(n):
        yield i ** 2
pairs = {i: s for i, s in enumerate(squares(4))}
names = [f"x{i}" for i in range(3) if i != 1]
total = sum(v for v in pairs.values())
first, *rest = sorted(pairs.items(), key=lambda item: -item[1])
print(names, total, first, rest, any(v > 8 for v in pairs.values()), {*names}, max(pairs, key=pairs.get))
""",
    "closures and counters": """
calls = 0
def counted(f):
    def wrapper(*args, **kwargs):
        global calls
        calls += 1
        return f(*args, **kwargs)
    return wrapper
@counted
def cube(x, *, times=3):
    return x ** times
def outer():
    n = 0
    def inner():
        nonlocal n
        n += 1
        return n
    return inner
print(cube(torch.tensor(2.0), times=2), calls, outer()())
""",
    "properties": """
class Linear:
    kind = "line"
    def __init__(self, w):
        self.w = w
    @property
    def slope(self):
        return self.w.item()
    @slope.setter
    def slope(self, value):
        self.w = torch.tensor(value)
    @classmethod
    def level(cls):
        return cls(torch.zeros(()))
    @staticmethod
    def unit():
        return Linear(torch.ones(()))
    def __call__(self, x):
        return self.w * x
line = Linear.level()
line.slope = 2.0
print(line(3), Linear.unit().slope, line.kind)
""",
    "grad mode": """
x = torch.ones(1, requires_grad=True)
@torch.no_grad()
def frozen(x):
    return x * 2
with torch.set_grad_enabled(False):
    a = x * 2
with torch.inference_mode():
    b = x * 2
with torch.enable_grad(), torch.autograd.set_grad_enabled(True):
    c = x * 2
print(torch.is_grad_enabled(), frozen(x).requires_grad, a.requires_grad, b.is_inference(), c.requires_grad, x.is_leaf)
""",
    "what is saved": """
kept = []
def pack(t):
    kept.append(tuple(t.shape))
    return t.clone()
x = torch.ones(2, requires_grad=True)
with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
    y = (x ** 2).sum()
y.backward()
print(kept, [name for name, in [("a",)]])
""",
    "losses": """
logits = torch.randn(3, 5, requires_grad=True)
target = torch.tensor([1, 0, 4])
loss = F.cross_entropy(logits, target, label_smoothing=0.1) + nn.MSELoss()(logits.mean(), torch.zeros(()))
input = F.log_softmax(logits, dim=-1)
(loss + F.nll_loss(input, target)).backward()
print(torch.allclose(logits.grad.sum(), torch.zeros(()), atol=1e-4), logits.argmax(dim=1).eq(target).float().mean())
""",
    "convolutions": """
net = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8, 2))
out = net(torch.randn(1, 1, 4, 4))
out.logsumexp(dim=1).sum().backward()
print(net[0].weight.grad.abs().max() > 0, net[4].in_features)
""",
    "recurrence": """
cell = nn.RNNCell(1, 2)
h = torch.zeros(1, 2)
for t in range(4):
    h = cell(torch.ones(1, 1) * t, h)
h.sum().backward()
nn.utils.clip_grad_norm_(cell.parameters(), max_norm=1.0)
print(cell.weight_hh.grad.norm() <= 1.0)
""",
    "attention": """
q, k, v = (torch.randn(1, 3, 4, requires_grad=True) for _ in range(3))
scores = q @ k.transpose(-2, -1) / math.sqrt(q.size(-1))
mask = torch.triu(torch.ones(3, 3, dtype=torch.bool), diagonal=1)
out = torch.softmax(scores.masked_fill(mask, float("-inf")), dim=-1) @ v
torch.einsum("bij->", out).backward()
""",
    "a device that may be there": """
device = "cuda" if torch.cuda.is_available() else "cpu"
model = nn.Linear(1, 1).to(device)
print(torch.device(device).type, model(torch.ones(1, 1, device=device)).device)
""",
    "copies of a network": """
a, b = nn.Linear(2, 1), nn.Linear(2, 1)
b.load_state_dict(a.state_dict())
for p, q in zip(a.parameters(), b.parameters(), strict=True):
    assert torch.equal(p, q)
    q.requires_grad_(False)
with torch.no_grad():
    for q in b.parameters():
        q.copy_(q * 0.9)
a.train(); b.eval()
""",
    "starting weights": """
def init(m):
    if isinstance(m, nn.Linear):
        nn.init.xavier_uniform_(m.weight)
        nn.init.zeros_(m.bias)
net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
net.apply(init)
nn.init.kaiming_normal_(net[0].weight, nonlinearity="relu")
print(net[0].bias.sum().item())
""",
    "text": """
names = ["w", "b"]
line = ", ".join(name.upper() for name in names) + " | %s %.2f" % ("loss", 0.5)
print(line.strip().replace("|", "/").split(","), line.startswith("W"), "x" * 3, repr(line), sep="\\n", end="\\n")
print("-" * 20, f"{3.14159:.2f} {'w':>4} {len(names)=} {names!r}", chr(65), ord("A"), format(0.5, ".1%"))
""",
    "an optimizer of one's own": """
class MySGD(torch.optim.Optimizer):
    def __init__(self, params, lr=0.1):
        super().__init__(params, {"lr": lr})
    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.add_(p.grad, alpha=-group["lr"])
w = torch.ones(1, requires_grad=True)
opt = MySGD([w], lr=0.5)
(w * 2).sum().backward()
opt.step()
print(w)
""",
    "views": """
x = torch.arange(6.0, requires_grad=True)
m = x.view(2, 3)
row, col = m[0], m[:, 1]
(row.sum() * col.prod() + m.T.reshape(-1)[2] + x.unfold(0, 2, 1).sum()).backward()
print(x.grad, m.is_contiguous(), m.stride())
""",
    "linear algebra": """
A = torch.randn(3, 3, dtype=torch.float64, requires_grad=True)
S = A @ A.mT + 3 * torch.eye(3, dtype=torch.float64)
values, vectors = torch.linalg.eigh(S)
(torch.logdet(S) + torch.linalg.solve(S, torch.ones(3, dtype=torch.float64)).sum() + torch.trace(A)).backward()
U, singular, Vh = torch.linalg.svd(S.detach())
print(torch.linalg.norm(A.grad) > 0, values.shape, S.det() > 0)
""",
    "annotations that are text": """
from __future__ import annotations
def f(x: torch.Tensor, names: list[str] | None = None, pairs: dict[str, torch.Tensor] | None = None) -> Tensor | None:
    y: float = x.item()
    return None if y > 1 else x
print(f(torch.zeros(())))
""",
    "complex numbers": """
z = torch.tensor([1 + 2j], requires_grad=True)
(z.abs() ** 2).sum().backward()
print(z.grad, z.detach().real, torch.view_as_real(z.detach()), (3 + 4j).imag)
""",
    "a guard of one's own": """
class NoGradient(ValueError):
    pass
def gradient(t):
    if t.grad is None:
        raise NoGradient("nothing arrived")
    return t.grad
try:
    gradient(torch.ones(1))
except (NoGradient, KeyError) as error:
    print(error, error.args)
""",
}
