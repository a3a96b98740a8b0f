"""Differences of one function at two points that lie a known distance apart.

``sqrt(x + 1) - sqrt(x)`` is ``1/(sqrt(x + 1) + sqrt(x))``: the distance 1 is known, so nothing
needs to be subtracted.
"""

from __future__ import annotations

from fractions import Fraction
from functools import reduce

from ...expr import Expr, make
from ...leaves import Const, const
from ...ops import arithmetic as ar
from ...ops import compare as co
from ...ops import elementary as el
from ...ops import special as sp
from ..exact import number
from ..match import Form
from ..rules import REAL, Rule

DEEPEST = 32  # factors that a power is read from


def difference_rows() -> list[Rule]:
    """The rows, all on subtractions."""
    return [
        Rule("difference of powers", ar.sub, _powers,    REAL),
        Rule("difference of logs",   ar.sub, _logs,      REAL),
        Rule("difference of waves",  ar.sub, _waves,     REAL),
        Rule("difference of angles", ar.sub, _angles,    REAL),
        Rule("gamma family one apart", ar.sub, _gammas,  REAL),
    ]  # fmt: skip


def distance(p: Expr, q: Expr) -> Fraction | None:
    """``p - q`` where it is a known number that is not 0."""
    (a, c), (b, d) = _shifted(p), _shifted(q)
    return c - d if a is b and c != d else None


def _shifted(node: Expr) -> tuple[Expr, Fraction]:
    """A node as another one plus a number."""
    if node.op in (ar.add, ar.sub) and len(node.args) == 2:
        left, right = node.args
        value = number(right)
        if value is not None:
            return left, Fraction(value) * (1 if node.op is ar.add else -1)
        value = number(left)
        if value is not None and node.op is ar.add:
            return right, Fraction(value)
    return node, Fraction(0)


def _constant(value: Fraction) -> Expr:
    return const(value.numerator if value.denominator == 1 else float(value))


def power_of(node: Expr) -> tuple[Fraction, Expr, Fraction] | None:
    """A node as ``c*base**exponent`` for exact numbers and a base that is no such thing."""
    c, exponent, base = Fraction(1), Fraction(0), None
    stack = [(node, Fraction(1))]
    for _ in range(DEEPEST):
        if not stack:
            break
        n, e = stack.pop()
        value = number(n)
        if value is not None:
            if isinstance(value, float) or not value or e.denominator != 1:
                return None
            c *= Fraction(value) ** int(e)
        elif n.op is ar.neg:
            if e.denominator != 1:
                return None
            c *= (-1) ** int(e)
            stack.append((n.args[0], e))
        elif n.op is ar.mul:
            stack += [(a, e) for a in n.args]
        elif n.op is ar.div:
            stack += [(n.args[0], e), (n.args[1], -e)]
        elif n.op is el.sqrt:
            stack.append((n.args[0], e / 2))
        elif n.op is el.cbrt:
            stack.append((n.args[0], e / 3))
        elif n.op is el.pow and (p := number(n.args[1])) is not None:
            stack.append((n.args[0], e * Fraction(p)))
        elif base is None or base is n:
            base, exponent = n, exponent + e
        else:
            return None
    return (c, base, exponent) if base is not None and exponent and not stack else None


def _powers(form: Form, node: Expr) -> Expr | None:
    """``c*(p**r - q**r)`` by ``p - q``."""
    above, below = node.args
    if not (_has_root(above) and _has_root(below)):
        return None
    common = None
    if above.op is below.op is ar.div and above.args[0] is below.args[0]:
        common = above.args[0]
    if common is None or number(common) is not None:
        return _of_powers(node, above, below)
    one = const(1)
    inner = _of_powers(node, *[make(ar.div, (one, x.args[1])) for x in node.args])
    if inner is None:
        return None
    if inner.op is co.where:
        near, far = inner.args[0], make(ar.mul, (common, inner.args[1]))
        return make(co.where, (near, far, node))
    return make(ar.mul, (common, inner))


_ROOTS = frozenset({ar.div, el.sqrt, el.cbrt, el.pow})


def _has_root(node: Expr) -> bool:
    """Whether a node may be a power other than a product; looks at the node and its arguments."""
    return node.op in _ROOTS or any(a.op in _ROOTS for a in node.args)


def _of_powers(node: Expr, above: Expr, below: Expr) -> Expr | None:
    left, right = power_of(above), power_of(below)
    if left is None or right is None or left[0] != right[0] or left[2] != right[2]:
        return None
    c, p, r = left
    q = right[1]
    d = distance(p, q)
    if d is None or r.denominator > 3 or abs(r.numerator) > 7 or r == 1:
        return None
    if r.denominator == 1 and r > 0:
        return None
    a, b = _Root(p, r.denominator), _Root(q, r.denominator)
    m, n = r.denominator, abs(r.numerator)
    steps = _total([_product([a.power(i), b.power(m - 1 - i)]) for i in range(m)])
    if r > 0:
        rest = [_product([a.power(i), b.power(n - 1 - i)]) for i in range(n)]
    else:
        rest = [_product([a.power(i - n), b.power(-i - 1)]) for i in range(n)]
        c = -c
    top = _product([_constant(c * d), _total(rest)])
    found = top if m == 1 else make(ar.div, (top, steps))
    if r > 0 and n == 1:
        return found
    size = q if m == 2 else make(ar.abs, (q,))
    far = make(co.gt, (size, _constant(abs(d))))
    return make(co.where, (far, found, node))


