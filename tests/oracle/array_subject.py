"""An array tree as the package's expression, and its truth in many digits."""

from __future__ import annotations

import math
import operator
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
from mpmath import mp, mpf

import symdiff as sd
from symdiff.testing import error_bound

from .array_truth import DIGITS, EXACT, LOST, derivatives, exactly
from .arrays import is_moderate
from .trees import Call, children, interpret, leaves, nodes

__all__ = ["EPS", "Subject"]

EPS = 2.0**-52
OPERATORS = {"add": operator.add, "subtract": operator.sub, "multiply": operator.mul,
             "divide": operator.truediv, "matmul": operator.matmul, "power": operator.pow,
             "less": operator.lt, "index": operator.getitem}  # fmt: skip
FAR = 15.0
MATRICES = ("inv", "solve", "det", "logdet", "matrix_power", "cholesky")
Rounding = Mapping[Call, tuple[Any, Any]]  # a factor and a term for the value of a node


class _Functions(Mapping[str, Callable[..., Any]]):
    """The package's functions by name, and operators as a user writes them."""

    def __getitem__(self, name: str) -> Callable[..., Any]:
        return OPERATORS.get(name) or getattr(sd, name)

    def __iter__(self) -> Iterator[str]:
        return iter(EXACT)

    def __len__(self) -> int:
        return len(EXACT)


class Subject:
    """A tree, its variables and point, and a direction for the Hessian."""

    def __init__(self, tree: Call) -> None:
        self.tree = tree
        self.point = {name: node.sample.astype(float) for name, node in leaves(tree).items()}
        self.inputs = [sd.Var(name, value.shape) for name, value in self.point.items()]
        self.count = sum(value.size for value in self.point.values())
        self.direction = [math.cos(3.0 * i + 1) for i in range(self.count)]

    @cached_property
    def out(self) -> sd.Expr:
        """The expression."""
        values = dict(zip(self.point, self.inputs, strict=True))
        return interpret(self.tree, _Functions(), values)  # type: ignore[no-any-return]

    @cached_property
    def raw(self) -> list[Any]:
        """The value, the gradient and the Hessian as they are derived."""
        return [self.out, sd.grad(self.out, self.inputs, simplify=False),
                sd.hessian(self.out, self.inputs, blocks=True, simplify=False)]  # fmt: skip

    @cached_property
    def simplified(self) -> list[Any]:
        """The same as users get them."""
        return [sd.simplify(self.out), sd.grad(self.out, self.inputs),
                sd.hessian(self.out, self.inputs, blocks=True)]  # fmt: skip

    @cached_property
    def together(self) -> Callable[..., Any]:
        """One function of all of them."""
        return sd.compile(self.simplified, self.inputs)

    def parts(self, flat: Sequence[Any]) -> list[Any]:
        """A flat list as arrays of the variables' shapes."""
        found, start = [], 0
        for value in self.point.values():
            cut = np.array(flat[start : start + value.size], dtype=object)
            found.append(cut.reshape(value.shape))
            start += value.size
        return found

    @cached_property
    def truth(self) -> list[mpf]:
        """The value, the gradient, and the Hessian times the direction."""
        return self._derivatives(None)

    @cached_property
    def noise(self) -> list[mpf]:
        """How far the truth moves where every number on the way is off by one rounding."""
        moved = [self._derivatives(_rounding(self.tree, random.Random(seed))) for seed in range(3)]
        return [max(abs(m - e) for m in each) for e, *each in zip(self.truth, *moved, strict=True)]

    @cached_property
    def is_far(self) -> bool:
        """Whether numbers inside have no moderate size, or an exponential of an input had none."""
        inputs = any(np.max(np.abs(value)) > FAR for value in self.point.values())
        return inputs or not all(map(is_moderate, nodes(self.tree)))

    @cached_property
    def is_at_kink(self) -> bool:
        """Whether a function inside has no derivative at its argument: conventions hold there."""
        return any(_ties(node) for node in nodes(self.tree))

    @cached_property
    def is_singular(self) -> bool:
        """Whether a function inside has an infinite slope, which times 0 is not a number."""
        return any(_is_root_of_zero(node) for node in nodes(self.tree))

    @cached_property
    def again(self) -> list[mpf]:
        """The truth with more digits."""
        return self._derivatives(None, 2 * DIGITS)

    def is_confirmed(self, i: int) -> bool:
        """Whether more digits give the same truth."""
        return bool(abs(self.again[i] - self.truth[i]) <= EPS**2 * abs(self.truth[i]) + LOST)

    def bound(self, i: int) -> float:
        """A bound on the rounding error of an entry, by the adjoints of graphs for it."""
        point = dict(zip(self.inputs, self.point.values(), strict=True))
        ways = self._slopes if i <= self.count else self._products
        at = i if i <= self.count else i - self.count - 1
        return max(float(error_bound(way[at], point)) for way in ways)

    @cached_property
    def _slopes(self) -> list[list[sd.Expr]]:
        """The value and the gradient, as they are derived, simplified, and from the simplified."""
        value = self.simplified[0]
        ways = [self.raw[1], self.simplified[1], sd.grad(value, self.inputs)]
        return [[self.out, *_scalars(way)] for way in ways]

    @cached_property
    def _products(self) -> list[list[sd.Expr]]:
        """The Hessian times the direction, from one sweep and from the whole Hessian in each mode:
        one adds up what others multiply out first.
        """
        tangents = [sd.asarray(part.astype(float)) for part in self.parts(self.direction)]
        ways = [sd.hvp(self.out, self.inputs, tangents, simplify=False)]
        sweeps = product(("forward", "reverse"), repeat=2)
        for modes, simplify in product(sweeps, (False, True)):
            blocks = sd.hessian(self.out, self.inputs, modes=modes, blocks=True, simplify=simplify)
            ways.append(
                [
                    sum(_along(block, part) for block, part in zip(row, tangents, strict=True))
                    for row in blocks
                ]
            )
        return [_scalars(way) for way in ways]

    def _derivatives(self, rounding: Rounding | None, digits: int = DIGITS) -> list[mpf]:
        def function(flat: list[mpf]) -> mpf:
            values = dict(zip(self.point, self.parts(flat), strict=True))
            return np.asarray(interpret(self.tree, EXACT, values, rounding)).item()

        at = [v for value in self.point.values() for v in exactly(value).ravel().tolist()]
        value, slopes, curvatures = derivatives(
            function, at, [mpf(v) for v in self.direction], digits
        )
        return [value, *slopes, *curvatures]


