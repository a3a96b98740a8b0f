"""Identities of functions that are tried, as one form among several, and never part of canonical
form: double angles in place of squares and products, one function in place of two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import permutations

from ...expr import Expr, make
from ...ops import elementary as el
from ...ops.arithmetic import add, mul
from ...ops.elementary import pow
from ...walk import reachable
from ..canonical import Canonical
from ..engine import collected
from ..match import wildcard
from ..nodes import ONE, as_powers, factors_of, split
from ..row import REAL, Form, Rule
from ..standard import EAGER
from ..table import Table
from ..terms import Product

IDENTICAL = frozenset({el.sin, el.cos, el.tan, el.sinh, el.cosh, el.tanh, el.log})
MOST = 12  # terms of a sum that are looked at in pairs
_PARTNERS = {el.sin: el.cos, el.cos: el.sin, el.sinh: el.cosh, el.cosh: el.sinh}
_SUMS = {  # f(a)*g(b) + sign*(their partners) is a function of a + b or, with the other sign, a - b
    (el.sin, el.cos): (el.sin, 1), (el.cos, el.cos): (el.cos, -1),
    (el.sinh, el.cosh): (el.sinh, 1), (el.cosh, el.cosh): (el.cosh, 1),
}  # fmt: skip
_PRODUCTS = {  # f(a) + sign*f(b), by functions of half their sum and half their difference
    (el.sin, 1): (2, el.sin, el.cos), (el.sin, -1): (2, el.cos, el.sin),
    (el.cos, 1): (2, el.cos, el.cos), (el.cos, -1): (-2, el.sin, el.sin),
    (el.sinh, 1): (2, el.sinh, el.cosh), (el.sinh, -1): (2, el.cosh, el.sinh),
    (el.cosh, 1): (2, el.cosh, el.cosh), (el.cosh, -1): (2, el.sinh, el.sinh),
}  # fmt: skip


def identities() -> list[Rule]:
    """The rules, in the order in which they are tried."""
    a = wildcard("a")
    sin, cos, tan = el.sin, el.cos, el.tan
    sinh, cosh, tanh = el.sinh, el.cosh, el.tanh
    return [
        Rule("sin of double",       sin(a) * cos(a),              sin(2 * a) / 2,    REAL),
        Rule("over sin of double",  1 / (sin(a) * cos(a)),        2 / sin(2 * a),    REAL),
        Rule("sinh of double",      sinh(a) * cosh(a),            sinh(2 * a) / 2,   REAL),
        Rule("over sinh of double", 1 / (sinh(a) * cosh(a)),      2 / sinh(2 * a),   REAL),
        Rule("cos of double",       cos(a)**2 - sin(a)**2,        cos(2 * a),        REAL),
        Rule("cos of double, cos",  2 * cos(a)**2 - 1,            cos(2 * a),        REAL),
        Rule("cos of double, sin",  1 - 2 * sin(a)**2,            cos(2 * a),        REAL),
        Rule("cosh of double",      cosh(a)**2 + sinh(a)**2,      cosh(2 * a),       REAL),
        Rule("cosh of double, cosh", 2 * cosh(a)**2 - 1,          cosh(2 * a),       REAL),
        Rule("cosh of double, sinh", 2 * sinh(a)**2 + 1,          cosh(2 * a),       REAL),
        Rule("square of sin",       1 - cos(2 * a),               2 * sin(a)**2,     REAL),
        Rule("square of cos",       1 + cos(2 * a),               2 * cos(a)**2,     REAL),
        Rule("square of sinh",      cosh(2 * a) - 1,              2 * sinh(a)**2,    REAL),
        Rule("square of cosh",      cosh(2 * a) + 1,              2 * cosh(a)**2,    REAL),
        Rule("over square of tanh", 1 / tanh(a)**2 - 1,           1 / sinh(a)**2,    REAL),
        Rule("over square of tan",  1 / tan(a)**2 + 1,            1 / sin(a)**2,     REAL),
        Rule("addition theorem",    add,                          _of_two_terms,     REAL),
        Rule("log of quotient",     add,                          _log_of_quotient,  REAL),
    ]  # fmt: skip


def _of_two_terms(form: Form, node: Expr) -> Expr | None:
    """Two terms of a sum that are one product by an addition theorem, whatever both have in front:
    ``c*sin(a)*cos(b) + c*cos(a)*sin(b)`` as ``c*sin(a + b)``.
    """
    pairs = [form.split(term) for term in node.args[: MOST + 1]]
    terms = [(c, factors_of(rest)) for c, rest in pairs] if len(pairs) <= MOST else []
    for (i, (c, p)), (j, (d, q)) in permutations(enumerate(terms), 2):
        ratio = p.over(q)
        above = [b for b, e in ratio.items() if e > 0]
        if c not in (d, -d) or not {*ratio.values()} <= {1, -1} or len(ratio) != 2 * len(above):
            continue
        below = [b for b, e in ratio.items() if e < 0]
        found = _as_product(form, above, below, 1 if c == d else -1)
        if found is not None:
            common = p.over(Product([(b, 1) for b in above]))
            rest = [term for k, term in enumerate(node.args) if k not in (i, j)]
            return make(add, (*rest, form.times(c, make(mul, (*as_powers(common), found)))))
    return None


def _as_product(form: Form, above: list[Expr], below: list[Expr], sign: int) -> Expr | None:
    """``above + sign*below`` for products of one or of two functions each."""
    ops = tuple([f.op for f in above])
    if len(above) == 1:
        (u,), (v,) = above, below
        if ops[0] is not v.op or v.op not in _PARTNERS:
            return None
        a, b = (_multiplied_out(form, f.args[0]) for f in (u, v))
        mean, half = form.apply(add, (a, b)), form.apply(add, (a, form.times(-1, b)))
        if not a.op is b.op is add or mean.op is half.op is add:
            return None  # half the sum and the difference are no simpler than the angles
        factor, first, second = _PRODUCTS[v.op, sign]
        return factor * first(mean / 2) * second(half / 2)
    partners = [make(_PARTNERS[f.op], f.args) for f in above if f.op in _PARTNERS]
    if {*partners} != {*below} or ops not in _SUMS:
        return None
    op, turn = _SUMS[ops]
    a, b = (f.args[0] for f in above)
    return op(a + b if sign * turn > 0 else a - b)


def _multiplied_out(form: Form, node: Expr) -> Expr:
    """The product of a sum with something else as a sum."""
    own, rest = form.split(node)
    total = next((f for f in rest.args if f.op is add), rest) if rest.op is mul else rest
    others = [f for f in rest.args if f is not total] if rest.op is mul else []
    if total.op is not add:
        return node
    terms = [form.apply(mul, (form.constant(own), *others, term)) for term in total.args]
    return form.apply(add, tuple(terms))


def _log_of_quotient(form: Form, node: Expr) -> Expr | None:
    """``c*log(u) - c*log(v)`` as ``c*log(u/v)``, where u or v is known to be positive."""
    logs = [(i, *form.split(term)) for i, term in enumerate(node.args)]
    logs = [(i, c, rest.args[0]) for i, c, rest in logs if rest.op is el.log]
    for i, c, u in logs:
        for j, d, v in logs:
            if 0 < c == -d and (form.facts.positive(u) or form.facts.positive(v)):
                others = [term for k, term in enumerate(node.args) if k not in (i, j)]
                return make(add, (*others, form.times(c, el.log(u / v))))
    return None


@cache
def _table() -> Table:
    return Table(identities(), canonical=True)


def by_identities(output: Expr, form: Canonical | None = None) -> Iterator[Expr]:
    """A canonical output with every identity used that fits, where one may."""
    if any(map(_has_two, reachable([output]))):
        yield from collected([output], _table(), EAGER, form)[0]


def _has_two(node: Expr) -> bool:
    """Whether two factors, or two terms of which one may be a number, are such functions."""
    parts: Sequence[Expr] = node.args
    if node.op is add:
        parts = [split(term)[1] for term in parts]
    elif node.op is not mul:
        return False
    heads = [(x.args[0] if x.op is pow else x).op for x in parts]
    count = sum([head in IDENTICAL for head in heads])
    return count > 1 or (count == 1 and node.op is add and ONE in parts)
