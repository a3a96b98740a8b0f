"""Nested products of arrays become one product of many factors, so that the cheapest order of all
can be chosen; and products that are symmetric by their structure are written so that BLAS sees it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from functools import reduce
from math import prod

from ..expr import Expr, Op, Shape, make
from ..leaves import const
from ..ops import arithmetic, arrays
from ..ops.contraction import contract
from ..ops.elementary import pow, sqrt
from ..ops.structural import number_in
from ..rewrite.arrays.operands import (
    MOVES,
    Labels,
    Operand,
    Sizes,
    Term,
    inside,
    opened,
    reshaped,
    sizes_of,
)
from ..rewrite.facts.facts import Facts
from ..walk import postorder, reachable, rebuild

LEAST_ROWS = 8  # of a symmetric product for which a root of the weights pays


def gathered(outputs: Sequence[Expr]) -> list[Expr]:
    """The graph with every product of arrays as one contraction of all its factors.

    Factors that something else needs too stay values of their own.
    """
    if not any(node.op.contraction is not None for node in reachable(outputs)):
        return list(outputs)
    order = postorder(outputs)
    shared = _shared(order, outputs)
    facts = Facts()
    found: dict[Expr, tuple[Term, Sizes]] = {}
    needed = set(outputs)
    for node in reversed(order):
        if node in needed and _is_root(node, shared):
            found[node] = term, _ = _product(node, shared)
            if _pays(node, term):
                needed.update([*term.scalars, *[x for x, _ in term.operands]])
                continue
            del found[node]
        if node in needed:
            needed.update(node.args)
    images: dict[Expr, Expr] = {}
    for node in order:
        if node in found:
            images[node] = _written(node, *found[node], images, facts)
        elif node in needed:
            args = tuple([images[x] for x in node.args])
            images[node] = node if args == node.args else make(node.op, args, node.params)
    return [images[out] for out in outputs]


def _shared(order: Sequence[Expr], outputs: Sequence[Expr]) -> set[Expr]:
    """The nodes that several others need, be it moved or with another sign."""
    uses = Counter([x for node in order for x in node.args])
    shared = {node for node, count in uses.items() if count > 1} | {*outputs}
    for node in reversed(order):
        if node in shared and (node.op in MOVES or node.op is arithmetic.neg):
            shared.update(node.args)
    return shared


def _is_root(node: Expr, shared: Collection[Expr]) -> bool:
    """Whether a product begins here: a contraction, or one that is only scaled."""
    if node.op is arithmetic.neg or node.op is arithmetic.mul:
        inner = [x for x in node.args if x.shape]
        return len(inner) == 1 and inner[0] not in shared and _is_product(inner[0].op)
    return _is_product(node.op) or node.op is arrays.sum


def _is_product(op: Op) -> bool:
    return op.contraction is not None and op not in (arrays.transpose, arrays.sum)


def _product(root: Expr, shared: Collection[Expr]) -> tuple[Term, Sizes]:
    """The product that a node is, opened as far as its factors serve it alone, and its sizes."""
    output = tuple(range(root.ndim))
    negative, x = _signed(root)
    scalars = (const(-1),) if negative == -1 else ()
    sizes = dict(enumerate(root.shape))
    first = [(x, output)] if negative == -1 else inside(root, output, sizes)
    sizes |= sizes_of(first or (), root.shape)
    term = opened(shared, Term(scalars, tuple(first or ()), ()), sizes, output, _signed)
    factors = []
    for x, labels in term.operands:
        is_square = x.op is arithmetic.square or (x.op is pow and number_in(x.args[1]) == 2)
        once = is_square and x not in shared and x.shape == x.args[0].shape
        factors += [(x.args[0], labels)] * 2 if once else [(x, labels)]
    return term._replace(operands=tuple(factors)), sizes


def _signed(node: Expr) -> tuple[int, Expr]:
    return (-1, node.args[0]) if node.op is arithmetic.neg else (1, node)


def _pays(root: Expr, term: Term) -> bool:
    """Whether the product is better as a whole; a sum of one array is best as it is."""
    return root.op is not arrays.sum or len(term.operands) + len(term.scalars) > 1


# -- putting it together ---------------------------------------------------------------------------


def _written(root: Expr, term: Term, sizes: Sizes, images: dict[Expr, Expr], facts: Facts) -> Expr:
    """The node of a whole product over the new forms of its factors."""
    output = tuple(range(root.ndim))
    scalars = [_image(x, images) for x in term.scalars]
    factors: list[Operand] = []
    count = Counter([*output, *[i for _, labels in term.operands for i in labels]])
    for factor, labels in term.operands:
        wide = tuple([i for i in labels if sizes[i] != 1 or count[i] > 1])
        x = _bare(_image(factor, images), tuple([sizes[i] for i in wide]))
        if wide:
            factors.append((x, wide))
        else:
            scalars.append(x)
    factors = _symmetric(factors, output, facts)
    factors += [(make(arrays.eye, (), ((sizes[i],),)), (i, j)) for i, j in term.equal]
    carried = {i for _, labels in factors for i in labels}
    times = prod([sizes[i] for i in sizes if i not in carried and i not in output])
    scalars += [const(times)] * (times != 1)
    factors, parts = _scaled(factors, scalars, root.size)
    kept = tuple([i for i in output if i in carried])
    if factors:
        parts.append(contract([x for x, _ in factors], [ls for _, ls in factors], kept))
    whole = reduce(_times, parts) if parts else const(1)
    if len(kept) < len(output):
        whole = _bare(whole, tuple([n if i in carried else 1 for i, n in enumerate(root.shape)]))
        if whole.shape != root.shape:
            whole = make(arrays.broadcast_to, (whole,), (whole.ndim, root.shape))
    return whole


def _image(node: Expr, images: dict[Expr, Expr]) -> Expr:
    """The new form of a node, or of one that was made while a product was taken apart."""
    if node not in images:
        images[node] = rebuild([node], given=images)[node] if node.args else node
    return images[node]


def _scaled(
    factors: list[Operand], scalars: list[Expr], size: int
) -> tuple[list[Operand], list[Expr]]:
    """The scalars and the sign on the smallest array: a factor, or else the result of a size."""
    if not scalars:
        return factors, []
    signs = [x for x in scalars if number_in(x) == -1]
    scale = reduce(_times, [x for x in scalars if x not in signs] or [const(1)])
    if len(signs) % 2:
        scale = const(-1) if number_in(scale) == 1 else make(arithmetic.neg, (scale,))
    dense = [k for k, (x, _) in enumerate(factors) if x.op is not arrays.eye]
    at = min(dense, key=lambda k: factors[k][0].size, default=None)
    if at is None or factors[at][0].size >= size:
        return factors, [scale]
    x, labels = factors[at]
    return [*factors[:at], (_times(scale, x), labels), *factors[at + 1 :]], []


def _bare(x: Expr, shape: Shape) -> Expr:
    while x.op is arrays.reshape and x.params[0] == x.args[0].ndim:
        (x,) = x.args
    return reshaped(x, shape)


def _times(scale: Expr, x: Expr) -> Expr:
    minus = number_in(scale) == -1
    return make(arithmetic.neg, (x,)) if minus else make(arithmetic.mul, (scale, x))


def _symmetric(factors: list[Operand], output: Labels, facts: Facts) -> list[Operand]:
    """``A.T @ diag(s) @ A`` with ``s >= 0`` as a product of ``sqrt(s)*A`` with itself."""
    for i, (x, left) in enumerate(factors):
        for j in range(i + 1, len(factors)):
            y, right = factors[j]
            if y is not x or left == right:
                continue
            rest = [f for k, f in enumerate(factors) if k not in (i, j)]
            root = _root_of_weights(x, (left, right), rest, output, facts)
            if root is not None:
                half = make(arithmetic.mul, (x, root))
                return [(half, left), (half, right)]
    return factors


def _root_of_weights(
    x: Expr, pair: tuple[Labels, Labels], rest: list[Operand], output: Labels, facts: Facts
) -> Expr | None:
    """What both ``x`` are multiplied by, shaped to broadcast; None where that is not known."""
    left, right = pair
    shared = tuple([a for a, b in zip(left, right, strict=True) if a == b])
    single = [n for a, b, n in zip(left, right, x.shape, strict=True) if a != b]
    fits = (
        rest
        and len(set(left + right)) == len(shared) + 2 * len(single)
        and all(x in output for x in set(left + right) - set(shared))
        and all(labels == shared for _, labels in rest)
        and prod(single) >= LEAST_ROWS
    )
    if not fits:
        return None
    ordered = sorted([f for f, _ in rest], key=lambda f: f.digest)
    weights = ordered[0] if len(ordered) == 1 else make(arithmetic.mul, tuple(ordered))
    if not facts.nonnegative(weights):
        return None
    root = make(sqrt, (weights,))
    shape = tuple([n if a == b else 1 for a, b, n in zip(left, right, x.shape, strict=True)])
    return _bare(root, shape)