def _along(block: sd.Expr, tangent: sd.Expr) -> sd.Expr:
    """A block of the Hessian times its part of the direction."""
    return sd.tensordot(block, tangent, axes=tangent.ndim) if tangent.ndim else block * tangent


def _scalars(parts: Sequence[sd.Expr]) -> list[sd.Expr]:
    return [part[at] if at else part for part in parts for at in np.ndindex(part.shape)]


def _rounding(tree: Call, draw: random.Random) -> Rounding:
    """What rounding does to every node: a relative error of each element.

    What goes into and comes out of a matrix's factorisation has errors as large as those of the
    largest element too.
    """
    rounded = [n for n in nodes(tree) if n.name not in ("array", "eye", "less")]
    whole = {m for n in rounded if n.name in MATRICES for m in (n, *children(n))}
    with mp.workdps(DIGITS):
        return {
            n: (1 + _errors(draw, n.shape), _errors(draw, n.shape) * _largest(n) * (n in whole))
            for n in rounded
        }


def _ties(node: Call) -> bool:
    values = [getattr(a, "sample", a) for a in node.args]
    if node.name in ("abs", "relu"):
        return bool(np.any(np.equal(values[0], 0)))
    if node.name in ("maximum", "minimum", "less"):
        return bool(np.any(np.equal(*values)))
    if node.name == "clip":
        x, *ends = values
        return any(bool(np.any(np.equal(x, end))) for end in ends)
    if node.name in ("norm", "hypot") and not any(np.any(v) for v in values):
        return True
    if node.name == "norm" and node.keywords.get("ord") in (1, np.inf):
        sizes = np.abs(np.ravel(values[0])).tolist()
        return 0 in sizes or len({*sizes}) < len(sizes)
    if node.name in ("max", "min", "sort"):
        return len(set(np.ravel(values[0]).tolist())) < np.size(values[0])
    return False


def _is_root_of_zero(node: Call) -> bool:
    values = [getattr(a, "sample", a) for a in node.args]
    if node.name == "power":
        return bool(np.any(np.equal(values[0], 0) & np.not_equal(np.mod(values[1], 1), 0)))
    return node.name == "sqrt" and bool(np.any(np.equal(values[0], 0)))


def _errors(draw: random.Random, shape: Sequence[int]) -> Any:
    count = math.prod(shape)
    return np.reshape([mpf(EPS * draw.uniform(-1, 1)) for _ in range(count)], shape)


def _largest(node: Call) -> mpf:
    return max(map(abs, np.ravel(node.sample).tolist()))
