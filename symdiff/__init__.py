"""symdiff: expressions as graphs, differentiated graph to graph.

>>> import symdiff as sd
>>> x, y = sd.vars("x y")
>>> f = x**2 * y + y + 2
>>> print(*sd.grad(f, [x, y]), sep=", ")
2*x*y, x**2 + 1
>>> sd.evaluate(sd.hessian(f, [x, y]), {x: 3, y: 4}).tolist()
[[8, 6], [6, 0]]
"""

from types import ModuleType as _Module
from typing import TYPE_CHECKING
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
from .expr import OPS, Expr, Op
from .habits import lambdify
from .installed import VERSION as __version__  # noqa: N811
from .leaves import Const, Var
from .ops.names import ALIASES, FUNCTIONS, WRAPPERS
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
_ROWS = {name for op in OPS.values() if op.arity != 0 for name in (op.name, op.title)}

__all__ = sorted(
    {name for name, value in globals().items() if name[0] != "_" and not isinstance(value, _Module)}
    | _ROWS
    | set(ALIASES)
    | set(WRAPPERS)
    | set(_LATE)
)

habits.install(__all__)

if TYPE_CHECKING:
    from .bars import progress
    from .comparing import same
    from .explaining.compare import compare
    from .explaining.derivation import explain
    from .explaining.trace import trace_table
    from .hessians.sparsity import jacobian_sparsity
    from .minimizing.minimize import minimize
    from .numeric import central_difference, complex_step, difference_hessian, forward_difference
    from .ops.creation import eye
    from .ops.functions import broadcast_to, reshape, stack, sum, transpose
    from .rewrite.forms.named import collect, expand, factor_terms, horner, together
    from .rewrite.tables.stabilise import stable
    from .tape import GradientTape, Tensor, Variable, cast, constant
    from .tracing.function import function

    def __getattr__(name: str) -> Op: ...

else:

    def __getattr__(name: str) -> _Any:
        """Operations by name and title, rows that were added later included; late modules."""
        if name in _LATE:
            from importlib import import_module

            module = import_module(f".{_LATE[name]}", __name__)
            found = getattr(module, name, module)
        else:
            found = FUNCTIONS.get(name) or _titled(name)
        globals()[name] = found
        return found

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})

    def _titled(name):
        for op in OPS.values():
            if op.title == name:
                return op
        what = f"module 'symdiff' has no attribute {messages.short(name)}"
        raise AttributeError(what + habits.advice(name, __all__))
