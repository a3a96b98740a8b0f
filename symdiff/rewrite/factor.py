"""Common factors of the terms of a sum, taken out where that saves operations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..expr import Expr
from ..ops import arithmetic as a
from ..ops.elementary import pow
from .arrays.operands import bears_identity
from .exact import Number, number
from .order import has_bool
from .terms import Builder, Product, shared

if TYPE_CHECKING:
    from .canonical import Canonical

MOST = 16  # terms of a sum that are searched for a common factor


def factors_of(rest: Expr) -> Product[Expr]:
    """A term without its coefficient as powers; symbolic powers are bases."""
    powers: list[tuple[Expr, Number]] = []
    for factor in rest.args if rest.op is a.mul else (rest,):
        exponent = number(factor.args[1]) if factor.op is pow else None
        powers.append((factor, 1) if exponent is None else (factor.args[0], exponent))
    return Product(powers)


def powers_of(form: Canonical, factors: Product[Expr]) -> list[Expr]:
    """The powers of a product as nodes."""
    return [form.power(base, form.constant(e)) for base, e in factors.items()]


def term_of(form: Canonical, coefficient: Number, factors: Product[Expr]) -> Expr:
    """A number times a product as a node."""
    return form.mul([form.constant(coefficient), *powers_of(form, factors)])


def factor_out(form: Canonical, terms: Builder[Expr]) -> Expr | None:
    """The sum of two or more terms as a product, or None where that is not shorter.

    Powers of variables in numerators stay inside: polynomials are written out.
    """
    if not 2 <= len(terms) <= MOST:
        return None
    rests = list(terms)
    lead = factors_of(rests[0])
    if not any(_may_be_common(b, e) for b, e in lead.items()):
        return None
    if any(r.op is a.mul and r in form.shared for r in rests):
        return None
    table, values = _of_one_sign(form, [lead, *map(factors_of, rests[1:])], list(terms.values()))
    if form.contracts and any(map(bears_identity, set().union(*table))):
        return None  # products are multiplied out for those
    first = table[0]
    common = shared(table).kept(lambda base: _may_be_common(base, first[base]))
    if not common:
        return None
    inner = [factors.over(common) for factors in table]
    before = after = 0
    for value, factors, remainder in zip(values, table, inner, strict=True):
        numeric = abs(value) != 1
        before += _cost(factors, numeric)
        after += _cost(remainder, numeric)
        if len(remainder) == 1 and next(iter(remainder)).op is a.add:
            after -= not numeric and next(iter(remainder)) not in form.shared
    after += _cost(common, False) + any(e > 0 for e in common.values())
    if after >= before:
        return None
    total = form.add([term_of(form, c, p) for c, p in zip(values, inner, strict=True)])
    return form.mul([total, *powers_of(form, common)])


def _may_be_common(base: Expr, exponent: Number) -> bool:
    return exponent < 0 or bool(base.args)


def _of_one_sign(
    form: Canonical, table: Sequence[Product[Expr]], values: list[Number]
) -> tuple[Sequence[Product[Expr]], list[Number]]:
    """The terms with ``v - u`` as ``-(u - v)`` where that comes first."""
    differences = {b for factors in table for b, e in factors.items() if _is_difference(b, e)}
    if len({_rests(form, b) for b in differences}) == len(differences):
        return table, values  # no two have the same terms but for signs
    turned: dict[Expr, Expr] = {}  # differences by what is written for them, with a minus
    for base in dict.fromkeys([b for factors in table for b in factors if b in differences]):
        if base not in turned:
            turned.setdefault(form.opposite(base), base)
            turned[base] = base
    aligned, signed = [], []
    for value, factors in zip(values, table, strict=True):
        whole = {b: turned[b] for b, e in factors.items() if type(e) is int and b in turned}
        flips = sum(factors[b] for b, target in whole.items() if target is not b)
        aligned.append(Product([(whole.get(b, b), e) for b, e in factors.items()]))
        signed.append(-value if flips % 2 else value)
    return aligned, signed


def _is_difference(base: Expr, exponent: Number) -> bool:
    return base.op is a.add and len(base.args) == 2 and type(exponent) is int and not has_bool(base)


def _rests(form: Canonical, total: Expr) -> frozenset[Expr]:
    return frozenset([form.split(t)[1] for t in total.args])


def _cost(factors: Product[Expr], numeric: bool) -> int:
    """Multiplications and divisions of a term."""
    under = sum(e < 0 for e in factors.values())
    above = len(factors) - under + numeric
    return max(above, 1) - 1 + under
