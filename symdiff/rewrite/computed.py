"""Rules whose left side is an operation: a function inspects the node.

They fold constants, move signs and numbers out, and make choices; what they need to see (numbers,
kinds, intervals) has no place in a pattern.
"""

from __future__ import annotations

from fractions import Fraction
from math import nan

import numpy as np

from ..expr import OPS, Expr, make
from ..ops import arithmetic as ar
from ..ops import compare as co
from ..ops import elementary as el
from ..ops.implementations import on_arrays
from .arrays.alike import alike_rows
from .arrays.array_rules import array_rows
from .branches import decided
from .conditions import condition_rows
from .exact import number, shorten
from .facts.decisions import decision_rows
from .match import multiple
from .nodes import as_powers, factors_of, many
from .row import EXACT, REAL, Form, Rule, of_constants
from .terms import Product


def inspections() -> list[Rule]:
    """Every computed row."""
    functions = [op for op in OPS.values() if op.arity == 1 and op.elementwise]
    signed = [(op, sign) for op in functions for sign in ("odd", "even") if sign in op.facts]
    return [
        *[Rule("value at 0, 1 or 2", op, _value, REAL, below=of_constants)
          for op in functions if op.kind is None],
        Rule("mod of numbers", ar.mod, _remainder, REAL, below=of_constants),
        *[Rule(f"{sign} function", op, _turned, EXACT) for op, sign in signed],
        *[Rule("quarter turns", op, _quarter_turns, REAL) for op in (el.sin, el.cos)],
        *[Rule(f"{op.name} of multiple", op, _of_multiple, REAL) for op in (ar.abs, ar.sign)],
        Rule("sinh over a power of cosh", ar.mul, _bounded, REAL, among=el.sinh),
        *array_rows(),
        *alike_rows(),
        Rule("where in its branch", co.where, decided(nan), EXACT),
        Rule("where in its branch, of numbers", co.where, decided(None), REAL),
        *decision_rows(),
        *condition_rows(),
    ]  # fmt: skip


def _value(form: Form, node: Expr) -> Expr | None:
    """The value of a function at 0, 1 or 2 where that is a multiple of 1/2.

    No other number is rounded to such a value there, as ``erf(6)`` is to 1.
    """
    at = number(node.args[0])
    if type(at) is not int or at not in (0, 1, 2):
        return None
    with np.errstate(all="ignore"):
        value = float(on_arrays(node.op)(float(at)))
    return form.constant(shorten(Fraction(value))) if (2 * value).is_integer() else None


def _remainder(form: Form, node: Expr) -> Expr | None:
    a, b = map(number, node.args)
    are_exact = {type(a), type(b)} <= {int, Fraction}
    return form.constant(shorten(a % b)) if are_exact and a is not None and b else None


def _turned(form: Form, node: Expr) -> Expr | None:
    """An odd or even function of what has a minus: ``sin(-x)`` as ``-sin(x)``, ``cos(y - x)`` as
    ``cos(x - y)``.
    """
    (x,) = node.args
    is_odd = "odd" in node.op.facts
    terms = x.args if x.op is ar.add and not is_odd else (x,)
    if form.split(terms[0])[0] >= 0:
        return None
    opposites = tuple([form.times(-1, term) for term in terms])
    opposite = many(ar.add, opposites)
    turned = make(node.op, (opposite,), node.params)
    return ar.neg(turned) if is_odd else turned


def _quarter_turns(form: Form, node: Expr) -> Expr | None:
    """``sin(u + pi/2)`` as ``cos(u)``, and so with any whole number of quarter turns."""
    (x,) = node.args
    terms = x.args if x.op is ar.add else (x,)
    for term in [t for t in terms if t.op is ar.pi or (t.args and t.args[-1].op is ar.pi)]:
        half_turns, rest = form.split(term)
        if rest.op is ar.pi and type(half_turns) is not float and 2 * half_turns % 1 == 0:
            angle = ar.add(0, *[t for t in terms if t is not term])
            quarters = int(2 * half_turns) + (node.op is el.cos)
            turned = el.cos(angle) if quarters % 2 else el.sin(angle)
            return ar.neg(turned) if quarters % 4 > 1 else turned
    return None


def _of_multiple(form: Form, node: Expr) -> Expr | None:
    """``abs(-3*x)`` as ``3*abs(x)``, ``sign(-3*x)`` as ``-sign(x)``."""
    found = multiple(form, node.args[0])
    if found is None:
        return None
    coefficient, rest = found
    sign = 1 if coefficient > 0 else -1
    return form.times(sign if node.op is ar.sign else sign * coefficient, node.op(rest))


def _bounded(form: Form, node: Expr) -> Expr | None:
    """``sinh(u)/cosh(u)**3`` as ``tanh(u)/cosh(u)**2``, where nothing above the bar overflows."""
    powers = factors_of(node)
    for base, above in powers.items():
        if base.op is el.sinh:
            under = make(el.cosh, base.args)
            below = -powers[under]
            if type(above) is type(below) is int and above > 0 and below > 0:
                share = min(above, below)
                rest = powers.over(Product([(base, share), (under, -share)]))
                return make(ar.mul, (*as_powers(rest), el.tanh(*base.args) ** share))
    return None