class _Root:
    """Whole powers of a root of a node, by powers of the node as far as they go."""

    def __init__(self, node: Expr, degree: int) -> None:
        self.node, self.degree = node, degree
        op = {2: el.sqrt, 3: el.cbrt}.get(degree)
        self.root = node if op is None else make(op, (node,))

    def power(self, n: int) -> Expr:
        whole, left = divmod(abs(n), self.degree)
        if n >= 0:
            return _product([self.node] * whole + [self.root] * left)
        one = const(1)
        return _product(
            [make(ar.div, (one, self.node))] * whole + [make(ar.div, (one, self.root))] * left
        )


def _product(factors: list[Expr]) -> Expr:
    kept = [f for f in factors if number(f) != 1]
    return reduce(lambda x, y: make(ar.mul, (x, y)), kept) if kept else const(1)


def _total(terms: list[Expr]) -> Expr:
    return reduce(lambda x, y: make(ar.add, (x, y)), terms)


_LOGS = {el.log: 0, el.log1p: 1}  # what is added to the argument


def _logs(form: Form, node: Expr) -> Expr | None:
    left, right = node.args
    if left.op not in _LOGS or right.op not in _LOGS:
        return None
    (a, c), (b, e) = _shifted(left.args[0]), _shifted(right.args[0])
    d = c + _LOGS[left.op] - e - _LOGS[right.op]
    if a is not b or not d:
        return None
    q = right.args[0]
    if right.op is el.log1p:
        q = make(ar.add, (q, const(1)))
    far = make(co.gt, (q, _constant(abs(d))))
    near = make(el.log1p, (make(ar.div, (_constant(d), q)),))
    return make(co.where, (far, near, node))


def _waves(form: Form, node: Expr) -> Expr | None:
    """sin(a) - sin(b) and cos(a) - cos(b) for a next to b."""
    left, right = node.args
    if left.op is not right.op or left.op not in (el.sin, el.cos):
        return None
    a, b = left.args[0], right.args[0]
    if a.op is Const or b.op is Const:
        return None
    half = const(0.5)
    apart = make(ar.sub, (a, b))
    between = make(ar.mul, (half, apart))
    middle, short = make(ar.add, (b, between)), make(el.sin, (between,))
    other = make(el.cos if left.op is el.sin else el.sin, (middle,))
    product = make(ar.mul, (const(2 if left.op is el.sin else -2), make(ar.mul, (other, short))))
    near = make(co.lt, (make(ar.abs, (apart,)), make(ar.div, (const(0.5), _grown(a)))))
    return make(co.where, (near, product, node))


def _grown(a: Expr) -> Expr:
    return make(ar.add, (const(1), make(ar.abs, (a,))))


def _angles(form: Form, node: Expr) -> Expr | None:
    left, right = node.args
    if left.op is not el.atan or right.op is not el.atan:
        return None
    p, q = left.args[0], right.args[0]
    d = distance(p, q)
    if d is None or abs(d) > 1:
        return None  # p*q could be below -1
    return make(el.atan2, (_constant(d), make(ar.add, (const(1), make(ar.mul, (p, q))))))


def _gammas(form: Form, node: Expr) -> Expr | None:
    """lgamma, digamma and trigamma at a + 1 less those at a."""
    left, right = node.args
    if left.op is not right.op or left.op not in (sp.lgamma, sp.digamma, sp.polygamma):
        return None
    p, q = left.args[-1], right.args[-1]
    d = distance(p, q)
    if d is None or abs(d) != 1 or left.args[:-1] != right.args[:-1]:
        return None
    low = q if d == 1 else p
    if left.op is sp.lgamma:
        found = make(el.log, (make(ar.abs, (low,)),))
    elif left.op is sp.digamma:
        found = make(ar.div, (const(1), low))
    elif number(left.args[0]) == 1:
        found = make(ar.div, (const(-1), make(ar.mul, (low, low))))
    else:
        return None
    return found if d == 1 else make(ar.neg, (found,))


def gamma_ratio(form: Form, node: Expr) -> Expr | None:
    """gamma(a + 1)/gamma(a), with other factors above."""
    above, below = node.args
    if below.op is not sp.gamma:
        return None
    factors = list(above.args) if above.op is ar.mul else [above]
    for i, factor in enumerate(factors):
        if factor.op is sp.gamma:
            d = distance(factor.args[0], below.args[0])
            if d == 1:
                factors[i] = below.args[0]
                return _product(factors)
            if d == -1:
                rest = _product([*factors[:i], *factors[i + 1 :]])
                return make(ar.div, (rest, factor.args[0]))
    return None
