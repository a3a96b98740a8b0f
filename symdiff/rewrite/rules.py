"""The rules of simplification, one row each: name, left side, right side, condition, exactness.

A left side is a pattern over wildcards, or an operation whose nodes a function inspects.  The
condition must be *known* to hold.  Both sides are brought into canonical form before use, so a
row may be written the way a person writes it.

EXACT   the same bits for every input, all nans counting as one
FINITE  equal numbers for finite inputs
REAL    equal over the reals wherever the original is defined
FAST    an extra error of at most 3 ulp; for compiled code only
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from ..expr import OPS, Const, Expr, Op, const
from ..ops import arithmetic as ar
from ..ops import compare as co
from ..ops import elementary as el
from ..ops import special as sp
from ..ops.elementary import pow
from ..walk import postorder
from .exact import HALF, Number, number
from .facts import Facts
from .match import Bindings, fill, is_wildcard, match, quotient, wildcard

if TYPE_CHECKING:
    from .canonical import Canonical


class Exactness(Enum):
    """What may differ between the two sides of a rule."""

    EXACT = 0
    FINITE = 1
    REAL = 2
    FAST = 3


EXACT, FINITE, REAL, FAST = Exactness

Condition = Callable[[Facts, Bindings], bool]
Inspect = Callable[["Canonical", Expr], Expr | None]


class Rule(NamedTuple):
    """One row."""

    name: str
    left: Expr | Op
    right: Expr | Inspect
    exactness: Exactness
    when: Condition | None = None


def rows() -> list[Rule]:
    """Every pattern row, in the order in which they are tried."""
    a, b, c, d = map(wildcard, "abcd")
    p, q = wildcard("p"), wildcard("q")
    yes, no, one, zero = const(True), const(False), const(1), const(0)
    pi, half = ar.pi(), const(HALF)
    sin, cos, tan = el.sin, el.cos, el.tan
    sinh, cosh, tanh = el.sinh, el.cosh, el.tanh
    exp, log, sigmoid = el.exp, el.log, el.sigmoid
    where, both, either, no_longer = co.where, co.logical_and, co.logical_or, co.logical_not
    positive = lambda facts, found: facts.positive(found[a])  # noqa: E731
    nonzero = lambda facts, found: facts.nonzero(found[a])  # noqa: E731
    positive_b = lambda facts, found: facts.positive(found[b])  # noqa: E731
    whole = lambda facts, found: facts.integer(found[a])  # noqa: E731
    above = lambda facts, found: facts.nonnegative(found[a])  # noqa: E731
    below = lambda facts, found: facts.nonpositive(found[a])  # noqa: E731
    return [
        # exponentials and logarithms
        Rule("log of exp",        log(exp(a)),               a,                 REAL),
        Rule("exp of log",        exp(log(a)),               a,                 REAL),
        Rule("exp of n log",      exp(b * log(a)),           a**b,              REAL, positive),
        Rule("log of power",      log(a**b),                 b * log(a),        REAL, positive),
        Rule("log1p of expm1",    el.log1p(el.expm1(a)),     a,                 REAL),
        Rule("expm1 of log1p",    el.expm1(el.log1p(a)),     a,                 REAL),
        Rule("log2 of exp2",      el.log2(el.exp2(a)),       a,                 REAL),
        Rule("exp2 of log2",      el.exp2(el.log2(a)),       a,                 REAL),
        Rule("xlogy of nonzero",  el.xlogy(a, b),            a * log(b),        REAL, nonzero),
        Rule("xlogy of positive", el.xlogy(a, b),            a * log(b),        REAL, positive_b),
        Rule("xlogy by one",      el.xlogy(one, a),          log(a),            REAL),
        Rule("expm1 plus one",    el.expm1(a) + 1,           exp(a),            REAL),
        # values
        *[Rule(f"{op.name}({at})", op(at), const(value), REAL) for op, at, value in (
            (exp, 0, 1), (el.exp2, 0, 1), (el.expm1, 0, 0), (log, 1, 0), (el.log1p, 0, 0),
            (el.log2, 1, 0), (el.log10, 1, 0), (sin, 0, 0), (cos, 0, 1), (tan, 0, 0),
            (el.asin, 0, 0), (el.acos, 1, 0), (el.atan, 0, 0), (sinh, 0, 0), (cosh, 0, 1),
            (tanh, 0, 0), (el.asinh, 0, 0), (el.acosh, 1, 0), (el.atanh, 0, 0), (sigmoid, 0, HALF),
            (el.cbrt, 0, 0), (el.cbrt, 1, 1), (el.relu, 0, 0), (sp.erf, 0, 0), (sp.erfc, 0, 1),
            (sp.erfinv, 0, 0), (sp.gamma, 1, 1), (sp.gamma, 2, 1), (sp.lgamma, 1, 0), (sp.lgamma, 2, 0),
            (sp.j0, 0, 1), (sp.j1, 0, 0), (sp.i0, 0, 1), (sp.i1, 0, 0), (sp.sinc, 0, 1),
            (el.log2, 2, 1), (el.log10, 10, 1), (sin, pi, 0), (cos, pi, -1), (tan, pi, 0),
            (sin, half * pi, 1), (cos, half * pi, 0))],
        Rule("log of e",          log(ar.e()),               one,               REAL),
        # trigonometry
        Rule("Pythagoras",        sin(a)**2 + cos(a)**2,     one,               REAL),
        Rule("one minus sin²",    1 - sin(a)**2,             cos(a)**2,         REAL),
        Rule("one minus cos²",    1 - cos(a)**2,             sin(a)**2,         REAL),
        Rule("sin over cos",      sin(a) / cos(a),           tan(a),            REAL),
        Rule("tan times cos",     tan(a) * cos(a),           sin(a),            REAL),
        Rule("sin of asin",       sin(el.asin(a)),           a,                 REAL),
        Rule("cos of acos",       cos(el.acos(a)),           a,                 REAL),
        Rule("tan of atan",       tan(el.atan(a)),           a,                 REAL),
        Rule("cos of asin",       cos(el.asin(a)),           el.sqrt(1 - a**2), REAL),
        Rule("sin of acos",       sin(el.acos(a)),           el.sqrt(1 - a**2), REAL),
        # hyperbolics and their family
        Rule("cosh² - sinh²",     cosh(a)**2 - sinh(a)**2,   one,               REAL),
        Rule("one plus sinh²",    1 + sinh(a)**2,            cosh(a)**2,        REAL),
        Rule("cosh² minus one",   cosh(a)**2 - 1,            sinh(a)**2,        REAL),
        Rule("sinh over cosh",    sinh(a) / cosh(a),         tanh(a),           REAL),
        Rule("tanh times cosh",   tanh(a) * cosh(a),         sinh(a),           REAL),
        Rule("sinh of asinh",     sinh(el.asinh(a)),         a,                 REAL),
        Rule("asinh of sinh",     el.asinh(sinh(a)),         a,                 REAL),
        Rule("cosh of acosh",     cosh(el.acosh(a)),         a,                 REAL),
        Rule("tanh of atanh",     tanh(el.atanh(a)),         a,                 REAL),
        Rule("atanh of tanh",     el.atanh(tanh(a)),         a,                 REAL),
        Rule("slope of tanh",     4 * sigmoid(2 * a) * sigmoid(-2 * a), 1 - tanh(a)**2,              REAL),
        Rule("slope of sigmoid",  sigmoid(a) * sigmoid(-a),  sigmoid(a) * (1 - sigmoid(a)),          REAL),
        Rule("two sigmoids",      sigmoid(a) + sigmoid(-a),  one,               REAL),
        Rule("difference of squares", (1 - a) * (1 + a),     1 - a**2,          REAL),
        # special functions
        Rule("erf of erfinv",     sp.erf(sp.erfinv(a)),      a,                 REAL),
        Rule("erfinv of erf",     sp.erfinv(sp.erf(a)),      a,                 REAL),
        Rule("erf and erfc",      sp.erf(a) + sp.erfc(a),    one,               REAL),
        Rule("cube of cbrt",      el.cbrt(a)**3,             a,                 REAL),
        Rule("cbrt of cube",      el.cbrt(a**3),             a,                 REAL),
        # absolute values and signs
        Rule("abs of nonnegative", ar.abs(a),                a,                 REAL, above),
        Rule("abs of nonpositive", ar.abs(a),                -a,                REAL, below),
        Rule("abs of sign times", ar.abs(a) * ar.sign(a),    a,                 REAL),
        Rule("sign times itself", ar.sign(a) * a,            ar.abs(a),         REAL),
        Rule("abs over itself",   ar.abs(a) / a,             ar.sign(a),        REAL),
        Rule("itself over abs",   a / ar.abs(a),             ar.sign(a),        REAL),
        Rule("sign of positive",  ar.sign(a),                one,               REAL, positive),
        Rule("sign of sign",      ar.sign(ar.sign(a)),       ar.sign(a),        EXACT),
        Rule("relu of nonnegative", el.relu(a),            a,                 REAL, above),
        Rule("floor of integer",  ar.floor(a),               a,                 REAL, whole),
        Rule("ceil of integer",   ar.ceil(a),                a,                 REAL, whole),
        Rule("round of integer",  ar.round(a),               a,                 REAL, whole),
        Rule("trunc of integer",  ar.trunc(a),               a,                 REAL, whole),
        # choice
        Rule("maximum of equals", co.maximum(a, a),          a,                 EXACT),
        Rule("minimum of equals", co.minimum(a, a),          a,                 EXACT),
        Rule("where true",        where(yes, a, b),          a,                 EXACT),
        Rule("where false",       where(no, a, b),           b,                 EXACT),
        Rule("where of equals",   where(c, a, a),            a,                 EXACT),
        Rule("where not",         where(no_longer(c), a, b), where(c, b, a),    EXACT),
        Rule("where then where",  where(c, where(c, a, b), d), where(c, a, d),  EXACT),
        Rule("where else where",  where(c, a, where(c, b, d)), where(c, a, d),  EXACT),
        Rule("equal to zero",     co.eq(a, zero),            no,                REAL, nonzero),
        Rule("unequal to zero",   co.ne(a, zero),            yes,               REAL, nonzero),
        Rule("hypot with one",    el.hypot(a, one),          el.sqrt(a**2 + 1), REAL),
        Rule("hypot with zero",   el.hypot(a, zero),         ar.abs(a),         REAL),
        # logic
        Rule("not not",           no_longer(no_longer(p)),   p,                 EXACT, is_bool(p)),
        Rule("and itself",        both(p, p),                p,                 EXACT, is_bool(p)),
        Rule("or itself",         either(p, p),              p,                 EXACT, is_bool(p)),
        Rule("and true",          both(p, yes),              p,                 EXACT, is_bool(p)),
        Rule("and false",         both(p, no),               no,                EXACT),
        Rule("or true",           either(p, yes),            yes,               EXACT),
        Rule("or false",          either(p, no),             p,                 EXACT, is_bool(p)),
        Rule("and its opposite",  both(p, no_longer(p)),     no,                EXACT),
        Rule("or its opposite",   either(p, no_longer(p)),   yes,               EXACT),
        Rule("absorbed and",      both(p, either(p, q)),     p,                 EXACT, is_bool(p)),
        Rule("absorbed or",       either(p, both(p, q)),     p,                 EXACT, is_bool(p)),
        Rule("not true",          no_longer(yes),            no,                EXACT),
        Rule("not false",         no_longer(no),             yes,               EXACT),
        Rule("not equal",         no_longer(co.eq(a, b)),    co.ne(a, b),       EXACT),
        Rule("not unequal",       no_longer(co.ne(a, b)),    co.eq(a, b),       EXACT),
        Rule("less than itself",  co.lt(a, a),               no,                EXACT),
        Rule("more than itself",  co.gt(a, a),               no,                EXACT),
    ]  # fmt: skip


def measure(outputs: Sequence[Expr]) -> float:
    """What every rule makes smaller: the cost of the shared graph in reading form."""
    total = 0.0
    for node in postorder(outputs):
        if node.op is pow:
            total += 16.0 if number(node.args[1]) is None else 1.5
        elif node.op is ar.neg:
            total += 0.5
        elif node.args:
            many = node.op.arity is None and node.op.elementwise
            total += node.op.cost * (len(node.args) - 1 if many else 1)
    return total


def is_bool(wild: Expr) -> Condition:
    """The node bound to ``wild`` is a truth value, not a number that stands for one."""
    return lambda facts, found: found[wild].kind == "bool"


class RuleBook:
    """Rules by the operation at the head of their left side, in canonical form."""

    def __init__(self) -> None:
        self.plain: dict[Op, dict[Op | None, list[Rule]]] = {}
        self.sum_heads: dict[Op, list[_Group]] = {}
        self.product_heads: dict[Op, list[_Group]] = {}
        self.inspections: dict[Op, list[Rule]] = {}
        self.parity: dict[Op, int] = {}

    @staticmethod
    @cache
    def standard() -> RuleBook:
        """The book of all rules that ``simplify`` uses."""
        from .canonical import Canonical
        from .computed import inspections

        book = RuleBook()
        draft = Canonical(rules=RuleBook())
        for row in rows():
            book._enter(draft, row)
        for row in inspections():
            assert isinstance(row.left, Op)
            book.inspections.setdefault(row.left, []).append(row)
        for op in OPS.values():
            if op.arity == 1 and op.elementwise and not {"odd", "even"}.isdisjoint(op.facts):
                book.parity[op] = -1 if "odd" in op.facts else 1
        return book

    def _enter(self, draft: Canonical, row: Rule) -> None:
        assert isinstance(row.left, Expr)
        left = fill(draft, row.left, _Self())
        row = row._replace(left=left)
        coefficient, rest = draft.split(left)
        if left.op is ar.add:
            group = _group(row, 1, [draft.split(t) for t in left.args])
            self.sum_heads.setdefault(group.head, []).append(group)
        elif rest.op is ar.mul:
            items = [_weighted(f) for f in rest.args]
            group = _group(row, coefficient, items)
            self.product_heads.setdefault(group.head, []).append(group)
        else:
            inner = left.args[0]
            below = None if is_wildcard(inner) or len(left.args) > 1 else inner.op
            self.plain.setdefault(left.op, {}).setdefault(below, []).append(row)

    def rewrite(self, form: Canonical, node: Expr) -> Expr | None:
        """The canonical right side of the first rule that fits a node, or None."""
        op = node.op
        sign = self.parity.get(op)
        if sign is not None:
            flipped = _opposite(form, node.args[0])
            if flipped is not None:
                return form.times(sign, form.apply(op, (flipped,), node.params))
        for row in self.inspections.get(op, ()):
            found = row.right(form, node)  # type: ignore[operator]
            if found is not None:
                return found  # type: ignore[no-any-return]
        by_argument = self.plain.get(op)
        if by_argument is not None:
            for below in (node.args[0].op, None):
                for row in by_argument.get(below, ()):
                    bound: Bindings = {}
                    if match(form, row.left, node, bound) and _holds(form, row, bound):  # type: ignore[arg-type]
                        return fill(form, row.right, bound)  # type: ignore[arg-type]
        return None

    def rewrite_sum(self, form: Canonical, terms: dict[Expr, Number], total: Number) -> Number:
        """Apply rules to the terms of a sum in place; the new constant term."""
        for rest in list(terms):
            for group in self.sum_heads.get(_head(rest), ()):
                if rest not in terms:
                    break
                hit = self._match_sum(form, group, rest, terms, total)
                if hit is None:
                    continue
                scale, bound, constant = hit
                if constant:
                    total = 0
                new = form.times(scale, fill(form, group.row.right, bound))  # type: ignore[arg-type]
                for t in new.args if new.op is ar.add else (new,):
                    coefficient, r = form.split(t)
                    if r is form.one:
                        total = total + coefficient
                    else:
                        terms[r] = terms.get(r, 0) + coefficient
                        if not terms[r]:
                            del terms[r]
        return total

    def _match_sum(
        self, form: Canonical, group: _Group, rest: Expr, terms: dict[Expr, Number], total: Number
    ) -> tuple[Number, Bindings, bool] | None:
        bound: Bindings = {}
        if not match(form, group.first, rest, bound):
            return None
        scale = quotient(terms[rest], group.weight)
        if scale is None or not _holds(form, group.row, bound):
            return None
        used = [rest]
        constant = False
        for weight, pattern in group.others:
            wanted = scale * weight
            if pattern is form.one:
                if total != wanted or isinstance(total, float):
                    return None
                constant = True
                continue
            other = fill(form, pattern, bound)
            factor, other = form.split(other)
            if terms.get(other) != wanted * factor or other in used:
                return None
            used.append(other)
        for node in used:
            del terms[node]
        return scale, bound, constant

    def rewrite_product(
        self, form: Canonical, coefficient: Number, exponents: dict[Expr, Number]
    ) -> tuple[Number, list[Expr]]:
        """Apply rules to the factors of a product in place: the coefficient and new factors."""
        extra: list[Expr] = []
        for base in list(exponents):
            for group in self.product_heads.get(base.op, ()):
                if base not in exponents:
                    break
                hit = self._match_product(form, group, base, coefficient, exponents)
                if hit is not None:
                    scale, coefficient, bound = hit
                    new = fill(form, group.row.right, bound)  # type: ignore[arg-type]
                    extra.append(form.power(new, form.constant(scale)))
        return coefficient, extra

    def _match_product(
        self,
        form: Canonical,
        group: _Group,
        base: Expr,
        coefficient: Number,
        exponents: dict[Expr, Number],
    ) -> tuple[int, Number, Bindings] | None:
        bound: Bindings = {}
        if not match(form, group.first, base, bound):
            return None
        scale = quotient(exponents[base], group.weight)
        if not isinstance(scale, int) or (group.positive and scale < 1):
            return None
        if group.coefficient != 1:
            share = quotient(coefficient, group.coefficient)
            if not isinstance(share, int) or scale != 1:
                return None
            coefficient = share
        used = [base]
        for weight, pattern in group.others:
            other = fill(form, pattern, bound)
            if exponents.get(other) != scale * weight or other in used:
                return None
            used.append(other)
        if not _holds(form, group.row, bound):
            return None
        for node in used:
            del exponents[node]
        return scale, coefficient, bound


class _Group(NamedTuple):
    """A rule on a sum or product: one item to find first, the others follow from it."""

    row: Rule
    coefficient: Number
    head: Op
    weight: Number
    first: Expr
    others: list[tuple[Number, Expr]]
    positive: bool


class _Self(dict[Expr, Expr]):
    """Bindings of wildcards to themselves."""

    def __missing__(self, key: Expr) -> Expr:
        return key


def _group(row: Rule, coefficient: Number, items: list[tuple[Number, Expr]]) -> _Group:
    """The item that binds every wildcard comes first."""
    lead = next(i for i, (_, p) in enumerate(items) if p.args and not is_wildcard(p))
    (weight, first) = items[lead]
    others = [item for i, item in enumerate(items) if i != lead]
    return _Group(row, coefficient, _head(first), weight, first, others, weight > 0)


def _weighted(factor: Expr) -> tuple[Number, Expr]:
    """Exponent and base of a factor."""
    if factor.op is pow:
        exponent = number(factor.args[1])
        if exponent is not None:
            return exponent, factor.args[0]
    return 1, factor


def _head(node: Expr) -> Op:
    return node.args[0].op if node.op is pow else node.op


def _holds(form: Canonical, row: Rule, bound: Bindings) -> bool:
    return row.when is None or row.when(form.facts, bound)


def _opposite(form: Canonical, arg: Expr) -> Expr | None:
    """The negative of an argument that is written with a minus sign, else None."""
    if arg.op is ar.mul or arg.op is Const:
        coefficient, _ = form.split(arg)
        return form.times(-1, arg) if coefficient < 0 else None
    return None
