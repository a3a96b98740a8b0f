"""Inverses and linear systems.  A matrix is the last two axes; all axes before them are a stack.

Every derivative is a product of the value with tangents, so second derivatives need no rules.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from ...errors import ShapeError
from ...expr import Expr, Op, Params, Shape, broadcast_shapes, make
from ...rule import Custom, custom_of_one
from .. import arrays
from ..arithmetic import neg, sub
from ..arrays import sum_to
from ..contraction import contract, square
from ..row import row
from ..spelling import Spelling
from ..structural import total
from . import witness as mp
from .matrices import product, reshaped, swapped

GILES = "Giles 2008, An extended collection of matrix derivative results"
Cotangent = tuple[Expr | None, Expr | None]


def _minus(x: Expr) -> Expr:
    return make(neg, (x,))


# -- inverse -------------------------------------------------------------------------------------


def _inv_tangent(node: Expr, dot: Expr) -> Expr:
    return _minus(product(node.ndim - 2, node, dot, node))


def _inv_cotangent(g: Expr, node: Expr) -> Expr:
    back = swapped(node)
    return _minus(product(node.ndim - 2, back, g, back))


# -- solve ---------------------------------------------------------------------------------------


def _solve_shape(title: str, shapes: tuple[Shape, ...], params: Params) -> Shape:
    a, b = shapes
    (rank,) = params
    square(title, (a,), ())
    if len(b) < rank or b[len(b) - rank] != a[-1]:
        raise ShapeError(title, shapes, f"{a[-1]} equations need {a[-1]} right sides")
    lead = broadcast_shapes(title, (a[:-2], b[: len(b) - rank]))
    return lead + b[len(b) - rank :]


def solved(a: Expr, b: Expr, rank: int) -> Expr:
    """``solve(a, b)`` where ``b`` may have batch axes that ``a`` has not: they become columns."""
    batch = b.ndim - rank - (a.ndim - 2)
    if not batch:
        return make(solve, (a, b), (rank,))
    front, core, n = b.shape[:batch], b.shape[batch:], b.ndim
    lead = core[: len(core) - rank]
    last = make(arrays.transpose, (b,), ((*range(batch - n, 0), *range(-n, batch - n)),))
    columns = prod(core[len(lead) + 1 :]) * prod(front)
    wide = reshaped(last, (a.shape[-1], columns), rank + batch)
    x = reshaped(make(solve, (a, wide), (2,)), core[len(lead) :] + front, 2)
    return make(arrays.transpose, (x,), ((*range(-batch, 0), *range(-n, -batch)),))


def _systems(node: Expr) -> tuple[int, tuple[int, ...]]:
    """The number of stack axes, and the labels of the right side after them."""
    lead = node.args[0].ndim - 2
    return lead, (lead + 1, lead + 2)[: node.params[0]]


def _solve_tangent(node: Expr, dots: list[Expr | None]) -> Expr | None:
    a, (rank,) = node.args[0], node.params
    a_dot, b_dot = dots
    right = b_dot
    if a_dot is not None:
        lead, inner = _systems(node)
        s = tuple(range(lead))
        moved = contract(
            (a_dot, node), ((*s, lead, lead + 1), (*s, *inner)), (*s, lead, *inner[1:])
        )
        right = _minus(moved) if b_dot is None else make(sub, (b_dot, moved))
    return None if right is None else solved(a, right, rank)


def _solve_cotangent(g: Expr, node: Expr, i: int) -> Cotangent:
    a, b = node.args
    (rank,) = node.params
    back = solved(swapped(a), g, rank)
    if i == 1:
        return sum_to(back, node.shape, b.shape), None
    lead, inner = _systems(node)
    s = tuple(range(lead))
    outer = contract(
        (back, node), ((*s, lead, *inner[1:]), (*s, *inner)), (*s, lead, lead + 1)
    )
    whole = node.shape[:lead] + a.shape[-2:]
    return sum_to(_minus(outer), whole, a.shape), None


# -- powers --------------------------------------------------------------------------------------


def _power_slope(dot: Expr, lead: int, power: Callable[[int], Expr], n: int) -> Expr:
    """``sum(A**k @ dot @ A**(n-1-k) for k < n)`` in log(n) products; ``power(k)`` is ``A**k``."""
    slope, reached = dot, 1
    for bit in bin(n)[3:]:
        half = power(reached)
        slope = total([product(lead, slope, half), product(lead, half, slope)])
        reached *= 2
        if bit == "1":
            last = product(lead, power(reached), dot)
            slope = total([product(lead, slope, power(1)), last])
            reached += 1
    return slope


def _power(node: Expr, back: bool) -> Callable[[int], Expr]:
    """Powers of the matrix that a positive exponent stands over, transposed for ``back``."""
    (a,), (n,) = node.args, node.params

    def power(k: int) -> Expr:
        if k == 1:
            found = a if n > 0 else make(inv, (a,))
        else:
            found = make(matrix_power, (a,), (k if n > 0 else -k,))
        return swapped(found) if back else found

    return power


def _power_move(node: Expr, moving: Expr, back: bool = False) -> Expr | None:
    (n,) = node.params
    if n == 0:
        return None
    lead, power = node.ndim - 2, _power(node, back)
    found = _power_slope(moving, lead, power, abs(n))
    return found if n > 0 else _minus(product(lead, power(1), found, power(1)))


# -- pseudoinverse -------------------------------------------------------------------------------


def _pinv_shape(title: str, shapes: tuple[Shape, ...], params: Params) -> Shape:
    (shape,) = shapes
    if len(shape) < 2:
        raise ShapeError(title, shapes, "a matrix has two axes")
    return (*shape[:-2], shape[-1], shape[-2])


def _pinv_tangent(node: Expr, dot: Expr) -> Expr:
    (a,) = node.args
    lead, p = node.ndim - 2, node
    rows, columns = a.shape[-2:]
    first = product(lead, p, dot, p)
    if rows == columns:
        return _minus(first)
    dot_t, pt = swapped(dot), swapped(p)
    if rows > columns:
        rest = [product(lead, p, pt, dot_t), product(lead, p, pt, dot_t, a, p)]
    else:
        rest = [product(lead, dot_t, pt, p), product(lead, p, a, dot_t, pt, p)]
    return make(sub, (make(sub, (rest[0], rest[1])), first))


def _pinv_cotangent(g: Expr, node: Expr) -> Expr:
    (a,) = node.args
    lead, p = node.ndim - 2, node
    rows, columns = a.shape[-2:]
    pt, gt = swapped(p), swapped(g)
    first = product(lead, pt, g, pt)
    if rows == columns:
        return _minus(first)
    if rows > columns:
        rest = [product(lead, gt, p, pt), product(lead, a, p, gt, p, pt)]
    else:
        rest = [product(lead, pt, p, gt), product(lead, pt, p, gt, p, a)]
    return make(sub, (make(sub, (rest[0], rest[1])), first))


# -- how they are written -------------------------------------------------------------------------

_ABOVE = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def _solution(node: Expr) -> Spelling:
    """``solve(A, b)``, A⁻¹·b; for the transpose of a matrix A⁻ᵀ·b.

    Vectors in a stack are the row's own call: NumPy's function would read them as columns.
    """
    a, b = node.args
    text = "solve({0}, {1})" if node.params == (min(b.ndim, 2),) else ""
    if a.op.spelled is not None and a.op.spelled(a)[0] == "{0}.T":
        return Spelling(text, "{0.0}⁻ᵀ·{1}", r"{0.0}^{{-\top}} {1}")
    if not a.args:
        return Spelling(text, "{0}⁻¹·{1}", "{0}^{{-1}} {1}")
    return Spelling(text, "({0})⁻¹·{1}", r"\left({0}\right)^{{-1}} {1}")


def _power_of(node: Expr) -> Spelling:
    """``matrix_power(A, 3)``, A³."""
    (n,) = node.params
    return Spelling(
        f"matrix_power({{0}}, {n})", f"{{0}}{str(n).translate(_ABOVE)}", f"{{0}}^{{{{{n}}}}}"
    )


inv: Op = row("inv", rule=custom_of_one(_inv_tangent, _inv_cotangent), shape=square,
    numpy="linear.inv", mpmath=mp.inv, latex="{0}^{{-1}}", pretty="{0}⁻¹",
    cost=50, accuracy=(8.0, 32.0), source=GILES)
solve: Op = row("solve", arity=2, rule=Custom(_solve_tangent, _solve_cotangent),
    params=("rank",), shape=_solve_shape, spelled=_solution,
    numpy="linear.solve", mpmath=mp.solve,
    cost=50, accuracy=(8.0, 32.0), source=GILES)
matrix_power: Op = row("matrix_power", rule=custom_of_one(
        _power_move, lambda g, node: _power_move(node, g, back=True)),
    params=("n",), shape=square, spelled=_power_of,
    numpy="linear.matrix_power", mpmath=mp.matrix_power, latex="{0}^{{{n}}}",
    cost=50, accuracy=(8.0, 32.0))
pinv: Op = row("pinv", rule=custom_of_one(_pinv_tangent, _pinv_cotangent), shape=_pinv_shape,
    numpy="linear.pinv", mpmath=mp.pinv, latex="{0}^{{+}}", pretty="{0}⁺",
    cost=200, accuracy=(8.0, 32.0),
    source="Golub and Pereyra 1973, The differentiation of pseudo-inverses")
