"""symdiff: expressions as graphs, differentiated graph to graph.

>>> import symdiff as sd
>>> x, y = sd.vars("x y")
>>> f = x**2 * y + y + 2
>>> print(*sd.grad(f, [x, y]), sep=", ")
2*x*y, x**2 + 1
>>> sd.evaluate(sd.hessian(f, [x, y]), {x: 3, y: 4}).tolist()
[[8, 6], [6, 0]]

Where to begin; ``help(sd.grad)`` and ``help(sd.sin)`` explain each name with an example:

* expressions: ``vars``, ``Var``, ``Const``, ``parse``, and functions as NumPy names them
* derivatives: ``grad``, ``jacobian``, ``hessian``, ``derivative``, ``jvp``, ``vjp``, ``hvp``
* formulas: ``simplify``, ``expand``, ``collect``, ``subs``, ``same``, ``latex``, ``pretty``
* numbers: ``evaluate``, ``compile``, ``function``, ``minimize``, ``Variable``, ``GradientTape``
* to look at: ``draw``, ``to_svg``, ``explain``, ``trace_table``, ``compare``
* of your own: ``primitive``

``from symdiff import *`` leaves out what Python has under the same name: ``sum``, ``max``, ``abs``.
"""

import builtins as _builtins
from importlib import import_module as _import_module
from types import ModuleType as _Module
from typing import Any as _Any

from . import habits, linalg, messages, methods, ops, protocols
from .api import (
    derivative,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    symbols,
    value_and_grad,
    vars,
    vjp,
)
from .backend.compile import Compiled, compile
from .backend.evaluate import evaluate
from .domain import NEGATIVE, NONNEGATIVE, NONPOSITIVE, POSITIVE, REAL, UNIT, Interval
from .draw import draw, to_svg
from .errors import *
from .expr import OPS as _OPS
from .expr import Expr, Op
from .habits import lambdify
from .installed import VERSION as __version__  # noqa: N811
from .leaves import Const, Var
from .ops.names import ALIASES as _ALIASES
from .ops.names import FUNCTIONS as _FUNCTIONS
from .ops.names import public as _public
from .ops.primitive import primitive
from .rewrite.cse import count_ops, cse, subs
from .rewrite.simplify import simplify
from .rewrite.standard import canonical
from .show.diagram import to_dot, to_networkx
from .show.latex import latex
from .show.parser import parse
from .show.pretty import pretty
from .show.text import to_text

pi, e = ops.arithmetic.pi(), ops.arithmetic.e()

protocols.install()
methods.install()
diff = derivative

# Names whose modules are loaded when they are first used.
_LATE = {
    "Dual": "dual",
    "GradientTape": "tape",
    "Tensor": "tape",
    "Variable": "tape",
    "cast": "tape",
    "central_difference": "numeric",
    "check_grad": "testing",
    "collect": "rewrite.forms.named",
    "compare": "explaining.compare",
    "complex_step": "numeric",
    "constant": "tape",
    "difference_hessian": "numeric",
    "doctor": "installed",
    "expand": "rewrite.forms.named",
    "explain": "explaining.derivation",
    "factor_terms": "rewrite.forms.named",
    "forward_difference": "numeric",
    "function": "tracing.function",
    "horner": "rewrite.forms.named",
    "jacobian_sparsity": "hessians.sparsity",
    "minimize": "minimizing.minimize",
    "optimizers": "optimizers",
    "progress": "bars",
    "same": "comparing",
    "stable": "rewrite.tables.stabilise",
    "together": "rewrite.forms.named",
    "trace_table": "explaining.trace",
}
_HERE = {name for name, value in globals().items() if not isinstance(value, _Module)}
_PUBLIC = {name for name in _HERE if name[0] != "_"} | {"linalg", *_LATE, *_public()}

# What ``from symdiff import *`` gives: it leaves Python's own ``sum``, ``max``, ``abs`` alone.
__all__ = sorted(_PUBLIC - {*dir(_builtins)})

habits.install(_PUBLIC)


def __getattr__(name: str) -> _Any:
    """Operations by name and title, rows that were added later included; late modules."""
    if name in _LATE:
        module = _import_module(f".{_LATE[name]}", __name__)
        found = getattr(module, name, module)
    else:
        found = _FUNCTIONS.get(name) or _titled(name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(_PUBLIC | {name for name in globals() if name[:2] == "__"})


def _titled(name: str) -> Op:
    for op in _OPS.values():
        if op.title == name:
            return op
    what = f"module 'symdiff' has no attribute {messages.short(name)}"
    raise AttributeError(what + habits.advice(name, _PUBLIC))
