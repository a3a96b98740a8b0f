"""Nodes read as products of powers and as sums of terms, as they stand, and put together again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import reduce

from ...expr import Expr, make
from ...leaves import const
from ...ops import arithmetic as ar
from ...ops import elementary as el
from ..exact import Number, number, tidy_exponent
from ..terms import Product

MOST = 12  # factors or terms that are looked at
HIGHEST = 6  # power of a factor that is opened
SUMS = frozenset({ar.add, ar.sub})
ZERO, ONE, MINUS = const(0), const(1), const(-1)

Powers = Product[Expr]
Power = tuple[Expr, Number]  # a base and its exponent
Term = tuple[int, Expr]  # a sign and what it stands before


def by_length(quotient: Expr) -> bool:
    """Whether the divisor is a length: such a quotient is bounded, its numerator is not."""
    return quotient.args[1].op is el.hypot


def powers_of(node: Expr, is_whole: Callable[[Expr], bool] = by_length) -> Powers:
    """Bases and exponents of a product or quotient, -1 being a base.

    Where they are too many, the node alone is its only base.  Some quotients may stay whole.

    >>> import symdiff as sd
    >>> x, y = sd.vars("x y")
    >>> powers_of(-x * y**2 / sd.exp(y))
    Product([(x, 1), (-1, 1), (y, 2), (exp(y), -1)])
    """
    factors: list[tuple[Expr, Number]] = []
    pending: list[tuple[Expr, Number]] = [(node, 1)]
    while pending:
        base, times = pending.pop()
        if base.op is ar.mul:
            pending += [(f, times) for f in reversed(base.args)]
        elif base.op is ar.div and not is_whole(base):
            pending += [(base.args[1], -times), (base.args[0], times)]
        elif base.op is ar.neg:
            pending += [(MINUS, times), (base.args[0], times)]
        elif (exponent := _exponent(base)) is not None:
            opened = pending if type(exponent) is int else factors
            opened.append((base.args[0], times * exponent))
        elif base is not ONE:
            factors.append((base, times))
        if len(pending) + len(factors) > MOST:
            return Product([(node, 1)])
    return Product(factors)


def _exponent(node: Expr) -> Number | None:
    """The exponent of a power that is opened: positive, and whole but for three halves."""
    if node.op is ar.square:
        return 2
    exponent = number(node.args[1]) if node.op is el.pow else None
    if exponent is None or not 0 < exponent <= HIGHEST:
        return None
    exponent = tidy_exponent(exponent)
    return exponent if (2 * exponent) % 1 == 0 else None


def terms_of(node: Expr) -> list[Term]:
    """The terms of a sum of sums with their signs; none of too long a sum."""
    terms: list[Term] = []
    pending = [(1, node)]
    while pending:
        sign, term = pending.pop()
        if term.op is ar.add:
            pending += [(sign, t) for t in reversed(term.args)]
        elif term.op is ar.sub:
            pending += [(-sign, term.args[1]), (sign, term.args[0])]
        elif term.op is ar.neg:
            pending.append((-sign, term.args[0]))
        else:
            terms.append((sign, term))
        if len(pending) + len(terms) > MOST:
            return []
    return terms


def shifted(node: Expr) -> tuple[Expr, Number]:
    """A node as a sum of another one and a number."""
    terms = terms_of(node) if node.op in SUMS else []
    numbers = [sign * value for sign, term in terms if (value := number(term)) is not None]
    others = [pair for pair in terms if number(pair[1]) is None]
    if numbers and others:
        parts = tuple([term if sign == 1 else make(ar.neg, (term,)) for sign, term in others])
        return parts[0] if len(parts) == 1 else make(ar.add, parts), sum(numbers)
    return node, 0


def multiple_of(node: Expr) -> tuple[Number, Expr]:
    """A node as a number times another one."""
    sign, product = (-1, node.args[0]) if node.op is ar.neg else (1, node)
    pair = product.args if product.op is ar.mul and len(product.args) == 2 else ()
    for one, two in (pair, pair[::-1]) if pair else ():
        value = number(one)
        if value is not None:
            return sign * value, two
    return sign, product


def root_of(square: Expr) -> Expr | None:
    """``x`` for ``x**2``, however that is written."""
    op, args = square.op, square.args
    double = op is ar.mul and len(args) == 2 and args[0] is args[1]
    raised = op is el.pow and number(args[1]) == 2
    return args[0] if double or raised or op is ar.square else None


def quotient_of(powers: Iterable[Power]) -> Expr:
    """A product of powers, divided by what has negative exponents: by functions one by one."""
    above: list[Expr] = []
    below: list[Expr] = []
    leaves: list[Expr] = []
    negative = False
    for base, exponent in Product(powers).items():
        size = -exponent if exponent < 0 else exponent
        if base is MINUS:
            negative = size % 2 == 1
        elif base is not ONE:
            factors = [base] * size if type(size) is int else [make(el.pow, (base, const(size)))]
            (above if exponent > 0 else below if base.args else leaves).extend(factors)
    if leaves:
        below.append(_product(leaves))
    value = reduce(lambda x, y: make(ar.div, (x, y)), below, _product(above) if above else ONE)
    return make(ar.neg, (value,)) if negative else value


def _product(factors: Sequence[Expr]) -> Expr:
    return reduce(lambda x, y: make(ar.mul, (x, y)), factors)


def sum_of(terms: Sequence[Term]) -> Expr:
    """The sum of terms with signs, the first positive one first."""
    if not terms:
        return ZERO
    first = next((i for i, (sign, _) in enumerate(terms) if sign > 0), 0)
    (sign, total), rest = terms[first], [*terms[:first], *terms[first + 1 :]]
    total = total if sign > 0 else make(ar.neg, (total,))
    for sign, term in rest:
        total = make(ar.add if sign > 0 else ar.sub, (total, term))
    return total
