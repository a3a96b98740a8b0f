"""Where terms cancel next to 0: there the function is its series.

``(1 - cos(x))/x**2`` and its derivatives are sums of numbers much larger than they are.  Where a
sum of functions of one ``u`` starts with a higher power of ``u`` than its terms do, what is made
of it becomes ``where(abs(u) < r, polynomial, as it was)``.  The ``r`` is one at which both lose
next to nothing; without such an ``r`` the graph stays as it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...expr import Expr, Op, make
from ...leaves import Const, const
from ...ops import arithmetic as ar
from ...ops import compare as co
from ...ops import elementary as el
from ...walk import postorder, rebuild
from ..exact import number
from .cancelling import SUMS, cancelling_sums
from .series import EXPANDABLE, Series, apply, of_constant, of_variable

LONGEST = 34  # coefficients of a polynomial
LARGEST = 100  # nodes of a function that is expanded, shared ones counted each time
BUDGET = 150  # series, of about 1 ms each, in one graph
RADII = [2.0 ** (k / 2) for k in range(-24, 7)]
LOST = 2.0  # ulp that the original may lose at the radius

_PRODUCTS = frozenset({ar.mul, ar.div, ar.neg, ar.square, ar.reciprocal, el.pow})


class Plan(NamedTuple):
    """``u**start`` times a polynomial of ``u**step``, for ``abs(u) < radius``."""

    radius: float
    start: int
    step: int
    coefficients: list[float]


def without_cancellation(outputs: Sequence[Expr], evaluate: Callable[..., Any]) -> list[Expr]:
    """The outputs with series where terms cancel; ``evaluate(op, *numbers)`` gives values.

    Cost: about 2 us per node where nothing cancels.
    """
    order = postorder(outputs)
    bases = bases_of(order)
    cancelling = cancelling_sums(order, bases)
    if not cancelling:
        return list(outputs)
    expansion = _Expansion(bases)
    spoilt = expansion.spoilt(order, cancelling)
    plans: dict[Expr, Plan] = {}
    wanted = set(outputs)
    for node in reversed(order):
        if node not in wanted:
            continue
        if node in spoilt:
            plan = _plan(node, bases[node], expansion.known[node], node in cancelling, evaluate)
            if plan is not None:
                plans[node] = plan
                wanted.add(bases[node])
                continue
        wanted.update(node.args)
    images: dict[Expr, Expr] = {}
    for node in order:
        base = bases[node]
        if node in plans:
            image = rebuild([node], given={base: images.get(base, base)})[node]
            images[node] = _choice(images.get(base, base), image, plans[node])
        elif node in wanted:
            args = tuple([images[a] for a in node.args])
            images[node] = node if args == node.args else make(node.op, args, node.params)
    return [images[out] for out in outputs]


def bases_of(order: Sequence[Expr]) -> dict[Expr, Expr]:
    """For each node the one node that it is a function of; a constant's is the constant.

    A node that is too large a function is one of itself.
    """
    found: dict[Expr, Expr] = {}
    sizes: dict[Expr, int] = {}
    for node in order:
        found[node] = node
        sizes[node] = 0
        if node.op not in EXPANDABLE:
            continue
        base, size = None, 1
        for a in node.args:
            below = found[a]
            if below.op is Const or below.op.constant is not None:
                continue
            size += sizes[a]
            if base is None or base is below:
                base = below
            else:
                break
        else:
            if base is not None and size <= LARGEST and base.shape == node.shape:
                found[node], sizes[node] = base, size
    return found


def _is_constant(node: Expr) -> bool:
    return node.op is Const or node.op.constant is not None


class _Expansion:
    """Series of nodes in the nodes that they are functions of."""

    def __init__(self, bases: dict[Expr, Expr]) -> None:
        self.bases = bases
        self.known: dict[Expr, Series | None] = {}
        self.left = BUDGET

    def spoilt(self, order: Sequence[Expr], candidates: set[Expr]) -> set[Expr]:
        """The sums that cancel, in place of the candidates, and products and sums over them."""
        found: set[Expr] = set()
        for node in order:
            if node in candidates:
                series = self.of(node)
                starts = [s.start for a in node.args if (s := self.of(a, node)) is not None]
                fine = node.op is not ar.div and series and series.start <= min(starts, default=0)
                if series is None or fine:
                    candidates.discard(node)
                else:
                    found.add(node)
            if node in found or node.op not in SUMS | _PRODUCTS or self.bases[node] is node:
                continue
            if any(a in found for a in node.args) and self.of(node) is not None:
                found.add(node)
        return found

    def of(self, node: Expr, user: Expr | None = None) -> Series | None:
        """The series of a node in its base, or in that of its user."""
        base = self.bases[node if user is None else user]
        if node is base:
            return of_variable()
        if _is_constant(node):
            return of_constant(node)
        if node not in self.known:
            for n in postorder([node], _Known(self.known, base)):
                if n not in self.known and n is not base and self.bases[n] is base:
                    self.left -= 1
                    self.known[n] = self._expand(n, base) if self.left > 0 else None
        return self.known.get(node)

    def _expand(self, node: Expr, base: Expr) -> Series | None:
        args = []
        for a in node.args:
            if a is base:
                found: Series | None = of_variable()
            else:
                found = of_constant(a) if _is_constant(a) else self.known.get(a)
            if found is None:
                return None
            args.append(found)
        return apply(node.op, args, node.args[1] if node.op is el.pow else None)


class _Known:
    """Nodes below which there is nothing to expand."""

    def __init__(self, known: dict[Expr, Series | None], base: Expr) -> None:
        self.known, self.base = known, base

    def __contains__(self, node: object) -> bool:
        return node is self.base or node in self.known


# -- the radius ---------------------------------------------------------------------------------


def _plan(
    node: Expr, base: Expr, series: Series | None, cancels: bool, evaluate: Callable[..., Any]
) -> Plan | None:
    """The largest radius needed of those where the polynomial holds."""
    if series is None or not any(series.terms):
        return None
    step = 1 if any(series.terms[1::2]) else 2
    terms = [float(c) for c in series.terms[::step]]
    if not all(map(math.isfinite, terms)):
        return None
    best, kept = None, math.inf
    order = [n for n in postorder([node], {base}) if n is not base]
    for radius in RADII:
        found = _length(terms, [radius, -radius] if step == 1 else [radius**2])
        if found is None:
            break
        count, own = found
        lost = max(_lost(order, base, at, evaluate) for at in (radius, -radius))
        if own <= max(lost, LOST):
            best, kept = Plan(radius, series.start, step, _tidy(terms[:count], radius**step)), lost
            if lost <= LOST:
                break
    return best if cancels or node.op in _PRODUCTS or kept <= 4 * LOST else None


def _tidy(terms: Sequence[float], w: float) -> list[float]:
    """Without what is no coefficient but the rounding of one."""
    size = max(abs(c) * w**k for k, c in enumerate(terms))
    return [c if abs(c) * w**k > size * 1e-30 else 0.0 for k, c in enumerate(terms)]


def _length(terms: Sequence[float], ends: Sequence[float]) -> tuple[int, float] | None:
    """How many terms give every digit between the ends, and the ulp that they lose there; None
    where all are too few.
    """
    sizes = [abs(c * ends[0] ** k) for k, c in enumerate(terms)]
    total = min(abs(sum(c * w**k for k, c in enumerate(terms))) for w in ends)
    if max(sizes[-3:]) > sum(sizes) * 2.0**-60:
        return None
    rest = 0.0
    for k in range(len(sizes) - 1, -1, -1):
        rest += sizes[k]
        if rest > sum(sizes) * 2.0**-56:
            return (k + 1, sum(sizes) / total / 2) if k < LONGEST and total else None
    return None


def _lost(order: Sequence[Expr], base: Expr, at: float, evaluate: Callable[..., Any]) -> float:
    """About how many ulp the nodes lose at a point, to first order; 0 where they are undefined."""
    values: dict[Expr, Any] = {base: np.float64(at)}
    errors = {base: 0.0}
    with np.errstate(all="ignore"):
        for node in order:
            if _is_constant(node):
                value = node.op.constant if node.op.constant is not None else number(node)
                values[node], errors[node] = np.float64(value), 0.0
                continue
            args = [values[a] for a in node.args]
            value = values[node] = evaluate(node.op, *args)
            if not np.isfinite(value):
                return 0.0
            if value == 0:
                return math.inf
            total = 0.0 if node.op is ar.neg else 0.5 if node.op.infix else 0.7
            for i, a in enumerate(node.args):
                if errors[a]:
                    total += errors[a] * _sensitivity(node.op, args, i, value, evaluate)
            errors[node] = total
    return errors[order[-1]]


def _sensitivity(
    op: Op, args: list[Any], i: int, value: Any, evaluate: Callable[..., Any]
) -> float:
    """The relative change of a value per relative change of an argument."""
    moved = [*args]
    moved[i] = args[i] * (1 + 2.0**-20)
    change = float(abs(evaluate(op, *moved) - value))
    return change * 2.0**20 / max(float(abs(value)), 1e-300)


# -- the graph ----------------------------------------------------------------------------------


def _choice(base: Expr, original: Expr, plan: Plan) -> Expr:
    near = make(co.lt, (make(ar.abs, (base,)), const(plan.radius)))
    return make(co.where, (near, _polynomial(base, plan), original))


def _polynomial(base: Expr, plan: Plan) -> Expr:
    powers = {1: base, 2: make(ar.mul, (base, base))}
    step = plan.step
    *rest, total = [const(c) for c in plan.coefficients]
    gap = 0
    for c in reversed(rest):
        gap += step
        if c.value or gap == 2 or c is rest[0]:
            total = make(ar.mul, (total, powers[gap]))
            gap = 0
            if c.value:
                total = make(ar.add, (total, c))
    if not plan.start:
        return total
    power = make(el.pow, (base, const(abs(plan.start)))) if abs(plan.start) > 1 else base
    return make(ar.mul if plan.start > 0 else ar.div, (total, power))
