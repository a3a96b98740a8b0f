"""What the package makes of an array tree along every path, judged by the tree's own truth.

``examine`` compares; ``shrunk`` looks for the smallest tree that still fails along one path.
"""

from __future__ import annotations

import math
import operator
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from mpmath import mp, mpf

import symdiff as sd
from symdiff.testing import error_bound

from .array_truth import DIGITS, EXACT, LOST, derivatives, exactly
from .trees import Call, children, interpret, leaf, leaves, nodes, replaced, written

__all__ = ["PATHS", "Failure", "Report", "Subject", "examine", "shrunk"]

EPS = 2.0**-52
PLAIN = 128  # roundings that need no explanation
SLACK = 64  # multiples of what one rounding in every node does
WORST = 1e-6  # the relative error up to which a point counts as well conditioned
OPERATORS = {"add": operator.add, "subtract": operator.sub, "multiply": operator.mul,
             "divide": operator.truediv, "matmul": operator.matmul, "power": operator.pow,
             "less": operator.lt, "index": operator.getitem}  # fmt: skip
MATRICES = ("inv", "solve", "det", "logdet")
Rounding = Mapping[Call, tuple[Any, Any]]  # a factor and a term for the value of a node


class Failure(NamedTuple):
    """One number that is wrong: the value, an entry of the gradient, or of the Hessian's product.

    An exception has the entry -1.
    """

    path: str
    entry: int
    truth: float
    got: Any

    def __str__(self) -> str:
        return f"{self.path}: entry {self.entry}, truth {self.truth!r}, got {self.got!r}"


class Report(NamedTuple):
    """The failures of a tree, and how many numbers were compared and left out."""

    failures: list[Failure]
    checked: int
    skipped: int


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
    def is_at_kink(self) -> bool:
        """Whether a function inside has no derivative at its argument: conventions hold there."""
        return any(_ties(node) for node in nodes(self.tree))

    @cached_property
    def is_singular(self) -> bool:
        """Whether a function inside has an infinite slope, which times 0 is not a number."""
        return any(_is_root_of_zero(node) for node in nodes(self.tree))

    def bound(self, i: int) -> float:
        """A bound on the rounding error of an entry of the plain graph, by its adjoints."""
        tangents = [sd.asarray(part.astype(float)) for part in self.parts(self.direction)]
        entries = [self.out] if i == 0 else []
        for parts in (sd.grad(self.out, self.inputs, simplify=False),
                      sd.hvp(self.out, self.inputs, tangents, simplify=False)):  # fmt: skip
            entries += [part[at] if at else part for part in parts for at in np.ndindex(part.shape)]
        chosen = entries[0] if i == 0 else entries[i - 1]
        return float(error_bound(chosen, dict(zip(self.inputs, self.point.values(), strict=True))))

    def _derivatives(self, rounding: Rounding | None) -> list[mpf]:
        def function(flat: list[mpf]) -> mpf:
            values = dict(zip(self.point, self.parts(flat), strict=True))
            return np.asarray(interpret(self.tree, EXACT, values, rounding)).item()

        at = [v for value in self.point.values() for v in exactly(value).ravel().tolist()]
        value, slopes, curvatures = derivatives(function, at, [mpf(v) for v in self.direction])
        return [value, *slopes, *curvatures]


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
    if node.name in ("max", "min"):
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


# -- paths ---------------------------------------------------------------------------------------
# Each gives [value, gradient, Hessian] of a subject; None for what it does not reach.


def _evaluated(s: Subject, outputs: Any) -> Any:
    return sd.evaluate(outputs, dict(zip(s.inputs, s.point.values(), strict=True)))


def _compiled(s: Subject, outputs: Any) -> Any:
    return sd.compile(outputs, s.inputs)(*s.point.values())


def _second_of_two(s: Subject, values: Sequence[Any]) -> Any:
    """The part of an answer that belongs to the second point of a batch of two."""
    value, slopes, rows = s.together(*values)
    return [value[1], [g[1] for g in slopes], [[h[1] for h in row] for row in rows]]


def _batch(s: Subject) -> Any:
    """The point behind another one, in one call."""
    other = [np.sin(value) + 0.25 for value in s.point.values()]
    return _second_of_two(s, [np.stack(pair) for pair in zip(other, s.point.values(), strict=True)])


def _batch_of_one(s: Subject) -> Any:
    """Only the first variable has an axis in front."""
    first, *others = s.point.values()
    return _second_of_two(s, [np.stack([first + 1, first]), *others])


def _one_by_one(s: Subject) -> Any:
    slopes = [sd.grad(s.out, v) for v in s.inputs]
    return [None, _compiled(s, slopes), None]


def _printed(s: Subject) -> Any:
    value, slopes, _ = s.simplified
    texts = [sd.to_text(e) for e in (value, *slopes)]
    value, *slopes = _evaluated(s, [sd.parse(text, s.inputs) for text in texts])
    return [value, slopes, None]


def _product(s: Subject) -> Any:
    """The Hessian times the direction, never formed."""
    tangents = [sd.asarray(part.astype(float)) for part in s.parts(s.direction)]
    return _compiled(s, sd.hvp(s.out, s.inputs, tangents))


