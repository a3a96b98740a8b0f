"""How an expression shows itself and is called, and habits from other libraries: SymPy's calls as
methods, and for a name that is not here the one that is.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NoReturn

from . import notebook
from .api import derivative
from .backend.compile import Compiled, compile
from .backend.evaluate import evaluate
from .errors import ArgumentError, ArityError, KindError, UnknownVariable
from .expr import Expr, Op
from .messages import listed, short
from .ops.names import FUNCTIONS
from .rewrite.cse import Shared, subs
from .rewrite.simplify import simplify
from .show.grammar import nearest
from .show.hints import WRITTEN
from .show.latex import latex
from .show.sharing import by_name
from .show.text import formula, short_text
from .walk import postorder

LISTED = 200  # characters up to which a formula in a list or dict is whole

# What stands here for names of SymPy, TensorFlow, JAX, torch and Python's math.
_HERE = {
    "sd.array": "Matrix ImmutableMatrix",
    "sd.clip": "clip_by_value clamp",
    "sd.compile": "ufuncify autowrap",
    "sd.concatenate": "cat",
    "sd.Const": "Integer Float Number",
    "fractions.Fraction": "Rational",
    "sd.constant": "convert_to_tensor tensor as_tensor from_numpy",
    "sd.derivative": "differentiate Derivative deriv D",
    "sd.Dual": "DualNumber ForwardAccumulator",
    "sd.eq": "Equality",
    "sd.evaluate": "N evalf eval evaluate_dual",
    "sd.expand_dims": "unsqueeze",
    "sd.factor_terms": "factor",
    "sd.floor_divide": "floordiv floormod",
    "sd.function": "jit vmap pmap",
    "sd.gamma(x + 1)": "factorial",
    "sd.GradientTape": "backward Tape",
    "sd.grad": "gradient gradients",
    "sd.hessian": "hessians Hessian",
    "sd.jacobian": "jacfwd jacrev jacobians Jacobian",
    "sd.linalg.inv": "matrix_inverse",
    "sd.matmul": "mm bmm",
    "sd.mod": "fmod",
    "sd.norm": "dist",
    "sd.parse": "sympify parse_expr",
    "sd.pretty": "pprint",
    "sd.primitive": "custom_gradient custom_vjp custom_jvp",
    "sd.same": "isclose allclose equals",
    "sd.simplify": "trigsimp powsimp radsimp ratsimp nsimplify cancel",
    "sd.stop_gradient": "detach no_grad",
    "sd.subs": "replace xreplace substitute",
    "sd.sum": "fsum",
    "sd.Var": "Symbol variable placeholder Input SX MX",
    "sd.var": "reduce_variance",
    "sd.where": "Piecewise cond select ifelse",
    "sd.draw": "plot graphviz visualize",
    "math.inf": "oo inf Infinity",
    "math.nan": "nan NaN",
    "among the other functions: sd.relu, sd.sigmoid, ...": "nn functional",
    "np.sin(x), ... of NumPy itself, which takes expressions": "numpy np",
    "sd.to_text": "srepr",
    "sd.symbols": "Symbols syms sym",
    "sd.trace_table": "trace_nodes tracetable",
    "sd.jacobian_sparsity(sd.grad(f, x), x)": "hessian_sparsity",
} | {
    f"sd.{name}": f"reduce_{name}"
    for name in ("all", "any", "logsumexp", "max", "mean", "min", "prod", "std", "sum")
}  # fmt: skip
_NOT_HERE = frozenset(
    ["dsolve", "integral", "Integral", "integrate", "limit", "Limit", "nsolve", "series",
     "solveset", "summation"]
)  # fmt: skip
ELSEWHERE = {name: here for here, names in _HERE.items() for name in names.split()}

# What arrays of NumPy have under a name that cannot mean the same for an expression.
_OTHERWISE = {
    "dtype": "the kind of an expression is .kind; its precision is that of the values",
    "flat": "use .ravel()",
    "strides": "an expression has no memory",
    "nbytes": "an expression has no memory",
    "evaluate": "its value is sd.evaluate(e, {...}), or e(x=3)",
    "free_symbols": "use .variables",
    "atoms": "use .variables",
    "vars": "use .variables",
    "func": "use .op",
    "doit": "derivatives and sums are computed at once",
}


def advice(name: str, known: Iterable[str]) -> str:
    """What to write in place of a name that the package does not have.

    >>> advice("reduce_sum", []), advice("sinn", ["sin", "sinh", "exp"])
    ('; here it is sd.sum', '; did you mean sd.sin or sd.sinh?')
    """
    if name in ELSEWHERE:
        return f"; here it is {ELSEWHERE[name]}"
    if name in WRITTEN:
        return f"; write {WRITTEN[name].format('sd.')}"
    if name in _NOT_HERE:
        return "; symdiff differentiates, simplifies and evaluates, and has nothing of the kind"
    if hasattr(builtins, name):
        return "; it is Python's own, without sd."
    near = [] if name[0] == "_" else [f"sd.{word}" for word in nearest(name, known)]
    return f"; did you mean {' or '.join(near)}?" if near else ""


def lambdify(
    args: Expr | Sequence[Expr], expr: Any, modules: str | Sequence[str] = "numpy"
) -> Compiled:
    """SymPy's ``lambdify``: :func:`compile` with the inputs first; it always computes with NumPy.

    >>> import symdiff as sd
    >>> x, y = sd.symbols("x y")
    >>> sd.lambdify([x, y], x**2 + y)(3.0, 4.0)
    13.0
    """
    wanted = {modules} if isinstance(modules, str) else {*modules}
    if not wanted <= {"numpy", "scipy", "math"}:
        raise ArgumentError(f"lambdify computes with NumPy, not with {short(modules)}")
    return compile(expr, args)


def install(public: Iterable[str]) -> None:
    """Give ``Expr`` these methods, once; ``public`` are the names of the package."""
    names = frozenset(public)

    def missing(self: Expr, name: str) -> Any:
        if name in vars(Expr):  # a property that refused: its own error says why
            return object.__getattribute__(self, name)
        raise AttributeError(f"an expression has no attribute {short(name)}{_about(name, names)}")

    methods: dict[str, Callable[..., Any]] = {
        "__str__": lambda self: formula(self),
        "__repr__": lambda self: short_text(self, LISTED),
        "_repr_latex_": lambda self: f"$\\displaystyle {latex(self)}$",
        "__format__": lambda self, spec: format(formula(self), spec),
        "__call__": _at_point,
        "__getattr__": missing,
        "diff": derivative,
        "latex": latex,
        "simplify": simplify,
        "subs": _subs,
        "__xor__": _no_xor,
        "__rxor__": _no_xor,
    }
    for name, method in methods.items():
        setattr(Expr, name, method)
    setattr(Expr, "variables", property(_variables))  # noqa: B010
    for kind in (Op, *Op.__subclasses__()):
        kind.__doc__ = _FromRow("page", kind.__doc__)  # type: ignore[assignment]
        kind.__signature__ = _FromRow("call_signature", None)  # type: ignore[attr-defined]
    setattr(Shared, "_repr_latex_", notebook.shared_latex)  # noqa: B010
    notebook.install()


class _FromRow:
    """An attribute of operations that ``manual`` makes of the row when somebody reads it."""

    def __init__(self, maker: str, of_class: str | None) -> None:
        self.maker, self.of_class = maker, of_class

    def __get__(self, op: Op | None, kind: type[Op]) -> Any:
        if op is None:
            return self.of_class
        from . import manual

        return getattr(manual, self.maker)(op)


def _about(name: str, public: frozenset[str]) -> str:
    if name in _OTHERWISE:
        return f"; {_OTHERWISE[name]}"
    if name in public:
        return f"; there is sd.{name}(x{'' if name in FUNCTIONS else ', ...'})"
    if name in ELSEWHERE:
        return f"; there is {ELSEWHERE[name]}"
    near = [] if name[0] == "_" else nearest(name, [k for k in dir(Expr) if k[0] != "_"], 1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _variables(self: Expr) -> tuple[Expr, ...]:
    """The variables of an expression, in the order of their names."""
    return tuple(by_name(postorder([self])).values())


def _no_xor(self: Expr, other: Any) -> NoReturn:
    raise KindError("^ is no power in Python: write x**2; of conditions, sd.ne(a, b)")


def _subs(self: Expr, *given: Any, **named: Any) -> Expr:
    """``e.subs(x, 2)``, ``e.subs(x=2)``, ``e.subs({x: 2})`` or pairs in a list; all at once."""
    if named and not given:
        given = (named,)
    pairs = [given] if len(given) == 2 else given[0] if len(given) == 1 else None
    if not isinstance(pairs, (Mapping, list, tuple)):
        raise ArgumentError("subs takes e.subs(x, 2), e.subs({x: 2, y: 3}) or pairs in a list")
    return subs(self, dict(pairs))  # type: ignore[no-any-return]


def _at_point(self: Expr, /, *point: Any, **values: Any) -> Any:
    """The value at a point: by name, by variable, or by position in the order of the names.

    The point may have more names than the expression has variables: a derivative often depends
    on fewer than what it is a derivative of.  A name that is no variable is an error where a
    variable is left without a value.
    """
    if len(point) == 1 and isinstance(point[0], Mapping):
        return evaluate(self, {**point[0], **values})
    if point:
        names = list(by_name(postorder([self])))
        given = dict(zip(names, point, strict=False))
        if len(point) > len(names) or not given.keys().isdisjoint(values):
            order = f"{len(names)} values by position, for {listed(names)} in this order"
            raise ArityError(short(self), order, len(point))
        values = {**given, **values}
    try:
        return evaluate(self, values)
    except UnknownVariable as unknown:
        if not values.keys() >= set(unknown.known):
            raise
        return evaluate(self, {name: values[name] for name in unknown.known})
