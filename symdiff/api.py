"""The verbs of differentiation: each composes the layers below (``grad`` is reverse mode, then
simplify) and keeps the structure the user gave: nested lists, tuples and dicts.

Of a Python function ``f`` of arrays, a verb makes a function of the same arguments: ``grad(f)``,
or ``grad(f, argnums)`` with the position or the name of an argument, or a tuple of them, in place
of ``wrt``; tangents and cotangents come last, as in ``hvp(f)(x, v)``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any

import numpy as np

from .calculus import derivatives as calculus
from .calculus.derivatives import Mode
from .domain import NEGATIVE, NONNEGATIVE, NONPOSITIVE, POSITIVE, REAL, Interval
from .errors import ArgumentError, NotScalar
from .expr import Expr, ExprLike, Kind, as_expr
from .leaves import Var, const, var
from .messages import cut, listed, short
from .targets import (
    Found,
    Missing,
    assemble,
    back_of,
    cut_of,
    fill,
    finish,
    gradient_along,
    in_place,
    paired,
    parts_of,
    ready,
    second_derivatives,
    sum_of,
    tree_of,
    wrt_of,
)
from .walk import postorder


def vars(
    names: str | Iterable[str],
    shape: int | Sequence[int] = (),
    kind: Kind = "real",
    domain: Interval = REAL,
) -> list[Expr]:
    """Several variables at once, named in one text with spaces or commas between, or in a list.

    ``x0:3`` stands for ``x0 x1 x2``, as in SymPy.

    >>> import symdiff as sd
    >>> x, y = sd.vars("x y")
    >>> x is sd.Var("x")
    True
    """
    if isinstance(shape, str):
        raise ArgumentError(f"vars takes all names in one text, as sd.vars('x {cut(shape, 20)}')")
    listed = names.replace(",", " ").split() if isinstance(names, str) else names
    found = [name for text in listed for name in _numbered(text)]
    return [var(name, shape, kind, domain) for name in found]


_RANGE = re.compile(r"(.*?)([0-9]*):([0-9]+)", re.DOTALL)
_ASSUMED = {
    "real": REAL, "positive": POSITIVE, "negative": NEGATIVE,
    "nonnegative": NONNEGATIVE, "nonpositive": NONPOSITIVE,
}  # fmt: skip


def _numbered(text: Any) -> list[str]:
    """The names of a range such as ``x0:3``; any other name alone.

    >>> _numbered("x0:3"), _numbered("mu"), _numbered("w:2")
    (['x0', 'x1', 'x2'], ['mu'], ['w0', 'w1'])
    """
    if not isinstance(text, str) or ":" not in text:
        return [text]
    ends = _RANGE.fullmatch(text)
    if ends is None:
        raise ArgumentError(f"a range of names has numbers, as x0:3, got {short(text)}")
    return [f"{ends[1]}{i}" for i in range(int(ends[2] or 0), int(ends[3]))]


def symbols(
    names: str | Iterable[str],
    shape: int | Sequence[int] = (),
    kind: Kind = "real",
    domain: Interval = REAL,
    **assumptions: bool,
) -> Any:
    """As SymPy's: the variable of a single name, a tuple of several.

    ``positive=True`` and the like give the domain.

    >>> import symdiff as sd
    >>> x, (y, z) = sd.symbols("x"), sd.symbols("y z")
    >>> print(x*y + z, sd.simplify(sd.sqrt(sd.symbols("p", positive=True)**2)))
    x*y + z p
    """
    for name, holds in assumptions.items():
        if name not in _ASSUMED or not holds:
            known = ", ".join(f"{word}=True" for word in _ASSUMED)
            raise ArgumentError(
                f"symbols knows {known}; others are domain=sd.Interval(a, b), not {short(name)}"
            )
        domain = _ASSUMED[name] if _ASSUMED[name] != REAL else domain
    found = vars(names, shape, kind, domain)
    return found[0] if isinstance(names, str) and len(found) == 1 else tuple(found)


def over_functions(verb: Callable[..., Any]) -> Callable[..., Any]:
    """The verb, which makes a function of a Python function: see ``derived.py``.

    What only some calls need is imported by these.
    """

    @wraps(verb)
    def either(f: Any, *args: Any, **options: Any) -> Any:
        if callable(f) and not isinstance(f, Expr):
            from .tracing.derived import derived

            return derived(verb, f, *args, **options)
        return verb(f, *args, **options)

    return either


@over_functions
def grad(f: ExprLike, wrt: Any, *, simplify: bool = True, unconnected: Missing = "zero") -> Any:
    """The gradient of a scalar by reverse mode, in the structure of ``wrt``.

    ``wrt`` is a node, variable or not, or a nested list, tuple or dict of nodes.  For a node that
    is no variable, every occurrence is replaced by a variable before the derivative is taken.
    Each derivative is the one that its node has alone, also where one node is made of another:
    with ``y = x**2``, the derivative of ``y**2`` by x in ``[y, x]`` is ``4*x**3``.
    ``unconnected`` says what a node gives that ``f`` does not depend on: 0, None or an error.

    Shapes: each result has the shape of its node.
    Raises: NotScalar if ``f`` has axes; Unconnected.
    Cost: one visit per node of ``f``, at most about four nodes emitted for each.

    >>> import symdiff as sd
    >>> x, y = sd.vars("x y")
    >>> print(*sd.grad(x**2 * y + y + 2, [x, y]), sep=", ")
    2*x*y, x**2 + 1
    """
    tree = wrt_of(wrt)
    parts = parts_of([as_expr(f)], tree.nodes)
    found = in_place(
        parts,
        [calculus.gradient(cut.outputs[0], cut.symbols, cut.inner) for _, cut in parts],
    )
    cells = [fill(c, w.shape, w, unconnected) for c, w in zip(found, tree.nodes, strict=True)]
    return tree.restore(finish(cells, back_of(parts), simplify))


@over_functions
def value_and_grad(
    f: ExprLike, wrt: Any, *, simplify: bool = True, unconnected: Missing = "zero"
) -> tuple[Expr, Any]:
    """A scalar together with its gradient: for a function, both from one call.

    Raises: NotScalar, Unconnected, as :func:`grad`.

    >>> import symdiff as sd
    >>> sd.value_and_grad(lambda x: x**3)(2.0)
    (8.0, 12.0)
    """
    slopes = grad(f, wrt, simplify=simplify, unconnected=unconnected)
    return as_expr(f), slopes


@over_functions
def jacobian(
    F: Any,
    wrt: Any,
    *,
    simplify: bool = True,
    unconnected: Missing = "zero",
    mode: Mode | None = None,
    blocks: bool = False,
    structured: bool = False,
) -> Any:
    """The derivative of every element of ``F`` by every element of ``wrt``.

    ``mode`` is "forward" or "reverse"; left out, the one with fewer sweeps is taken.

    With ``structured``, for one array ``F`` and one node ``wrt``, the result is a
    ``StructuredJacobian``, which gives matrices of SciPy with the entries that can differ from 0.

    Shapes: ``F.shape + wrt.shape`` for each pair of nodes, in the structure of ``wrt`` inside that
    of ``F``.  A list of n scalars counts as one node of shape (n,), unless ``blocks`` is set.

    >>> import symdiff as sd
    >>> x, y = sd.vars("x y")
    >>> print(sd.jacobian([x * y, sd.sin(x)], [x, y]))
    [[y, x], [cos(x), 0]]
    """
    outer, inner = tree_of(F), wrt_of(wrt)
    if structured:
        from .hessians.matrix import structured_jacobian

        return structured_jacobian(F, wrt)
    parts = parts_of(outer.nodes, inner.nodes)
    found = [calculus.jacobian(cut.outputs, cut.symbols, mode, cut.inner) for _, cut in parts]
    cells = [
        [
            fill(c, out.shape + w.shape, w, unconnected)
            for c, w in zip(in_place(parts, rows), inner.nodes, strict=True)
        ]
        for *rows, out in zip(*found, outer.nodes, strict=True)
    ]
    cells, restore = assemble(cells, outer, inner, blocks)
    entries = [c for row in cells for c in row]
    return restore(finish(entries, back_of(parts), simplify, whole=True))


@over_functions
def hessian(
    f: ExprLike,
    wrt: Any,
    *,
    simplify: bool = True,
    unconnected: Missing = "zero",
    modes: tuple[Mode | None, Mode] = (None, "reverse"),
    blocks: bool = False,
    structured: bool = False,
) -> Any:
    """The second derivatives of a scalar: the Jacobian of its gradient.

    Each entry is a derivative by one node of the derivative by another, both as :func:`grad` takes
    them; the matrix is symmetric also where one node is made of another.
    ``modes`` are those of the outer and the inner derivative; left out, the outer one is the
    cheaper and the inner one reverse.

    With ``structured``, for one node ``wrt``, the result is a ``StructuredHessian``: diagonal,
    block diagonal, Kronecker, low rank, sparse or dense, with an operator at a point that
    multiplies and solves without forming all entries.

    Shapes: ``a.shape + b.shape`` for each pair of nodes a, b of ``wrt``, in its structure nested
    twice; a list of n scalars gives (n, n), unless ``blocks`` is set.
    Raises: NotScalar, Unconnected.

    >>> import symdiff as sd
    >>> x, y = sd.vars("x y")
    >>> print(sd.hessian(x**2 * y + y + 2, [x, y]))
    [[2*y, 2*x], [2*x, 0]]
    """
    tree = wrt_of(wrt)
    if structured:
        from .hessians.structured import structured_hessian

        return structured_hessian(as_expr(f), wrt)
    cells, back = second_derivatives(as_expr(f), tree.nodes, modes, simplify, unconnected)
    cells, restore = assemble(cells, tree, tree, blocks)
    return restore(finish([c for row in cells for c in row], back, simplify, whole=True))


@over_functions
def jvp(F: Any, wrt: Any, tangents: Any, *, simplify: bool = True) -> Any:
    """The derivative of ``F`` along ``tangents``, by forward mode, in the structure of ``F``.

    ``tangents`` has the structure of ``wrt``.  The result is the Jacobian by ``wrt`` times the
    tangents, whose columns are those that each node has alone: where one node is made of another,
    ``y = x**2`` by ``[y, x]`` along ``[v, w]``, y moves by ``v + 2*x*w``.

    Shapes: each tangent has the shape of its node, each result that of its output.
    Raises: ShapeError.

    >>> import symdiff as sd
    >>> x, y, v = sd.vars("x y v")
    >>> print(sd.jvp(x * y, [x, y], [v, 0]))
    v*y
    """
    outer, inner = tree_of(F), wrt_of(wrt)
    dots = paired("jvp", inner, tangents)
    parts = parts_of(outer.nodes, inner.nodes)
    found = [
        calculus.jvp(cut.outputs, cut.symbols, [dots[i] for i in places], cut.inner)
        for places, cut in parts
    ]
    sums = [sum_of(column) for column in zip(*found, strict=True)]
    cells = [fill(c, out.shape, out, "zero") for c, out in zip(sums, outer.nodes, strict=True)]
    return outer.restore(finish(cells, back_of(parts), simplify))


@over_functions
def vjp(
    F: Any, wrt: Any, cotangents: Any, *, simplify: bool = True, unconnected: Missing = "zero"
) -> Any:
    """The gradient of ``sum(F * cotangents)``, by reverse mode, in the structure of ``wrt``.

    ``cotangents`` has the structure of ``F``.

    Shapes: each cotangent has the shape of its output, each result that of its node.
    Raises: ShapeError, Unconnected.

    >>> import symdiff as sd
    >>> x, y, w = sd.vars("x y w")
    >>> print(*sd.vjp(x * y, (x, y), w), sep=", ")
    w*y, w*x
    """
    outer, inner = tree_of(F), wrt_of(wrt)
    bars = paired("vjp", outer, cotangents)
    parts = parts_of(outer.nodes, inner.nodes)
    rows = [calculus.vjp(cut.outputs, cut.symbols, bars, cut.inner) for _, cut in parts]
    found = in_place(parts, rows)
    cells = [fill(c, w.shape, w, unconnected) for c, w in zip(found, inner.nodes, strict=True)]
    return inner.restore(finish(cells, back_of(parts), simplify, whole=True))


@over_functions
def hvp(f: ExprLike, wrt: Any, tangents: Any, *, simplify: bool = True) -> Any:
    """The Hessian of a scalar times ``tangents``, forward over reverse, structured as ``wrt``.

    Tangents of nodes that are made of one another add up, as in :func:`jvp`.

    Cost: a small multiple of the gradient; the Hessian is never formed.

    >>> import symdiff as sd
    >>> x, v = sd.vars("x v")
    >>> print(sd.hvp(x**3, x, v))
    6*v*x
    """
    tree = wrt_of(wrt)
    dots = paired("hvp", tree, tangents)
    return tree.restore(gradient_along(as_expr(f), tree.nodes, dots, simplify))


@over_functions
def derivative(f: ExprLike, *by: Expr | int, n: int | None = None, simplify: bool = True) -> Expr:
    """The derivative by a scalar, by one several times, or by one after the other.

    ``derivative(f, x, 3)`` is the third by x, ``derivative(f, x, 2, y)`` twice by x and once by y,
    ``derivative(f)`` that by the only variable; of an expression of any shape, by forward mode.

    Raises: NotScalar for a variable with axes; ArgumentError for a negative order, and where it is
    not said which of several variables is meant; KindError for what is no variable.

    >>> import symdiff as sd
    >>> x, y = sd.vars("x y")
    >>> print(sd.derivative(sd.sin(x), x, 3), sd.derivative(x**3 * y**2, x, 2, y))
    -cos(x) 12*x*y
    """
    out = as_expr(f)
    for x, times in _orders(out, by, n):
        out = _repeated(out, x, times, simplify)
    return out


def _orders(f: Expr, by: Sequence[Any], n: int | None) -> list[tuple[Expr, int]]:
    """What to differentiate by, and how often each."""
    if not by:
        by = [node for node in postorder([f]) if node.op is Var]
        if len(by) != 1:
            names = listed([v.name for v in by])
            raise ArgumentError(f"derivative by which variable? The expression has: {names}")
    found: list[tuple[Expr, int]] = []
    for what in [*by, *([] if n is None else [n])]:
        if isinstance(what, (int, np.integer)) and found and found[-1][1] < 0:
            if what < 0:
                raise ArgumentError(f"the order of a derivative is 0 or more, got {short(what)}")
            found[-1] = (found[-1][0], int(what))
        else:
            (x,) = wrt_of(what).nodes
            if x.shape:
                raise NotScalar("the variable of derivative", x.shape)
            found.append((x, -1))
    return [(x, abs(times)) for x, times in found]


def _repeated(f: Expr, x: Expr, n: int, simplify: bool) -> Expr:
    """The n-th derivative of ``f`` by ``x``."""
    (out,), (symbol,), back, _ = cut_of([f], [x])
    found: list[Found] = [f]
    for i in range(n):
        if i:
            (out,) = ready([c for c in finish(found, {}, simplify) if c is not None])
        (dot,) = calculus.jvp([out], [symbol], [const(1)])
        found = [fill(dot, out.shape, x, "zero")]
    (result,) = [c for c in finish(found, back, simplify) if c is not None]
    return result
