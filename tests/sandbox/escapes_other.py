"""More programs that the gate refuses: for what they do to memory, to files of their own or to torch itself."""

from __future__ import annotations

from escapes import programs

OTHER: dict[str, list[str]] = {
    "memory by its address: another tensor's object, or any bytes": programs(r"""
x = torch.Tensor(cdata=94000000000000)
---
x = torch.FloatTensor(cdata=1)
---
x = torch.Tensor(**{'cdata': 1})
---
t = torch.Tensor
x = t(cdata=1)
---
from torch import Tensor as t
make = t
x = make(**{'c' + 'data': 1})
---
x = next(map(torch.Tensor, [1]))
---
def f(t: torch.Tensor = torch.Tensor):
    return t
---
class T(torch.Tensor):
    pass
---
class T(nn.Parameter):
    pass
---
from torch import Tensor as T
class B(T):
    pass
class T:
    pass
---
class S(str):
    pass
class str:
    pass
---
class A:
    def __float__(self):
        items.clear()
        return 1.0
items = [A() for _ in range(10_000)]
torch.tensor(items, dtype=torch.float64)
---
class A(nn.Sequential):
    def __len__(self):
        items.clear()
        return 1
items = [A() for _ in range(10_000)]
torch.tensor(items)
---
class A:
    def __getitem__(self, index):
        items.clear()
        return 1.0
items = [A() for _ in range(10_000)]
torch.tensor(items)
---
from torch.autograd.graph import GradientEdge
torch.autograd.backward(GradientEdge(1, 0))
---
x = torch.ones(1).new(cdata=1)
---
p = torch.ones(1).data_ptr()
---
x = torch.frombuffer(bytearray(8), dtype=torch.uint8)
---
x = torch.ones(1).untyped_storage().resize_(1 << 40)
---
x = torch.ones(1).set_(torch.ones(1), 0, (9,))
---
x = torch.ones(1).resize_(1 << 20)
---
s = torch.optim.lr_scheduler.StepLR(torch.optim.SGD([torch.ones(1)], 1), 1)
s.load_state_dict({'__array_interface__': {'data': (1, False), 'shape': (1,), 'typestr': '<f4', 'version': 3}})
---
p = nn.ParameterDict()
p['__array_interface__'] = {'data': (1, False), 'shape': (1,), 'version': 3}
---
class A:
    __array_interface__ = {'data': (1, False), 'shape': (1,), 'typestr': '<f4', 'version': 3}
---
import numpy as np
x = np.lib.stride_tricks.as_strided(np.ones(1), (9,))
---
x = torch.ones(2).numpy()
x.strides = (99,)
---
x = torch.sparse_coo_tensor([[9]], [1.0], (1,), check_invariants=False).to_dense()
---
x = torch.utils.dlpack.from_dlpack(1)
"""),
    "the interpreter brought to its knees": [
        "x = " + "(" * 150 + "1" + ")" * 150 + ".__class__",
        "x = " + "-" * 5_000 + "1",
        "x = " + "[" * 90 + "1" + "]" * 90 + " + ().__class__" * 2,
        "x = " + "1 + " * 3_000 + "1",
        "x = " + ".a".join(["y"] * 200),
        "x = " + "9" * 3_000,
        "x = '" + "a" * 5_000 + "'",
        "x = 1\n" * 11_000,
        "x = " + "lambda: " * 200 + "1",
        "if 1:\n" + "".join(" " * i + "if 1:\n" for i in range(1, 60)) + " " * 60 + "x = ().__class__",
    ],
    "streams and threads, the process itself": programs(r"""
print('x', file=open('/tmp/x', 'w'))
---
class W:
    def write(self, text):
        pass
print('x', file=W())
---
x = input('?') if False else input()
---
exit()
---
quit()
---
raise SystemExit
---
raise KeyboardInterrupt
---
try:
    x = 1
except BaseException:
    pass
---
torch.set_num_threads(64)
---
torch.ones(1).share_memory_()
---
torch.fork(abs, 1)
---
m = nn.DataParallel(nn.ReLU())
---
torch.use_deterministic_algorithms(True)
---
torch.autograd.profiler.profile().export_chrome_trace('/tmp/x')
---
m = nn.Linear(1, 1).compile()
---
torch.ops.load_library('/tmp/x.so')
---
torch.classes.load_library('/tmp/x.so')
---
torch.utils.cpp_extension.load_inline('x', 'int x;')
---
torch.hub.load('a/b', 'c')
---
torch.hub.download_url_to_file('http://localhost', '/tmp/x')
---
torch.package.PackageImporter('/tmp/x')
---
torch.jit.load('/tmp/x')
---
torch.load('/tmp/x', weights_only=False)
---
torch.save(1, '/tmp/x')
---
import numpy as np
np.save('/tmp/x', 1)
---
import numpy as np
np.f2py.compile('')
---
import numpy as np
x = np.memmap('/etc/passwd')
"""),
    "torch changed from within": programs(r"""
nn.Linear.forward = abs
---
torch.sin = abs
---
torch.Tensor.backward = abs
---
torch.autograd.Function.apply = abs
---
nn.Module.mine = 1
---
del torch.sin
---
torch.sin.mine = 1
---
for torch.sin in [1]:
    pass
---
with torch.no_grad() as torch.sin:
    pass
---
math.pi += 1
---
for math in [1]:
    pass
---
def torch():
    pass
---
class nn:
    pass
---
f = lambda F: F
---
x = [F for F in [1]]
---
try:
    pass
except ValueError as math:
    pass
"""),
    "private names": programs(r"""
class A(nn.Module):
    def _load_from_state_dict(self, *all):
        print(all)
---
class A(nn.Module):
    _modules = {}
---
class A(torch.autograd.Function):
    _backward_cls = abs
---
x = torch._C._VariableFunctions
---
x = nn.Linear(1, 1)._parameters
---
x = nn.Linear(1, 1)._modules
---
y = torch.ones(1, requires_grad=True).sin().grad_fn._saved_self
---
class A:
    def __private(self):
        pass
---
__builtins__ = {}
---
def __build_class__():
    pass
---
x = __debug__
---
def f(__name):
    pass
---
def __import__(name):
    pass
---
dict(__class__=1)
---
class A:
    __dict__ = {}
---
class A:
    __class__ = int
---
__annotations__ = {}
"""),
    "syntax that has no use here": programs(r"""
async def f():
    await g()
---
x = b'cos\nsystem\n'
---
from . import x
---
from .. import torch
---
import torch.nn.modules as m
---
class A(nn.Module, metaclass=abs):
    pass
---
class A(*[nn.Module]):
    pass
---
class A(**{}):
    pass
---
class A([int][0]):
    pass
---
x = type('A', (), {})
---
x = type(*[1])
---
kinds = [type(x) for x in (1, 2)]
---
s = super
---
x = torch.device('cuda').index or torch.cuda.set_device(0)
"""),
}
