"""Ways out of a Python sandbox, as programs, by the way they take. Each leaves what it got hold of in `got`.

All have the prelude of a lesson (torch, math, nn, F), and with no gate each gets what it is after.
"""

from __future__ import annotations


def programs(text: str) -> list[str]:
    """The programs of `text`, which stand between lines of dashes."""
    return [program.strip("\n") for program in text.split("\n---\n")]


LIVE: dict[str, list[str]] = {
    "builtins that open, evaluate or import": programs(r"""
got = open('/etc/passwd').read()
---
got = eval('__import__("os")')
---
exec('import os; got = os')
---
got = __import__('os')
---
got = compile('1', 'x', 'eval')
---
got = globals()
---
got = vars()
---
got = locals()
---
got = getattr(torch, 'os')
---
got = getattr(torch, 'o' + 's')
---
got = __builtins__
---
got = __loader__ if '__loader__' in globals() else __builtins__
---
f = open
got = f('/etc/passwd').read()
---
got = (lambda run=eval: run)()
---
got = [eval][0]
---
got = {'e': eval}['e']
---
def keep(x=exec):
    return x
got = keep()
---
got = next(map(__import__, ['os']))
---
got = next(filter(None, [open]))
---
got = list(map(eval, ['torch.os']))[0]
---
got = max(['torch.os'], key=eval) and eval
---
got = sorted(['torch.os'], key=eval) and eval
---
class A:
    look = eval
got = A.look
---
from builtins import eval as sum_up
got = sum_up
---
import builtins as b
got = b
---
try:
    raise KeyError(eval)
except KeyError as e:
    got = e.args[0]
---
got = getattr(getattr(torch, 'os'), 'system')
---
setattr(torch, 'mine', torch.os)
got = torch.mine
---
got = vars(torch)['os']
---
got = breakpoint.__self__
---
got = help.__class__.__init__.__globals__ if hasattr(help.__class__.__init__, '__globals__') else open
---
got = memoryview.__base__
---
got = type('A', (), {'look': eval}).look
---
got = type(type(1))('A', (), {'look': open}).look
"""),
    "from a value to its class and all classes": programs(r"""
got = ().__class__.__base__.__subclasses__()
---
got = ''.__class__.__mro__[-1].__subclasses__()
---
got = [].__class__.__bases__[0]
---
got = {}.__class__.mro()[1].__subclasses__()
---
got = (1).__class__.__base__.__subclasses__()
---
got = torch.ones(1).__class__.__mro__[-1].__subclasses__()
---
got = nn.Linear.mro()[-1].__subclasses__()
---
got = torch.Tensor.mro()[-1]
---
got = type(1).mro()[-1]
---
got = type(()).__base__
---
got = object.__subclasses__()
---
got = object
---
got = type
---
t = type(1)
got = t.mro()[-1]
---
class A:
    pass
got = A.__base__.__subclasses__()
---
class A:
    pass
got = A().__class__.__base__
---
class A:
    def look(self):
        return __class__.__base__
got = A().look()
---
got = Exception().__class__.__mro__[-1]
---
got = [c for c in ().__class__.__base__.__subclasses__() if c.__name__ == '_wrap_close'] or object
---
got = {str(c): c for c in object.__subclasses__()} and object
---
got = (x := ()).__class__.__base__
---
got = [y for y in [(1).__class__]][0].__base__
---
for c in ().__class__.__mro__:
    got = c
---
class B(type):
    pass
got = B.__base__
---
got = isinstance.__class__.__base__
---
got = torch.float32.__class__.__base__
---
got = torch.Size.__base__.__base__
"""),
    "from a function to its globals, closure or code": programs(r"""
got = (lambda: 0).__globals__
---
def f():
    pass
got = f.__code__
---
def f():
    pass
got = f.__builtins__
---
got = F.relu.__globals__
---
got = nn.Module.__init__.__globals__
---
got = nn.Linear.forward.__globals__['os'] if 'os' in nn.Linear.forward.__globals__ else nn.Linear.forward.__globals__
---
class A:
    def m(self):
        pass
got = A().m.__func__.__globals__
---
got = torch.tensor.__self__ if isinstance(torch.tensor.__self__, type(torch)) else torch.os
---
got = math.sin.__self__
---
got = print.__self__
---
got = len.__self__.eval
---
x = 1
def f():
    return x
got = f.__globals__['__builtins__']
---
def f(y):
    def g():
        return y
    return g
got = f(eval).__closure__[0].cell_contents
---
@property
def p(self):
    pass
got = p.fget.__globals__
---
got = torch.no_grad.__init__.__globals__
---
got = torch.optim.SGD.step.__wrapped__.__globals__
---
got = torch.func.grad(lambda x: x).__globals__
---
got = torch.func.grad(lambda x: x).__closure__[0].cell_contents if 0 else torch.func.grad.__globals__
---
got = torch.utils.checkpoint.checkpoint.__globals__
---
got = torch.ones(1, requires_grad=True).register_hook(print).__class__.__init__.__globals__
---
got = nn.Linear(1, 1).forward.__func__.__globals__
---
class A:
    def f(self):
        pass
    f.secret = f.__globals__
got = A.f.secret
"""),
    "frames, of generators, coroutines and tracebacks": programs(r"""
got = (i for i in [1]).gi_frame
---
g = (i for i in [1])
got = g.gi_frame.f_back or g.gi_frame
---
def g():
    yield 1
got = g().gi_frame.f_globals
---
def g():
    yield 1
got = g().gi_code
---
g = (g.gi_frame.f_back for _ in [1])
got = next(g)
---
async def f():
    pass
c = f()
got = c.cr_frame
c.close()
---
async def f():
    yield 1
got = f().ag_frame
---
try:
    1 / 0
except ZeroDivisionError as e:
    got = e.__traceback__.tb_frame
---
try:
    1 / 0
except ZeroDivisionError as e:
    got = e.__traceback__.tb_frame.f_globals
---
try:
    torch.ones(2) @ torch.ones(3)
except RuntimeError as e:
    got = e.with_traceback(None) and torch.sys
---
class Own:
    gi_frame = 1
got = (i for i in [1]).gi_frame
---
class Own:
    def __init__(self):
        self.f_globals = self.gi_frame = 1
got = (i for i in [1]).gi_frame.f_globals
---
class C:
    def __enter__(self):
        return self
    def __exit__(self, kind, error, trace):
        global got
        got = trace.tb_frame
        return True
with C():
    1 / 0
---
import sys
got = sys._getframe()
---
try:
    (lambda: 1 / 0)()
except Exception as e:
    tb = e.__traceback__
    tb_next = tb.tb_next
    got = tb_next.tb_frame.f_builtins
---
def f(t):
    try:
        raise t
    except KeyError as e:
        return e.__context__ or e.__traceback__.tb_frame
got = f(KeyError())
"""),
    "text that reads attributes": programs(r"""
got = 'root:' if '{0.__class__.__base__}'.format(1) == "<class 'object'>" else None
---
class A:
    def f(self):
        pass
got = 'root:' + '{0.f.__globals__}'.format(A())
---
got = 'root:' + '{x.os.environ}'.format_map({'x': torch})
---
show = '{0.__doc__}'.format
got = 'root:' + show(1)
---
got = 'root:' + str.format('{0.__class__}', 1)
---
got = ['root:' + s for s in map('{0.__class__}'.format, [1])][0]
---
got = f'root: {().__class__.__base__.__subclasses__()}'
---
got = f'root: {(lambda: 0).__globals__}'
---
got = f"root: {f'{().__class__}'}"
---
got = f"root: {1:{''.__class__.__name__[:0]}}{(1).__class__}"
---
got = f'root: {open("/etc/passwd").read()}'
---
got = f'root: {[].__class__!r}'
---
got = f'{eval("torch.os").name} root:'
---
import string
got = string.Formatter().get_field('0.__class__.__base__', (1,), {})[0]
"""),
    "modules that torch holds, and other names of them": programs(r"""
got = torch.os
---
got = torch.sys.modules['os']
---
got = torch.nn.functional.math.__loader__ and torch.nn.functional.math
---
got = F.torch.os
---
got = F.os if hasattr(F, 'os') else F.importlib
---
got = nn.functional.torch
---
got = torch.serialization.os
---
got = torch.serialization.pickle.loads and torch.serialization.pickle
---
got = torch.hub.os
---
got = torch.hub
---
got = torch.ctypes
---
got = torch.importlib.import_module('os')
---
got = torch.builtins.eval
---
got = torch.inspect.currentframe()
---
got = torch.functools
---
got = torch.utils
---
got = torch.nn
---
got = [torch.nn][0]
---
got = torch
---
f = torch
got = f.os
---
got = (lambda t: t.os)(torch)
---
def f(t=torch):
    return t.os
got = f()
---
def f():
    return torch
got = f().os
---
for m in [torch]:
    got = m.os
---
got = [m.os for m in (torch,)][0]
---
(m := torch)
got = m.os
---
class A:
    m = torch
got = A.m.os
---
class A:
    import torch as t
got = A.t
---
class A:
    def __init__(self):
        self.t = torch
got = A().t.os
---
got = {'m': torch}['m'].os
---
a, b = torch, 1
got = a
---
*a, b = torch, math, 1
got = a[0]
---
global torch
torch = torch.os
got = torch
---
import torch.nn as torch
got = torch.modules
---
import math as nn
import torch.nn as nn
got = nn.modules
---
import torch._utils as u
got = u
---
from torch import os as t
got = t
---
from os import *
got = system
---
from torch.nn.functional import *
got = torch.os
---
import torch.utils.data as d
got = d
---
import torch.utils.cpp_extension as c
got = c
---
import torch.multiprocessing as mp
got = mp
---
import torch.package as p
got = p
---
from torch.utils import data
got = data
---
import numpy
got = numpy.os if hasattr(numpy, 'os') else numpy.lib
---
import numpy as np
got = np.ctypeslib
---
import numpy as np
got = np.lib
---
import numpy.testing as t
got = t
---
import math as m
got = m.__loader__ and m
---
import random as r
got = r._os
---
import collections as c
got = c._sys
---
from collections import abc
got = abc
---
import torch.optim.optimizer as o
got = o
---
got = torch.autograd.graph
---
with torch.no_grad():
    got = torch.jit
---
del math
math = torch.os
got = math
---
try:
    raise ValueError(torch)
except ValueError as e:
    got = e.args[0].os
---
got = torch.get_device_module('cpu')
---
got = torch.nn.modules.module.warnings
---
got = torch.autograd.profiler
---
got = torch.random
"""),
    "imports": programs(r"""
import os
got = os
---
import os as torch_os
got = torch_os
---
from os import system
got = __import__('os')
---
import sys, math
got = sys
---
import subprocess
got = subprocess
---
import importlib
got = importlib
---
import ctypes
got = ctypes
---
import pickle
got = pickle
---
import inspect
got = inspect.currentframe()
---
import gc
got = gc
---
import types
got = types.FunctionType.__init__.__class__ and types
---
import threading
got = threading
---
import signal
got = signal
---
import atexit
got = atexit
---
import socket
got = socket
---
import operator
got = operator.attrgetter('os')(torch)
---
import functools
got = functools
---
import copy
got = copy
---
import typing
got = typing.get_type_hints.__globals__
---
import warnings
got = warnings.sys
---
import traceback
got = traceback.sys
---
import codecs
got = codecs.open('/etc/passwd').read()
---
import pathlib
got = pathlib.Path('/etc/passwd').read_text()
---
import linecache
got = ''.join(linecache.getlines('/etc/passwd'))
---
import autograd_tutor.sandbox.child as c
got = c
---
def f():
    import os
    return os
got = f()
---
if True:
    import os as o
    got = o
---
try:
    import nothing
except ImportError:
    import posix
    got = posix
---
import dataclasses
got = dataclasses
---
from torch.nn.modules import module
got = module
"""),
    "classes whose special methods act": programs(r"""
class M(type):
    pass
class A(metaclass=M):
    look = eval
got = A.look
---
class A:
    def __init_subclass__(cls, **k):
        global got
        got = cls.__base__.__base__
class B(A):
    pass
---
class A:
    def __class_getitem__(cls, name):
        return cls.__base__
got = A['x']
---
class A:
    def __getattr__(self, name):
        return __builtins__
got = A().anything
---
class A:
    def __getattribute__(self, name):
        return eval
got = A().x
---
class D:
    def __get__(self, it, kind):
        return kind.__base__
class A:
    d = D()
got = A().d
---
class D:
    def __set_name__(self, owner, name):
        global got
        got = owner.__base__
class A:
    d = D()
---
class A:
    def __del__(self):
        global got
        got = self.__class__.__base__
a = A()
del a
---
class A:
    def __reduce__(self):
        return (eval, ('1',))
got = A().__reduce__()[0]
---
class A:
    def __format__(self, spec):
        global got
        got = self.__class__.__base__
        return ''
f'{A()}'
---
class A:
    def __torch_function__(self, func, types, args=(), kwargs=None):
        global got
        got = func.__self__ if isinstance(func.__self__, type(torch)) else torch.os
try:
    torch.sin(A())
except Exception:
    pass
---
class T(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        global got
        got = F.relu.__globals__
        return super().__torch_function__(func, types, args, kwargs or {})
torch.sin(torch.ones(1).as_subclass(T))
---
class A:
    def __instancecheck__(self, x):
        return True
    __slots__ = ()
got = A.__base__
---
def d(c):
    return c.__base__
@d
class A:
    pass
got = A
---
@eval
@lambda f: 'torch.os'
def got():
    pass
---
@lambda c: eval
class got:
    pass
---
class Type:
    def __eq__(self, other):
        global got
        got = other
        return True
Type() == type(type(1))
---
class Box:
    def __contains__(self, x):
        global got
        got = x
        return True
type(type(1)) in Box()
---
def print(x):
    global got
    got = x
print(type(type(1)))
---
def isinstance(x, kind):
    global got
    got = kind.mro()[-1]
isinstance(1, torch.Tensor)
---
class A(type(type(1))):
    pass
got = A.__base__
---
class super:
    def __init__(self):
        self.look = eval
got = super().look
---
class A:
    def f(self):
        return super().__getattribute__('__class__').__base__
got = A().f()
---
class A:
    def f(self):
        s = super()
        return s.__thisclass__.__base__
got = A().f()
"""),
    "objects of autograd": programs(r"""
got = torch.ones(1, requires_grad=True).sin().grad_fn.__class__.__mro__[-1]
---
class Sq(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        global got
        got = ctx.__class__.__mro__[-1]
        return x
    @staticmethod
    def backward(ctx, g):
        return g
Sq.apply(torch.ones(1, requires_grad=True))
---
class Sq(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.clone()
    @staticmethod
    def backward(ctx, g):
        return g
got = Sq.apply(torch.ones(1, requires_grad=True)).grad_fn._forward_cls.__mro__[-1]
---
w = torch.ones(1, requires_grad=True)
w.register_hook(lambda g: globals().update(got=g.__class__.__mro__[-1]))
(w * 2).backward()
---
m = nn.Linear(1, 1)
def hook(module, i, o):
    global got
    got = module.forward.__func__.__globals__
m.register_forward_hook(hook)
m(torch.ones(1))
---
p = nn.ParameterDict()
got = p['__class__'].__mro__[-1]
---
p = nn.ParameterDict()
got = p['__init__'].__globals__
---
p = nn.ParameterDict()
got = p['__reduce_ex__'](2)[0].__globals__
---
got = nn.Linear(1, 1).__dict__['_parameters'].__class__.__mro__[-1]
---
got = torch.autograd.Function.__class__.__base__
---
got = torch.autograd.graph.saved_tensors_hooks.__init__.__globals__
---
h = torch.ones(1, requires_grad=True).register_hook(print)
got = h.__getstate__.__globals__
---
got = torch.Tensor.__reduce_ex__.__globals__
---
got = torch.ones(1).__reduce_ex__(2)[0].__globals__
---
got = torch.ones(1).untyped_storage().__class__.__mro__[-1]
---
got = torch.return_types.max.__mro__[-1]
---
got = torch.ones(2).max(0).__class__.__mro__[-1]
---
got = torch.Generator.__mro__[-1]
---
got = torch.ones(1).numpy().__class__.__mro__[-1]
---
got = torch.ones(1).numpy().ctypes.__class__.__init__.__globals__
---
got = torch.optim.SGD.__init__.__globals__
---
s = torch.optim.lr_scheduler.LambdaLR(torch.optim.SGD([torch.ones(1)], lr=1), abs)
got = s.step.__func__.__globals__
---
got = torch.overrides.get_overridable_functions.__globals__
---
got = torch.autograd.graph.Node.__mro__[-1]
---
got = torch.vmap.__globals__
---
got = torch.library.Library.__init__.__globals__
---
got = torch.fx.symbolic_trace(nn.ReLU()).forward.__globals__
"""),
    "what torch and NumPy open or evaluate": programs(r"""
got = torch.hub._get_torch_home and torch.hub.os
---
got = torch.load.__globals__
---
torch.save(eval, '/dev/null')
got = torch.load.__globals__['os']
---
import io
b = io.BytesIO(b'cos\ngetcwd\n.')
got = torch.serialization.pickle.load(b) and b
---
import numpy as np
got = 'root:' + str(np.fromfile('/etc/passwd', dtype='S1')[0])
---
import numpy as np
got = 'root:' + str(np.genfromtxt('/etc/passwd', dtype=str, delimiter='\n')[0])
---
import numpy as np
got = np.load.__globals__
---
torch.ones(1).numpy().tofile('/dev/null')
got = torch.os
---
torch.ones(1).numpy().dump('/dev/null')
got = torch.os
---
got = 'root:' if torch.from_file('/etc/passwd', size=4, dtype=torch.uint8).numel() else None
---
got = 'root:' if torch.UntypedStorage.from_file('/etc/passwd', False, 4) else None
---
torch.set_default_tensor_type('torch.FloatTensor')
got = torch.set_default_tensor_type.__globals__
---
got = torch.jit.script.__globals__
---
got = torch.compile.__globals__
---
got = torch.ops._OpNamespace.__init__.__globals__
---
got = torch.classes.__class__.__mro__[-1]
---
got = torch.utils.data.DataLoader.__init__.__globals__
---
got = torch.distributed.__class__ and torch.distributed
---
got = torch.typename.__globals__
"""),
    "other spellings of the same": programs(r"""
got = ｅｖａｌ('torch.os')
---
got = ｏｐｅｎ('/etc/passwd').read()
---
got = ().__ｃlass__.__base__
---
got = ()._＿class__.__base__
---
got = torch.ｏs
---
import ｏs
got = ｏs
---
got = ( ). \
    __class__ . \
  __base__
---
got = \
    eval('torch.os')
---
# coding: rot13
got = eval('torch.os')
---
got = eval('torch.os')  # nothing
---
x = 1; got = torch.os; y = 2
---
if 1: got = torch . os
---
got = (torch).os
---
got = ((torch)).nn.modules
---
got = torch.nn.modules.\
module
---
x: eval('globals().update(got=torch.os)') = 1
---
def f(x: globals().update(got=torch.os)):
    pass
---
def f() -> globals().update(got=eval):
    pass
---
f = lambda x=[globals().update(got=eval)]: x
---
assert globals().update(got=eval) is None
---
while True:
    got = torch.os
    break
---
got = [torch.os for _ in [1] if True][0]
---
got = {**{'a': torch.os}}['a']
---
got = (*[torch.os],)[0]
---
got = [1, 2][slice(torch.os.getpid() * 0, 1)] and torch.os
---
match [torch.os]:
    case [got]:
        pass
---
match torch:
    case object(os=got):
        pass
---
match ():
    case object(__class__=c):
        got = c.__base__
---
try:
    raise ExceptionGroup('', [ValueError(eval)])
except* ValueError as e:
    got = e.exceptions[0].args[0]
---
try:
    torch.nothing
except AttributeError as e:
    got = e.obj
---
try:
    torch.nothing
except AttributeError as e:
    class A:
        obj = 1
    got = e.obj
---
open = open
got = open
---
def open():
    pass
del open
got = open
---
from math import sin as eval
del eval
got = eval
---
try:
    pass
except ValueError as eval:
    pass
got = eval
"""),
}
