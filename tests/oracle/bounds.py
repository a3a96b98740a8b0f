"""Rounding errors of a graph in floats: adjoints times the error of each node, in many digits.

The bound is that of ``symdiff.testing.error_bound``, ``sum |adjoint_i| * (eps_i * |value_i| +
2**-1074)``, with partial derivatives from the formulas here in place of those of the rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import mul
from typing import Any, NamedTuple

from mpmath import mp

from symdiff.expr import Expr
from symdiff.leaves import Const, Var
from symdiff.walk import postorder

from .formulas import BINARY, UNARY, Number, Parts, UndecidedError, one, power_of_constant

DIGITS = 60
ULP, TINY = 2.0**-52, 2.0**-1074


class Measured(NamedTuple):
    """What a graph is worth in many digits, and how far from it floats may be."""

    value: Number
    bound: Number


UNKNOWN = Measured(mp.nan, mp.inf)


def measured(out: Expr, at: Mapping[str, Any], digits: int = DIGITS) -> Measured:
    """The value of a scalar graph and the bound; infinite where one of them is not known."""
    with mp.workdps(digits):
        try:
            return _swept(postorder([out]), at)
        except (UndecidedError, KeyError, OverflowError):
            return UNKNOWN


def _swept(order: Sequence[Expr], at: Mapping[str, Any]) -> Measured:
    values: dict[Expr, Number] = {}
    slopes: dict[Expr, Sequence[Number]] = {}
    for node in order:
        values[node], slopes[node] = _parts(node, [values[a] for a in node.args], at)
    own = {n: _eps(n) * _size(n, values, slopes[n]) + TINY if n.op is not Var else 0 for n in order}
    beyond = _beyond(order, values, slopes, own)
    bars = dict.fromkeys(order, mp.zero)
    bars[order[-1]] = mp.one
    total = mp.zero
    for node in reversed(order):
        bar = bars[node]
        if not bar:
            continue
        for a, slope in zip(node.args, slopes[node], strict=True):
            bars[a] += bar * slope
        total += abs(bar) * (own[node] + beyond.get(node, 0))
    found = values[order[-1]]
    return Measured(found, total) if mp.isfinite(found) and mp.isfinite(total) else UNKNOWN


def _beyond(
    order: Sequence[Expr],
    values: Mapping[Expr, Number],
    slopes: Mapping[Expr, Sequence[Number]],
    own: Mapping[Expr, Number],
) -> dict[Expr, Number]:
    """What errors of factors make beyond first order: all there is at a double zero."""
    errors: dict[Expr, Number] = {}
    found = {}
    for node in order:
        passed = [abs(s) * errors[a] if errors[a] else 0
                  for a, s in zip(node.args, slopes[node], strict=True)]  # fmt: skip
        errors[node] = own[node] + sum(passed)
        if node.op.name == "mul" and len(node.args) == 2:
            found[node] = errors[node.args[0]] * errors[node.args[1]]
        elif node.op.name in ("pow", "square"):
            size, error = abs(values[node.args[0]]), errors[node.args[0]]
            n = values[node.args[1]] if len(node.args) == 2 else 2
            if n > 1:
                found[node] = (size + error) ** n - size**n - n * size ** (n - 1) * error
        errors[node] += found.get(node, 0)
    return found


def _parts(
    node: Expr, args: Sequence[Number], at: Mapping[str, Any]
) -> tuple[Number, Sequence[Number]]:
    name = node.op.name
    if node.op is Var:
        return _exact(at[node.name]), ()
    if node.op is Const:
        return _exact(node.value), ()
    if not node.args:
        return +getattr(mp, name), ()
    if name in ("add", "mul") and len(args) != 2:
        return _many(name, args)
    if name in _CHOICES:
        return _CHOICES[name](*args)
    if name == "pow" and node.args[1].op is Const:
        return power_of_constant(*args)[:2]
    return (UNARY if len(args) == 1 else BINARY)[name](*args)[:2]


def _exact(v: Any) -> Number:
    return mp.mpf(v.numerator) / v.denominator if isinstance(v, int) or hasattr(
        v, "numerator") else mp.mpf(v)  # fmt: skip


def _many(name: str, args: Sequence[Number]) -> tuple[Number, Sequence[Number]]:
    if name == "add":
        return mp.fsum(args), [mp.one] * len(args)
    others = [reduce(mul, [*args[:i], *args[i + 1 :]], mp.one) for i in range(len(args))]
    return reduce(mul, args, mp.one), others


def _eps(node: Expr) -> float:
    if node.op is Const:  # what simplify multiplied once carries a rounding
        return 0.0 if isinstance(node.value, int) else ULP
    return node.op.accuracy[0] * ULP * max(1, len(node.args) - 1)


def _size(node: Expr, values: Mapping[Expr, Number], slopes: Sequence[Number]) -> Number:
    """What the accuracy of a row refers to."""
    if node.op.name == "add" and len(node.args) > 2:
        return mp.fsum([abs(values[a]) for a in node.args])
    size = abs(values[node])
    if "mixed" in node.op.facts:
        first = "order" in node.op.facts
        size += sum(
            abs(values[a] * s) for a, s in list(zip(node.args, slopes, strict=True))[first:]
        )
    return size


def _side(a: Number, b: Number) -> int:
    if mp.isnan(a) or mp.isnan(b):
        raise UndecidedError
    return int(mp.sign(a - b))


def _extremum(sign: int) -> Any:
    def choose(a: Number, b: Number) -> tuple[Number, Sequence[Number]]:
        side = _side(a, b) * sign
        share = (1 + mp.mpf(side)) / 2
        return (a if side >= 0 else b), (share, 1 - share)

    return choose


def _clip(x: Number, low: Number, high: Number) -> tuple[Number, Sequence[Number]]:
    below, above = _side(x, low) < 0, _side(x, high) > 0
    return low if below else high if above else x, (not below and not above, below, above)


def _truth(decide: Any) -> Any:
    return lambda *args: (mp.mpf(bool(decide(*args))), (0,) * len(args))


def _jump(f: Any) -> Any:
    return lambda x: (f(x), (0,))


def _scaled(factor: Any) -> Any:
    def parts(x: Number) -> Parts:
        return one(x * factor(_side(x, 0)), factor(_side(x, 0)))

    return lambda x: parts(x)[:2]


_CHOICES: dict[str, Any] = {
    "where": lambda c, a, b: (a if c else b, (0, int(bool(c)), int(not c))),
    "maximum": _extremum(1), "minimum": _extremum(-1), "clip": _clip,
    "abs": _scaled(lambda side: side), "relu": _scaled(lambda side: int(side > 0)),
    "heaviside": lambda x, h: (h if not x else mp.mpf(x > 0), (0, int(not x))),
    "sign": _jump(mp.sign), "floor": _jump(mp.floor), "ceil": _jump(mp.ceil),
    "round": _jump(mp.nint), "trunc": _jump(lambda x: mp.floor(x) if x > 0 else mp.ceil(x)),
    "unit_scale": _jump(lambda x: mp.mpf(2) ** (1 - mp.frexp(x)[1]) if x else mp.mpf(2)),
    "mod": lambda x, y: (x - y * mp.floor(x / y), (1, -mp.floor(x / y))),
    "lt": _truth(lambda a, b: _side(a, b) < 0), "le": _truth(lambda a, b: _side(a, b) <= 0),
    "gt": _truth(lambda a, b: _side(a, b) > 0), "ge": _truth(lambda a, b: _side(a, b) >= 0),
    "eq": _truth(lambda a, b: _side(a, b) == 0), "ne": _truth(lambda a, b: _side(a, b) != 0),
    "logical_and": _truth(lambda a, b: a and b), "logical_or": _truth(lambda a, b: a or b),
    "logical_not": _truth(lambda a: not a),
}  # fmt: skip
