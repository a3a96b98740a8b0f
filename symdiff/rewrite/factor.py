"""Common factors of the terms of a sum, taken out where that saves operations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..expr import Expr
from ..ops import arithmetic as a
from ..ops.elementary import pow
from . import exact
from .arrays.opening import bears_identity
from .exact import Number, number
from .order import has_bool

if TYPE_CHECKING:
    from .canonical import Canonical

MOST = 16  # terms of a sum that are searched for a common factor

Factors = dict[Expr, Number]


def factors_of(rest: Expr) -> Factors:
    """Bases and exponents of a term without its coefficient; symbolic powers are bases."""
    found: Factors = {}
    for factor in rest.args if rest.op is a.mul else (rest,):
        exponent = number(factor.args[1]) if factor.op is pow else None
        if exponent is None:
            multiply(found, factor, 1)
        else:
            multiply(found, factor.args[0], exponent)
    return found


def multiply(factors: Factors, base: Expr, exponent: Number) -> None:
    """Factors times a power, in place: the exponent of a base that is there is added to."""
    before = factors.get(base)
    after = exact.shorten(exponent if before is None else before + exponent)
    if after:
        factors[base] = after
    else:
        factors.pop(base, None)


def factor_out(form: Canonical, terms: dict[Expr, Number]) -> Expr | None:
    """The sum of two or more terms as a product, or None where that is not shorter.

    Powers of variables in numerators stay inside: polynomials are written out.
    """
    if len(terms) > MOST:
        return None
    rests = list(terms)
    lead = factors_of(rests[0])
    bases = [b for b, e in lead.items() if e < 0 or b.args]
    if not bases or any(r.op is a.mul and r in form.shared for r in rests):
        return None
    table = [lead, *[factors_of(rest) for rest in rests[1:]]]
    values = _of_one_sign(form, table, list(terms.values()))
    bases = [b for b, e in table[0].items() if e < 0 or b.args]
    if form.contracts and any(map(bears_identity, set().union(*table))):
        return None  # products are multiplied out for those
    common: Factors = {}
    for base in bases:
        exponents = [found.get(base, 0) for found in table]
        if all(e > 0 for e in exponents):
            common[base] = min(exponents)
        elif all(e < 0 for e in exponents):
            common[base] = max(exponents)
    if not common:
        return None
    inner = [without(found, common) for found in table]
    before = after = 0
    for value, found, left in zip(values, table, inner, strict=True):
        numeric = abs(value) != 1
        before += _cost(found, numeric)
        after += _cost(left, numeric)
        if len(left) == 1 and next(iter(left)).op is a.add:
            after -= not numeric and next(iter(left)) not in form.shared
    after += _cost(common, False) + any(e > 0 for e in common.values())
    if after >= before:
        return None
    parts = []
    for value, left in zip(values, inner, strict=True):
        parts.append(form.mul([form.constant(value), *powers_of(form, left)]))
    return form.mul([form.add(parts), *powers_of(form, common)])


def _of_one_sign(form: Canonical, table: list[Factors], values: list[Number]) -> list[Number]:
    """Write ``v - u`` in the table as ``-(u - v)`` where that comes first; the new values."""
    differences = {b for found in table for b, e in found.items() if _is_difference(b, e)}
    if len({_rests(form, b) for b in differences}) == len(differences):
        return values  # no two have the same terms but for signs
    first: dict[Expr, tuple[Expr, int]] = {}
    signed = []
    for k, (value, found) in enumerate(zip(values, table, strict=True)):
        aligned: Factors = {}
        sign = 1
        for base, e in found.items():
            target, turn = base, 1
            if base in differences and type(e) is int:
                if base not in first:
                    first[form.opposite(base)] = base, -1
                    first[base] = base, 1
                target, turn = first[base]
            aligned[target] = aligned.get(target, 0) + e
            sign = sign * turn if e % 2 else sign
        table[k] = {b: e for b, e in aligned.items() if e}
        signed.append(value * sign)
    return signed


def _is_difference(base: Expr, exponent: Number) -> bool:
    return base.op is a.add and len(base.args) == 2 and type(exponent) is int and not has_bool(base)


def _rests(form: Canonical, total: Expr) -> frozenset[Expr]:
    return frozenset([form.split(t)[1] for t in total.args])


def without(found: Factors, common: Factors) -> Factors:
    left = {base: e - common.get(base, 0) for base, e in found.items()}
    return {base: e for base, e in left.items() if e}


def _cost(found: Factors, numeric: bool) -> int:
    """Multiplications and divisions of a term."""
    under = sum(e < 0 for e in found.values())
    above = len(found) - under + numeric
    return max(above, 1) - 1 + under


def powers_of(form: Canonical, found: Factors) -> list[Expr]:
    return [form.power(base, form.constant(e)) for base, e in found.items()]
