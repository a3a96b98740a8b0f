"""From a product of many arrays to steps of one or two, in the cheapest order.

Identities are never operands: each gives its two labels one name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import combinations
from math import prod
from typing import NamedTuple

from ..expr import Expr, Shape
from ..ops.arrays import eye
from ..rule import Contraction
from .contract import Labels, Step

MOST_TRIED = 6  # operands up to which every order is tried
SLOW = 4.0  # cost of a multiplication outside BLAS, relative to one inside


class Product(NamedTuple):
    """A contraction without identities: ``output`` may repeat a label, a diagonal."""

    operands: tuple[Expr, ...]
    inputs: tuple[Labels, ...]
    output: Labels
    sizes: Shape
    times: int  # the axes that were summed and that no operand has


def product(found: Contraction) -> Product:
    """The contraction with its identities turned into equal labels, renumbered from 0."""
    same: dict[int, int] = {}
    sizes = found.sizes
    for x, labels in zip(found.operands, found.inputs, strict=True):
        if x.op is eye:
            half = len(labels) // 2
            for a, b in zip(labels[:half], labels[half:], strict=True):
                first, second = sorted((_root(same, a), _root(same, b)))
                if first != second:
                    same[second] = first
    number: dict[int, int] = {}
    size: list[int] = []

    def named(labels: Iterable[int]) -> Labels:
        for x in labels:
            root = _root(same, x)
            if root not in number:
                number[root] = len(number)
                size.append(sizes[root])
        return tuple([number[_root(same, x)] for x in labels])

    kept = [
        (x, named(labels))
        for x, labels in zip(found.operands, found.inputs, strict=True)
        if x.op is not eye
    ]
    carried = set(number)
    output = named(found.output)
    lost = {_root(same, x) for x in sizes} - carried - {_root(same, x) for x in found.output}
    operands, inputs = tuple([x for x, _ in kept]), tuple([labels for _, labels in kept])
    return Product(operands, inputs, output, tuple(size), prod([sizes[x] for x in sorted(lost)]))


def _root(same: dict[int, int], label: int) -> int:
    while label in same:
        label = same[label]
    return label


class Move(NamedTuple):
    """A step on numbered values: first the operands, then the results of the moves before."""

    args: tuple[int, ...]
    step: Step


@lru_cache(maxsize=4096)
def moves(inputs: tuple[Labels, ...], output: Labels, sizes: Shape) -> tuple[Move, ...]:
    """The steps that compute a product of one or more operands, cheapest order first."""
    if len(inputs) == 1:
        return (_move((0,), inputs, output, sizes),)
    labels = list(inputs)
    found: list[Move] = []
    number = list(range(len(inputs)))
    wanted = set(output)
    for i, own in enumerate(inputs):  # axes that only one operand has are summed at once
        others = wanted.union(*inputs[:i], *inputs[i + 1 :])
        kept = tuple([x for x in dict.fromkeys(own) if x in others])
        if kept != own:
            found.append(_move((i,), (own,), kept, sizes))
            labels[i], number[i] = kept, len(inputs) + len(found) - 1
    for i, j in _tree(tuple(labels), frozenset(output), sizes):
        pair = (labels[i], labels[j])
        rest = wanted.union(*[x for k, x in enumerate(labels) if k not in (i, j)])
        last = sum(number[k] >= 0 for k in range(len(number))) == 2
        result = output if last else natural(pair, rest, sizes)
        found.append(_move((number[i], number[j]), pair, result, sizes))
        labels[i], number[i] = result, len(inputs) + len(found) - 1
        labels[j], number[j] = (), -1
    return tuple(found)


def _move(args: tuple[int, ...], inputs: Sequence[Labels], output: Labels, sizes: Shape) -> Move:
    """A move with its labels renumbered in the order of their appearance."""
    number: dict[int, int] = {}
    for labels in (*inputs, output):
        for x in labels:
            number.setdefault(x, len(number))
    renamed = [tuple([number[x] for x in labels]) for labels in (*inputs, output)]
    return Move(args, Step(tuple(renamed[:-1]), renamed[-1], tuple([sizes[x] for x in number])))


def natural(pair: tuple[Labels, Labels], wanted: set[int], sizes: Shape) -> Labels:
    """The order of axes in which two operands give their product without moving data."""
    left, right = pair
    kept = [x for x in dict.fromkeys((*left, *right)) if x in wanted]
    if all(x in wanted for x in left if x in right):  # nothing is summed: the larger one leads
        large, small = sorted(pair, key=lambda ls: -_volume(ls, sizes))
        extra = [x for x in small if x not in large]
        return tuple(extra + list(large)) if len(small) > len(extra) else tuple(kept)
    both = [x for x in kept if x in left and x in right]
    return tuple(both + [x for x in kept if x not in both])


def _volume(labels: Iterable[int], sizes: Shape) -> int:
    return prod([sizes[x] for x in labels])


def _tree(
    inputs: tuple[Labels, ...], output: frozenset[int], sizes: Shape
) -> list[tuple[int, int]]:
    """Pairs to multiply, the product takes the place of the first."""
    if len(inputs) == 2:
        return [(0, 1)]
    if len(inputs) <= MOST_TRIED:
        return _best_tree(inputs, output, sizes)
    labels = {i: frozenset(x) for i, x in enumerate(inputs)}
    pairs = []
    while len(labels) > 1:
        choices = []
        for (i, left), (j, right) in combinations(labels.items(), 2):
            rest = output.union(*[x for k, x in labels.items() if k not in (i, j)])
            result = (left | right) & rest
            grown = _volume(result, sizes) - _volume(left, sizes) - _volume(right, sizes)
            choices.append((grown, cost(left, right, result, sizes), i, j, result))
        _, _, i, j, result = min(choices, key=lambda c: c[:4])
        pairs.append((i, j))
        labels[i] = result
        del labels[j]
    return pairs


def _best_tree(
    inputs: tuple[Labels, ...], output: frozenset[int], sizes: Shape
) -> list[tuple[int, int]]:
    """The cheapest of all orders, by the cheapest of every subset."""
    count = len(inputs)
    sets = [frozenset(x) for x in inputs]
    held: dict[int, frozenset[int]] = {}
    best: dict[int, tuple[float, int, int]] = {1 << i: (0.0, 0, 0) for i in range(count)}
    for subset in range(1, 1 << count):
        inside = [i for i in range(count) if subset >> i & 1]
        outside = output.union(*[sets[i] for i in range(count) if i not in inside])
        held[subset] = frozenset().union(*[sets[i] for i in inside]) & outside
        if len(inside) < 2:
            continue
        choices = []
        part = (subset - 1) & subset
        while part:
            other = subset ^ part
            if part & -part == subset & -subset:  # the half that holds the first operand
                price = cost(held[part], held[other], held[subset], sizes)
                choices.append((best[part][0] + best[other][0] + price, part, other))
            part = (part - 1) & subset
        best[subset] = min(choices)
    pairs: list[tuple[int, int]] = []
    todo = [(1 << count) - 1]
    while todo:
        subset = todo.pop()
        _, part, other = best[subset]
        if part:
            pairs.append((_first(part), _first(other)))
            todo += [part, other]
    return pairs[::-1]


def _first(subset: int) -> int:
    return (subset & -subset).bit_length() - 1


def cost(
    left: frozenset[int], right: frozenset[int], result: frozenset[int], sizes: Shape
) -> float:
    """Time of one step: multiplications, cheap ones inside BLAS, and numbers written."""
    every = left | right
    summed = bool(every - result)
    work = _volume(every, sizes)
    return work * (1.0 if summed and left - right and right - left else SLOW) + 2 * SLOW * (
        _volume(result, sizes)
    )
