"""Comparisons, logic and choice: where, maximum, minimum, clip."""

from __future__ import annotations

from typing import Any

from ..domain import Interval
from ..expr import Expr, Op
from ..leaves import Const, const
from ..rule import Custom, NonDiff
from .row import binary, boolean, choice, join, row

STEP = NonDiff("it is constant almost everywhere")
_LIMITS = (Interval(-40.0, 40.0), Interval(-10.0, -1.0), Interval(1.0, 10.0))


def _comparison(name: str, infix: str, latex: str, **fields: Any) -> Op:
    return row(name, arity=2, rule=STEP, kind=boolean, precedence=30, infix=infix, latex=latex,
               accuracy=(0.0, 0.0), **fields)


def _extremum(beyond: Op) -> Custom:
    """The rule of a choice of the argument that is ``beyond`` the other."""

    def tangent(node: Expr, dots: list[Expr | None]) -> Expr:
        x, y = node.args
        x_dot, y_dot = dots
        if x_dot is not None and y_dot is not None:
            return where(tie(x, y), (x_dot + y_dot) / 2, where(beyond(x, y), x_dot, y_dot))
        i = int(x_dot is None)
        dot = dots[i]
        assert dot is not None
        g, taken = cotangent(dot, node, i)
        return _only_where(taken, g)

    def cotangent(g: Expr, node: Expr, i: int) -> tuple[Expr, Expr]:
        x, y = node.args[:: -1 if i else 1]
        return where(tie(*node.args), g / 2, g), beyond(x, y) | tie(x, y)

    return Custom(tangent, cotangent)


def _where_tangent(node: Expr, dots: list[Expr | None]) -> Expr | None:
    condition = node.args[0]
    _, a_dot, b_dot = dots
    if a_dot is None:
        return None if b_dot is None else _only_where(~condition, b_dot)
    return _only_where(condition, a_dot) if b_dot is None else where(condition, a_dot, b_dot)


def _only_where(condition: Expr, dot: Expr) -> Expr:
    """``where(condition, dot, 0)``, one choice for all levels."""
    if dot.op is where and dot.args[2] is const(0):
        return where(condition & dot.args[0], dot.args[1], 0)
    return where(condition, dot, 0)


def _where_cotangent(g: Expr, node: Expr, i: int) -> tuple[Expr | None, Expr | None]:
    condition = node.args[0]
    return (None, None) if i == 0 else (g, condition if i == 1 else ~condition)


def _clip_tangent(node: Expr, dots: list[Expr | None]) -> Expr:
    _, low_dot, high_dot = [const(0) if d is None else d for d in dots]
    x_dot = const(0) if dots[0] is None else dots[0]
    return where(_clip_guard(node, 2), high_dot, where(_clip_guard(node, 1), low_dot, x_dot))


def _clip_guard(node: Expr, i: int) -> Expr:
    """Where the value is argument i; ``high`` also where the ends are crossed, as in NumPy."""
    x, low, high = node.args
    if i == 0:
        return (x >= low) & (x <= high)
    ordered = low.op is high.op is Const and not low.shape and not high.shape
    if ordered and low.value <= high.value:
        return x > high if i == 2 else x < low
    return (x > high) | (low > high) if i == 2 else (x < low) & (low <= high)


lt: Op = _comparison("lt", "<", "{0} < {1}", numpy="np.less",
    native=("basic.lt", 0.0), python="{0} < {1}",
    mpmath=lambda mp, a, b: a < b)
le: Op = _comparison("le", "<=", r"{0} \le {1}", numpy="np.less_equal",
    native=("basic.le", 0.0), python="{0} <= {1}",
    mpmath=lambda mp, a, b: a <= b, pretty="≤")
gt: Op = _comparison("gt", ">", "{0} > {1}", numpy="np.greater",
    native=("basic.gt", 0.0), python="{0} > {1}",
    mpmath=lambda mp, a, b: a > b)
ge: Op = _comparison("ge", ">=", r"{0} \ge {1}", numpy="np.greater_equal",
    native=("basic.ge", 0.0), python="{0} >= {1}",
    mpmath=lambda mp, a, b: a >= b, pretty="≥")
eq: Op = _comparison("eq", "", "{0} = {1}", numpy="np.equal",
    native=("basic.eq", 0.0), python="{0} == {1}",
    mpmath=lambda mp, a, b: a == b, facts="commutative", pretty="=")
