"""Dual numbers ``a + b*ε`` with ``ε**2 = 0``: the value of a function and its slope together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .backend.evaluate import evaluate
from .backend.inputs import by_variable
from .backend.lower import variables
from .calculus.derivatives import jvp
from .errors import ConversionError
from .expr import Expr, Op, as_expr
from .leaves import const, var
from .methods import operators
from .ops.names import FUNCTIONS
from .structure import flatten
from .walk import postorder

_DOT, _ARGUMENT = -1, -2  # tags that set the symbols made here apart from all others


if TYPE_CHECKING:
    from .arraylike import Operators

    _Operators = Operators["Dual", Any]
else:
    _Operators = object


class Dual(_Operators):
    """A number or an array with its part in ε.

    It takes part in Python's arithmetic and in NumPy's functions, and it may be the value of a
    variable: then the expression's derivative graph gives the ε part.  There is no rule for dual
    numbers beside the derivative that each operation has.

    Shapes: ``eps`` broadcasts to the shape of ``value``.

    >>> import symdiff as sd
    >>> sd.Dual(3, 4) * sd.Dual(5, 7), sd.Dual(42)
    (15.0 + 41.0ε, 42.0)
    >>> np.sin(sd.Dual(0, 2))
    0.0 + 2.0ε
    """

    __slots__ = ("eps", "value")

    def __init__(self, value: Any = 0.0, eps: Any = 0.0) -> None:
        self.value = _float(value)
        self.eps = _float(np.broadcast_to(eps, np.shape(self.value)))

    @staticmethod
    def evaluates(tree: Any, values: Mapping[Any, Any]) -> Any:
        """What ``evaluate`` calls where a value is a dual number."""
        return evaluate_dual(tree, values)

    def __repr__(self) -> str:
        if not np.any(self.eps):
            return str(self.value)
        if np.ndim(self.value):
            return f"{self.value} + {self.eps}ε"
        sign = "-" if np.signbit(self.eps) else "+"
        return f"{self.value} {sign} {abs(self.eps)}ε"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Dual):
            other = Dual(other)
        same = np.array_equal(self.value, other.value) and np.array_equal(self.eps, other.eps)
        return bool(same)

    __hash__ = None  # type: ignore[assignment]

    def __pos__(self) -> Dual:
        return self

    def __array_ufunc__(self, ufunc: Any, method: str, *args: Any, **kwargs: Any) -> Any:
        op = FUNCTIONS.get(ufunc.__name__)
        if not isinstance(op, Op) or method != "__call__" or kwargs:
            raise ConversionError(f"np.{ufunc.__name__} does not take dual numbers in this way")
        return _apply(op, *args)


def _float(value: Any) -> Any:
    array = np.array(value)
    array = array if array.dtype.kind in "fc" else array.astype(float)
    return array if array.ndim else array.item()


def evaluate_dual(tree: Any, values: Mapping[Any, Any]) -> Any:
    """The values of an expression, or a nested structure, where variables are dual numbers.

    ``values`` is as for ``evaluate``, and may hold ``Dual``; results are ``Dual``, or plain bools.

    >>> import symdiff as sd
    >>> from symdiff.dual import Dual, evaluate_dual
    >>> x, y = sd.vars("x y")
    >>> evaluate_dual(x**2 * y + y + 2, {x: Dual(3, 1), y: 4})
    42.0 + 24.0ε
    """
    leaves, restore = flatten(tree)
    nodes = [as_expr(leaf) for leaf in leaves]
    inputs = variables(postorder(nodes))
    given = dict(zip(inputs, by_variable(inputs, values, {}), strict=True))
    moving = [v for v in inputs if isinstance(given[v], Dual)]
    dots = [var(f"d{i}", v.shape, tag=_DOT) for i, v in enumerate(moving)]
    slopes = jvp(nodes, moving, dots)
    point = {v: given[v].value if v in moving else given[v] for v in inputs}
    point.update({dot: given[v].eps for v, dot in zip(moving, dots, strict=True)})
    live = [slope for slope in slopes if slope is not None]
    needed = variables(postorder([*nodes, *live]))
    results, found = evaluate([nodes, live], {v: point[v] for v in needed})
    rest = iter(found)
    return restore([
        value if node.kind == "bool" else Dual(value, 0.0 if slope is None else next(rest))
        for node, value, slope in zip(nodes, results, slopes, strict=True)
    ])  # fmt: skip


def _apply(function: Callable[..., Any], *args: Any) -> Any:
    """``function`` on dual numbers and plain ones, through a graph."""
    nodes: list[Expr] = []
    values: dict[Expr, Dual] = {}
    for i, a in enumerate(args):
        if isinstance(a, Dual):
            symbol = var(f"x{i}", np.shape(a.value), tag=_ARGUMENT)
            values[symbol] = a
            nodes.append(symbol)
        else:
            nodes.append(const(a))
    return evaluate_dual(function(*nodes), values)


def _method(function: Callable[..., Any], swapped: bool = False) -> Callable[..., Any]:
    if swapped:
        return lambda self, other: _apply(function, other, self)
    return lambda *args: _apply(function, *args)


for _name, _made in operators(_method, _method).items():
    setattr(Dual, _name, _made)
