"""Canonical form: sums, products and powers collected, sorted and flattened.

In canonical form there is no subtraction, negation, division, square, reciprocal or root:

* a sum is ``Add(terms...)``: terms in the order of writing, each ``coefficient * rest`` once;
* a term is ``Mul(coefficient, rest)``, the coefficient alone in front, so that the rest stays
  shared whatever its coefficient;
* a rest is ``Mul(factors...)`` without numbers, each base once;
* a factor is ``Pow(base, exponent)`` or any other node.

A child is flattened into its parent only when nothing else uses it, so the total number of
arguments never grows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..expr import Expr, Op, Params, make
from ..leaves import Const, const
from ..ops import arithmetic as a
from ..ops.arrays import broadcast_to, eye, reshape
from ..ops.elementary import pow, sqrt
from ..ops.kernels import aligned_shape
from . import exact, sums
from .arrays import contractions
from .arrays.operands import bears_identity
from .exact import Number, number
from .facts.facts import Facts
from .nodes import MINUS, ONE, collect, shaped, split, term, times
from .order import Ranks, bare
from .products import Known, mul, power
from .terms import Product


class Canonical:
    """Builds canonical nodes, without any rule; holds what is known of them during one pass."""

    def __init__(self, last: Canonical | None = None) -> None:
        self.shared: set[Expr] = set()  # nodes that must not be flattened into a user
        self.ranks: Ranks = Ranks() if last is None else last.ranks
        self.facts: Facts = Facts() if last is None else last.facts
        self.known = Known(self.shared, self.ranks, self.facts, {})
        self.contracts = False  # whether there are contractions or identities

    one = ONE
    minus = MINUS
    node = staticmethod(make)
    constant = staticmethod(const)
    shaped = staticmethod(shaped)
    split = staticmethod(split)
    term = staticmethod(term)
    times = staticmethod(times)
    collect = staticmethod(collect)

    def leaf(self, node: Expr) -> Expr:
        """A leaf of the graph; fractions without denominator become integers."""
        value = number(node)
        self.contracts = self.contracts or node.op is eye
        return node if value is None else const(exact.shorten(value))

    def add(self, args: Iterable[Expr]) -> Expr:
        """The canonical sum of canonical terms."""
        return self.known.add(args)

    def mul(self, args: Iterable[Expr]) -> Expr:
        """The canonical product of canonical factors."""
        args = tuple(args)
        if self.contracts and any(map(bears_identity, args)):
            return contractions.apply(self.known, a.mul, args, ())
        return mul(self.known, args)

    def power(self, base: Expr, exponent: Expr) -> Expr:
        """The canonical form of ``base**exponent``."""
        return power(self.known, base, exponent)

    def apply(self, op: Op, args: tuple[Expr, ...], params: Params = ()) -> Expr:
        """The canonical form of ``op`` applied to canonical arguments."""
        build = _BUILDERS.get(op)
        if build is not None:
            args = tuple([_counted(x) if x.kind == "bool" else x for x in args])
            if not any(x.kind == "bool" for x in args):
                return build(self, args)
        if op.contraction is not None and not any(x.kind == "bool" for x in args):
            self.contracts = True
            return contractions.apply(self.known, op, args, params)
        if "commutative" in op.facts and len(args) == 2 and "associative" not in op.facts:
            args = tuple(sorted(args, key=self.ranks.of_term))
        if op is reshape or op is broadcast_to:
            args, params = _of_all_axes(op, args, params)
        return make(op, args, params)


def _counted(x: Expr) -> Expr:
    """A truth value that is known as the 0 or 1 that arithmetic takes it for."""
    value = bare(x)
    if value.op is not Const or value.shape:
        return x
    return shaped(const(int(value.params[0])), x.shape)


def _of_all_axes(op: Op, args: tuple[Expr, ...], params: Params) -> tuple[tuple[Expr, ...], Params]:
    """A reshape or broadcast that leaves out no leading axes."""
    (x,), (rank, core) = args, params
    lead = x.shape[: x.ndim - rank]
    if lead and op is broadcast_to and len(core) > rank:
        x = make(reshape, (x,), (x.ndim, aligned_shape(x.shape, rank, len(core))))
    return (x,), (x.ndim, lead + core)


_BUILDERS: dict[Op, Callable[[Canonical, tuple[Expr, ...]], Expr]] = {
    a.add: lambda form, args: form.add(args),
    a.mul: lambda form, args: form.mul(args),
    a.sub: lambda form, args: sums.add([(1, args[0]), (-1, args[1])], form.shared, form.ranks),
    a.neg: lambda form, args: sums.add([(-1, args[0])], form.shared, form.ranks),
    a.div: lambda form, args: form.mul((args[0], form.power(args[1], form.minus))),
    pow: lambda form, args: form.power(*args),
    a.reciprocal: lambda form, args: form.power(args[0], form.minus),
    a.square: lambda form, args: form.power(args[0], form.constant(2)),
    sqrt: lambda form, args: form.power(args[0], form.constant(exact.HALF)),
}


def powers_of(form: Canonical, factors: Product[Expr]) -> list[Expr]:
    """The powers of a product as canonical nodes."""
    return [form.power(base, const(e)) for base, e in factors.items()]


def term_of(form: Canonical, coefficient: Number, factors: Product[Expr]) -> Expr:
    """A number times a product as a canonical node."""
    return form.mul([const(coefficient), *powers_of(form, factors)])
