"""The truth: value, gradient and Hessian of a text at a point, by forward differentiation.

The text is read by Python's own parser and evaluated in jets of second order over mpmath, at 60
digits and again at more until two precisions agree.  The package is not asked for anything.

>>> float(value("x**2*y + abs(y)", {"x": 3, "y": -4}))
-32.0
>>> found = jet("x**2*y + abs(y)", {"x": 3, "y": -4}, ["x", "y"])
>>> [float(v) for v in found.gradient], [[float(v) for v in row] for row in found.hessian]
([-24.0, 8.0], [[-8.0, 6.0], [6.0, 0.0]])
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from math import inf
from typing import Any, NamedTuple

from mpmath import mp

from .formulas import BINARY, UNARY, Number, Parts, UndecidedError, power_of_constant

DIGITS = (60, 120, 240, 480)
SAME = 25  # digits in which two precisions must agree
EPS = 2.0**-52
WAVES = {"sinc", "j0", "j1", "jn", "spherical_jn"}  # next to a zero floats make no exact one
MARGIN = 64  # multiples of the rounding error within which floats may decide otherwise


class Jet(NamedTuple):
    """A number with its derivatives; nan where they do not exist or floats cannot decide."""

    value: Number
    gradient: tuple[Number, ...]
    hessian: tuple[tuple[Number, ...], ...]

    def entries(self) -> list[Number]:
        """Value, gradient, and the Hessian row by row."""
        return [self.value, *self.gradient, *[v for row in self.hessian for v in row]]


def value(text: str, at: Mapping[str, Any]) -> Number:
    """The value of a text at a point, an mpf; nan where undefined or not to be decided."""
    return jet(text, at, ()).value


def jet(text: str, at: Mapping[str, Any], by: Sequence[str] | None = None) -> Jet:
    """Value, gradient and Hessian of a text at a point.

    ``at`` gives an int, float or Fraction for each name; ``by`` are the names to differentiate
    by, all of ``at`` if left out.
    """
    names = tuple(at) if by is None else tuple(by)
    tree = _parsed(text)
    last: list[Number] | None = None
    for digits in DIGITS:
        with mp.workdps(digits):
            found = _entries(tree, at, names)
            if last is not None and all(map(_agree, last, found)):
                break
        last = found
    with mp.workdps(DIGITS[-1]):
        return _jet([_settled(*pair) for pair in zip(last or found, found, strict=True)], names)


def _entries(tree: ast.expr, at: Mapping[str, Any], names: tuple[str, ...]) -> list[Number]:
    try:
        found = _Reading(at, names).number(tree)
    except UndecidedError:
        return [mp.nan] * (1 + len(names) + len(names) ** 2)
    slopes = [mp.mpf(s) for s in found.slopes]
    return [found.value, *slopes, *[mp.mpf(c) for row in found.curves for c in row]]


def _jet(flat: list[Number], names: tuple[str, ...]) -> Jet:
    n = len(names)
    rows = [tuple(flat[1 + n + i * n : 1 + n + i * n + n]) for i in range(n)]
    return Jet(flat[0], tuple(flat[1 : 1 + n]), tuple(rows))


def _agree(a: Number, b: Number) -> bool:
    """Whether digits are real, or nothing but digits lost is left."""
    if mp.isfinite(a) and mp.isfinite(b):
        size = max(abs(a), abs(b))
        return bool(abs(a - b) <= size * mp.mpf(10) ** -SAME or _is_noise(a, b))
    return bool(mp.isnan(a) and mp.isnan(b)) or a == b


def _is_noise(a: Number, b: Number) -> bool:
    """Whether the number goes away with more digits."""
    return bool(abs(a) < mp.mpf(10) ** -30 and abs(b) < abs(a) * mp.mpf(10) ** -30)


def _settled(a: Number, b: Number) -> Number:
    if not _agree(a, b):
        return mp.nan
    return mp.zero if mp.isfinite(a) and _is_noise(a, b) else b


@lru_cache(maxsize=4096)
def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


class _Dual(NamedTuple):
    """A number inside: derivatives are the int 0 where a variable does not occur.

    ``noise`` is a bound on the rounding error that floats would make up to here.
    """

    value: Number
    slopes: list[Number]
    curves: list[list[Number]]
    noise: float


class _Reading:
    """One evaluation at the precision that is set."""

    def __init__(self, at: Mapping[str, Any], names: tuple[str, ...]) -> None:
        self.at, self.names, self.known = at, names, {}

    def number(self, node: ast.expr) -> _Dual:
        """The number that a text stands for; truth values count as 0 and 1."""
        key = ast.dump(node)
        if key not in self.known:
            self.known[key] = self._number(node)
        return self.known[key]

    def _number(self, node: ast.expr) -> _Dual:
        match node:
            case ast.Constant(value=bool()) | ast.Compare():
                return self.constant(mp.mpf(self.truth(node)))
            case ast.Constant(value=(int() | float()) as v):
                return self.constant(mp.mpf(v))
            case ast.Name(id=name):
                return self.leaf(name)
            case ast.UnaryOp(op=ast.USub(), operand=a):
                return self.apply(UNARY["neg"], self.number(a))
            case ast.UnaryOp(op=ast.UAdd(), operand=a):
                return self.number(a)
            case ast.BinOp(op=ast.BitAnd() | ast.BitOr()) | ast.UnaryOp(op=ast.Invert()):
                return self.constant(mp.mpf(self.truth(node)))
            case ast.BinOp(left=a, op=op, right=b):
                return self.call(_OPERATORS[type(op)], [a, b])
            case ast.Call(func=ast.Name(id=name), args=args):
                return self.call(name, args)
        raise ValueError(f"not in the language of the oracle: {ast.unparse(node)}")

    def constant(self, v: Number) -> _Dual:
        n = len(self.names)
        return _Dual(v, [0] * n, [[0] * n for _ in range(n)], 0.0)

    def leaf(self, name: str) -> _Dual:
        if name in ("pi", "e") and name not in self.at:
            found = self.constant(+mp.pi if name == "pi" else +mp.e)
            return found._replace(noise=EPS * 4)
        v = self.at[name]
        exact = mp.mpf(v.numerator) / v.denominator if isinstance(v, Fraction) else mp.mpf(v)
        slopes = [mp.one if name == other else 0 for other in self.names]
        return self.constant(exact)._replace(slopes=slopes)

    def call(self, name: str, args: Sequence[ast.expr]) -> _Dual:
        if name == "where":
            return self.number(args[1] if self.truth(args[0]) else args[2])
        numbers = [self.number(a) for a in args]
        if any(not mp.isfinite(x.value) for x in numbers):
            raise UndecidedError
        if name in CHOICES:
            return CHOICES[name](self, *numbers)
        if name == "div" and 0 < abs(numbers[1].value) <= numbers[1].noise < inf:
            raise UndecidedError  # in floats it may be 0 and the quotient nothing
        if name == "pow" and all(type(s) is int for s in numbers[1].slopes):
            return self.apply(power_of_constant, *numbers)
        found = self.apply((UNARY if len(numbers) == 1 else BINARY)[name], *numbers)
        return found._replace(noise=max(found.noise, EPS)) if name in WAVES else found

    def apply(self, function: Callable[..., Parts], *args: _Dual) -> _Dual:
        """The chain rule of second order."""
        v, first, second = function(*[a.value for a in args])
        n = range(len(self.names))
        slopes = [_total((f, a.slopes[i]) for f, a in zip(first, args, strict=True)) for i in n]
        curves: list[list[Number]] = [[0] * len(n) for _ in n]
        for i in n:
            for j in range(i + 1):
                straight = [(f, a.curves[i][j]) for f, a in zip(first, args, strict=True)]
                bent = [
                    (second[k][m], a.slopes[i], b.slopes[j])
                    for k, a in enumerate(args)
                    for m, b in enumerate(args)
                ]
                curves[i][j] = curves[j][i] = _total([*straight, *bent])
        exact = not any(a.noise for a in args) and mp.mpf(float(v)) == v
        noise = 0.0 if exact else EPS * abs(float(v))
        for f, a in zip(first, args, strict=True):
            noise += abs(float(f)) * a.noise if a.noise else 0.0
        return _Dual(v, slopes, curves, noise)

    # -- decisions -------------------------------------------------------------------------------

    def truth(self, node: ast.expr) -> bool:
        """A condition; raises where floats may decide otherwise."""
        match node:
            case ast.Constant(value=v):
                return bool(v)
            case ast.Compare(left=a, ops=[op], comparators=[b]):
                return _COMPARISONS[type(op)](self.side(self.number(a), self.number(b)))
            case ast.BinOp(left=a, op=ast.BitAnd(), right=b):
                return self.truth(a) & self.truth(b)
            case ast.BinOp(left=a, op=ast.BitOr(), right=b):
                return self.truth(a) | self.truth(b)
            case ast.UnaryOp(op=ast.Invert(), operand=a):
                return not self.truth(a)
            case ast.Call(func=ast.Name(id=name), args=[a, b]) if name in _NAMED:
                return _COMPARISONS[_NAMED[name]](self.side(self.number(a), self.number(b)))
        return self.side(self.number(node), self.constant(mp.zero)) != 0

    def side(self, a: _Dual, b: _Dual) -> int:
        """The sign of the difference; a tie counts only where floats make it too."""
        gap, size = abs(a.value - b.value), max(abs(a.value), abs(b.value))
        noise = a.noise + b.noise
        if gap == noise == 0:
            return 0
        if not (gap > MARGIN * noise and gap > 1e-9 * size and mp.isfinite(gap)):
            raise UndecidedError
        return 1 if a.value > b.value else -1

    def choose(self, a: _Dual, b: _Dual, sign: int) -> _Dual:
        """The larger one for sign 1, the smaller one for -1; at a tie the mean of both."""
        side = self.side(a, b) * sign
        if side:
            return a if side > 0 else b
        half = mp.mpf(1) / 2
        mean = lambda x, y: (x, (half, half), ((0, 0), (0, 0)))
        return self.apply(mean, a, b)

    def clip(self, x: _Dual, low: _Dual, high: _Dual) -> _Dual:
        if self.side(x, low) < 0:
            return low
        return high if self.side(x, high) > 0 else x

    def scaled(self, x: _Dual, below: int, at: int, above: int) -> _Dual:
        """``x`` times a number that depends on its sign."""
        factor = (at, above, below)[self.side(x, self.constant(mp.zero))]
        return self.apply(lambda v: (v * factor, (mp.mpf(factor),), ((0,),)), x)

    def step(self, x: _Dual, *values: Number) -> _Dual:
        """A constant that depends on the sign of x."""
        return self.constant(mp.mpf(values[self.side(x, self.constant(mp.zero)) + 1]))

    def heaviside(self, x: _Dual, h: _Dual) -> _Dual:
        side = self.side(x, self.constant(mp.zero))
        return h if side == 0 else self.constant(mp.mpf(side > 0))

    def whole(self, x: _Dual, rounded: Callable[[Number], Number], shift: Any = 0) -> _Dual:
        """A whole number next to x, away from the jumps."""
        nearest = mp.nint(x.value - shift) + shift
        self.side(x, self.constant(nearest))
        return self.constant(rounded(x.value))

    def mod(self, x: _Dual, y: _Dual) -> _Dual:
        quotient = self.apply(BINARY["div"], x, y)
        count = self.whole(quotient, mp.floor)
        return self.apply(BINARY["sub"], x, self.apply(BINARY["mul"], count, y))


def _total(products: Any) -> Number:
    """The sum of products of two or three numbers, of which the int 0 makes nothing of the rest."""
    total: Number = 0
    for product in products:
        if not any(type(x) is int for x in product):
            a, b, *rest = product
            total = total + (a * b * rest[0] if rest else a * b)
    return total


_OPERATORS = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.Pow: "pow",
    ast.Mod: "mod",
}  # fmt: skip
_COMPARISONS: dict[type, Callable[[int], bool]] = {
    ast.Lt: lambda side: side < 0, ast.LtE: lambda side: side <= 0,
    ast.Gt: lambda side: side > 0, ast.GtE: lambda side: side >= 0,
    ast.Eq: lambda side: side == 0, ast.NotEq: lambda side: side != 0,
}  # fmt: skip
_NAMED = {"lt": ast.Lt, "le": ast.LtE, "gt": ast.Gt, "ge": ast.GtE, "eq": ast.Eq, "ne": ast.NotEq}
CHOICES: dict[str, Callable[..., _Dual]] = {
    "maximum": lambda r, a, b: r.choose(a, b, 1),
    "minimum": lambda r, a, b: r.choose(a, b, -1),
    "clip": _Reading.clip,
    "abs": lambda r, x: r.scaled(x, -1, 0, 1),
    "relu": lambda r, x: r.scaled(x, 0, 0, 1),
    "sign": lambda r, x: r.step(x, -1, 0, 1),
    "heaviside": _Reading.heaviside,
    "floor": lambda r, x: r.whole(x, mp.floor),
    "ceil": lambda r, x: r.whole(x, mp.ceil),
    "trunc": lambda r, x: r.whole(x, lambda v: mp.floor(v) if v > 0 else mp.ceil(v)),
    "round": lambda r, x: r.whole(x, mp.nint, mp.mpf(1) / 2),
    "mod": _Reading.mod,
    **{name: lambda r, a, b, n=name: r.constant(mp.mpf(_COMPARISONS[_NAMED[n]](r.side(a, b))))
       for name in _NAMED},
}  # fmt: skip