PATHS: dict[str, Callable[[Subject], Any]] = {
    "evaluate raw": lambda s: _evaluated(s, s.raw),
    "compile raw": lambda s: _compiled(s, s.raw),
    "evaluate simplified": lambda s: _evaluated(s, s.simplified),
    "compile joint": lambda s: s.together(*s.point.values()),
    "compile alone": lambda s: [_compiled(s, part) for part in s.simplified],
    "one by one": _one_by_one,
    "hvp": _product,
    "batch": _batch,
    "batch of one": _batch_of_one,
    "print": _printed,
    "parse": lambda s: [_evaluated(s, sd.parse(written(s.tree), s.inputs)), None, None],
} | {
    f"{inner} then {outer}": lambda s, modes=(outer, inner): [
        None, None, _compiled(s, sd.hessian(s.out, s.inputs, modes=modes, blocks=True))
    ]
    for inner in ("forward", "reverse") for outer in ("forward", "reverse")
}  # fmt: skip


def _entries(s: Subject, answer: Any, path: str) -> tuple[list[Any], list[float]]:
    """What a path gave, entry by entry, and the sizes that rounding of a product refers to."""
    if path == "hvp":
        answer = [None, None, answer]
    value, slopes, rows = answer
    sizes = [0.0] * (1 + 2 * s.count)
    found: list[Any] = [None] * len(sizes)
    if value is not None:
        found[0] = float(value)
    if slopes is not None:
        found[1 : 1 + s.count] = _flat(slopes)
    if rows is not None and path == "hvp":
        found[1 + s.count :] = _flat(rows)
    elif rows is not None:
        lengths = [value.size for value in s.point.values()]
        matrix = np.block([
            [np.reshape(h, (n, m)) for m, h in zip(lengths, row, strict=True)]
            for n, row in zip(lengths, rows, strict=True)
        ])  # fmt: skip
        found[1 + s.count :] = (matrix @ s.direction).tolist()
        sizes[1 + s.count :] = (np.abs(matrix) @ np.abs(s.direction)).tolist()
    return found, sizes


def _flat(parts: Sequence[Any]) -> list[float]:
    return [float(v) for part in parts for v in np.ravel(part)]


# -- judgement -----------------------------------------------------------------------------------


def examine(tree: Call, paths: Sequence[str] = tuple(PATHS)) -> Report:
    """Compare every entry along the paths with the truth."""
    s = Subject(tree)
    failures: list[Failure] = []
    checked = skipped = 0
    for path in paths:
        try:
            with np.errstate(all="ignore"):
                found, sizes = _entries(s, PATHS[path](s), path)
        except Exception as error:
            failures.append(Failure(path, -1, math.nan, f"{type(error).__name__}: {error}"[:200]))
            continue
        for i, got in enumerate(found):
            verdict = None if got is None else _is_right(s, i, got, sizes[i])
            checked += got is not None
            skipped += got is not None and verdict is None
            if verdict is False:
                failures.append(Failure(path, i, float(s.truth[i]), got))
    return Report(failures, checked, skipped)


def _is_right(s: Subject, i: int, got: float, size: float) -> bool | None:
    """Whether a number is the true one; None where that is not to be decided."""
    truth = s.truth[i]
    if not mp.isfinite(truth) or (i and (s.is_at_kink or (s.is_singular and math.isnan(got)))):
        return None
    error = abs(mpf(got) - truth) if math.isfinite(got) else mpf("inf")
    if error <= EPS * (PLAIN * abs(truth) + SLACK * size) + LOST * (1 + abs(s.truth[0])):
        return True
    noise = s.noise[i]
    if not mp.isfinite(noise) or noise > WORST * abs(truth) + WORST**2:
        return None
    allowed = SLACK * (noise + EPS * (abs(truth) + size))
    return bool(error <= allowed) or bool(error <= SLACK * s.bound(i))


# -- shrinking -----------------------------------------------------------------------------------


def shrunk(tree: Call, path: str, tries: int = 200) -> Call:
    """A smaller tree that fails along the path, by an exception if this one does."""
    raises = any(x.entry < 0 for x in examine(tree, [path]).failures)

    def fails(smaller: Call) -> bool:
        found = examine(smaller, [path]).failures
        return any((x.entry < 0) == raises for x in found)

    while True:
        for smaller in _smaller(tree):
            tries -= 1
            if tries < 0:
                return tree
            if fails(smaller):
                tree = smaller
                break
        else:
            return tree


def _smaller(tree: Call) -> Iterator[Call]:
    """Trees with a node replaced by something below it or by a variable, the smallest first."""
    found: list[Call] = []
    for node in nodes(tree):
        if node.name in ("leaf", "array", "eye"):
            continue
        below = [n for n in nodes(node) if n is not node and n.shape == node.shape]
        fresh = leaf("xyzwt"[node.ndim], np.asarray(node.sample, dtype=float))
        for new in [*below, *([] if node is tree else [fresh])]:
            try:
                found.append(replaced(tree, node, new))
            except Exception:
                continue
    smaller = [t for t in found if not t.shape and _weight(t) < _weight(tree) and _is_clear(t)]
    yield from sorted(smaller, key=_weight)


def _weight(tree: Call) -> int:
    """The number of nodes, calls counting double."""
    return sum(1 if n.name == "leaf" else 2 for n in nodes(tree))


def _is_clear(tree: Call) -> bool:
    """Whether a name stands for one variable, and there is one."""
    names = [n.args[0] for n in nodes(tree) if n.name == "leaf"]
    return bool(names) and len(names) == len(set(names))
