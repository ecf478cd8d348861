"""Short programs, as varied as what a class sends, that a worker runs one after the other."""

MARKER = """
import torch
from torch import nn

model = nn.Sequential(nn.Linear(3, 2), nn.Tanh(), nn.Linear(2, 1))
x = torch.randn(4, 3)
loss = (model(x) ** 2).mean()
loss.backward()
with torch.no_grad():
    for parameter in model.parameters():
        parameter -= 0.1 * parameter.grad
held = (model(x).detach() * torch.rand(4, 1)).sum()
print(loss.item(), held, torch.is_grad_enabled(), torch.get_default_dtype())
"""
"""It looks at what an earlier run could have left behind: random numbers, hooks, the grad mode, the default dtype."""

FINISHES = {
    "a scalar": "import torch\nx = torch.tensor(3.0, requires_grad=True)\n(x ** 2).backward()\n",
    "a user's Function with hooks": """
import torch

class Clip(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.clamp(-1, 1)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * (x.abs() <= 1)

x = torch.tensor([0.5, 2.0], requires_grad=True)
x.register_hook(lambda g: g * 2)
x.register_post_accumulate_grad_hook(lambda p: None)
y = Clip.apply(x)
y.grad_fn.register_hook(lambda gin, gout: None)
y.sum().backward()
""",
    "hooks on every module, never removed": """
import torch
from torch import nn

seen = []
nn.modules.module.register_module_forward_hook(lambda m, i, o: seen.append(type(m).__name__))
nn.modules.module.register_module_full_backward_hook(lambda m, i, o: seen.append("back"))
model = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
model[0].register_full_backward_hook(lambda m, i, o: None)
model(torch.ones(1, 2)).sum().backward()
""",
    "switches that outlive a program": """
import torch
torch.set_default_dtype(torch.float64)
torch.set_grad_enabled(False)
torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t).__enter__()
torch.autograd.set_detect_anomaly(True)
torch.use_deterministic_algorithms(True)
torch.nn.functional.relu = torch.sin
torch.Tensor.backward = None
x = torch.ones(2, requires_grad=True)
y = torch.relu(x).sum()
""",
    "threads": """
import threading, torch
x = torch.ones(3, requires_grad=True)
out = []
threads = [threading.Thread(target=lambda i=i: out.append((x * i).sum())) for i in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
sum(out).backward()
""",
    "big tensors": """
import torch
x = torch.ones(200_000, requires_grad=True)
y = (x * 2 + 1).pow(2).mean()
y.backward()
kept = [torch.zeros(1_000_000) for _ in range(3)]
""",
    "files and a cycle that nothing frees": """
import gc, tempfile, torch
gc.disable()
files = [tempfile.TemporaryFile() for _ in range(40)]
x = torch.ones(1000, requires_grad=True)
y = x * 2
y.register_hook(lambda g, y=y: g)
""",
    "a chain of a hundred nodes": """
import torch
x = torch.tensor(1.0, requires_grad=True)
y = x
for _ in range(50):
    y = y * 1.001 + 0.001
y.backward()
""",
    "an optimizer": """
import torch
w = torch.ones(2, requires_grad=True)
optimizer = torch.optim.Adam([w], lr=0.1)
for _ in range(3):
    optimizer.zero_grad()
    (w ** 2).sum().backward()
    optimizer.step()
""",
    "prints much": "import torch\nfor i in range(400):\n    print('step', i, 'of', 400)\n",
}
"""These end as Python programs end."""

ENDS = {
    "raises": ("x = [1]\nx[3]\n", "IndexError"),
    "raises in backward": (
        "import torch\nx = torch.ones(2, requires_grad=True)\ny = x.exp()\ny += 1\ny.sum().backward()\n",
        "RuntimeError",
    ),
    "prints without end": ("while True:\n    print('x' * 10000)\n", "output"),
    "takes too much memory": ("import torch\nx = torch.ones(10**10)\n", "memory"),
    "leaves by os._exit": ("import os\nos._exit(3)\n", "exited"),
    "kills itself": ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n", "crashed"),
    "starts a process": ("import os\nos.fork()\n", "processes"),
}
"""These end otherwise: with an exception's type, or what they were stopped for."""

RARE = {"never ends": ("while True:\n    pass\n", "time")}
"""It takes all of its time."""

REPLAYED = """
import torch
from torch import nn

x = torch.tensor([1.0, 2.0], requires_grad=True)
w = torch.tensor([0.5, -1.0], requires_grad=True)
h = torch.tanh(w * x)
with torch.no_grad():
    c = h * 2
loss = (h * c).sum() + nn.functional.mse_loss(x, w)
loss.backward()
"""
"""With its explanation: replays, imagined passes, differences, formulas."""