ne: Op = _comparison("ne", "", r"{0} \ne {1}", numpy="np.not_equal",
    native=("basic.ne", 0.0), python="{0} != {1}",
    mpmath=lambda mp, a, b: a != b, facts="commutative", pretty="≠")
tie: Op = row("tie", arity=2, rule=STEP, kind=boolean, numpy="np.equal",
    native=("basic.eq", 0.0), python="{0} == {1}",
    mpmath=lambda mp, a, b: a == b, facts="commutative", accuracy=(0.0, 0.0),
    reading=lambda x, y: const(False),
    source="x == y where a derivative has a value by convention; formulas leave that out")
logical_and: Op = row("logical_and", arity=2, rule=STEP, kind=boolean, numpy="np.logical_and",
    native=("basic.both", 0.0),
    python="bool({0} and {1})", mpmath=lambda mp, a, b: bool(a) and bool(b),
    facts="commutative", infix="&", precedence=50, latex=r"{0} \land {1}",
    pretty="∧", accuracy=(0.0, 0.0))
logical_or: Op = row("logical_or", arity=2, rule=STEP, kind=boolean, numpy="np.logical_or",
    native=("basic.either", 0.0),
    python="bool({0} or {1})", mpmath=lambda mp, a, b: bool(a) or bool(b),
    facts="commutative", infix="|", precedence=40, latex=r"{0} \lor {1}",
    pretty="∨", accuracy=(0.0, 0.0))
logical_not: Op = row("logical_not", rule=STEP, kind=boolean, numpy="np.logical_not",
    native=("basic.negation", 0.0),
    python="(not {0})", mpmath=lambda mp, a: not a, infix="~", precedence=80, latex=r"\lnot {0}",
    pretty="¬", accuracy=(0.0, 0.0))

where: Op = row("where", arity=3, rule=Custom(_where_tangent, _where_cotangent), numpy="np.where",
    native=("vectors.select", 0.0),
    python="({1} if {0} else {2})", kind=choice,
    mpmath=lambda mp, condition, x, y: x if condition else y,
    latex=r"\begin{{cases}} {1} & \text{{if }} {0} \\ {2} & \text{{otherwise}} "
          r"\end{{cases}}", cost=2, accuracy=(0.0, 0.0))
maximum: Op = row("maximum", arity=2, numpy="np.maximum",
    native=("basic.maximum", 0.0), mpmath=lambda mp, a, b: max(a, b),
    kind=join, rule=_extremum(gt),
    facts="commutative", latex=r"\max", accuracy=(0.0, 0.0),
    kinks=(((1.0, 1.0), (0.5, 0.5)),),
    source="ties share equally")
minimum: Op = row("minimum", arity=2, numpy="np.minimum",
    native=("basic.minimum", 0.0), mpmath=lambda mp, a, b: min(a, b),
    kind=join, rule=_extremum(lt),
    facts="commutative", latex=r"\min", accuracy=(0.0, 0.0),
    kinks=(((1.0, 1.0), (0.5, 0.5)),),
    source="ties share equally")
heaviside: Op = binary("heaviside", lambda x, h, out: const(0),
    lambda x, h, out: where(eq(x, 0), 1, 0), numpy="np.heaviside",
    mpmath=lambda mp, x, h: mp.mpf(1) if x > 0 else mp.mpf(0) if x < 0 else h, cost=2,
    test=(Interval(-40.0, 40.0), Interval(-2.0, 2.0)), kinks=(((0.0, 0.5), (0.0, 1.0)),),
    latex=r"\operatorname{{heaviside}}", accuracy=(0.0, 0.0),
    source="0 for x < 0, h at x = 0, 1 for x > 0; slope 0 at 0")
clip: Op = row("clip", arity=3, numpy="np.clip", native=("basic.clip", 0.0),
    mpmath=lambda mp, x, low, high: min(max(x, low), high),
    rule=Custom(_clip_tangent, lambda g, node, i: (g, _clip_guard(node, i))), kind=join,
    test=_LIMITS, kinks=(((-5.0, -5.0, 5.0), (1.0, 0.0, 0.0)), ((5.0, -5.0, 5.0), (1.0, 0.0, 0.0))),
    cost=2, latex=r"\operatorname{{clip}}", accuracy=(0.0, 0.0),
    source="min(max(x, low), high) with low <= high")
