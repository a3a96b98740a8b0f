"""Nested products of arrays become one product of many factors, so that the cheapest order of all
can be chosen; and products that are symmetric by their structure are written so that BLAS sees it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import reduce

from ..expr import Expr, Op, Shape, make
from ..leaves import const
from ..ops import arithmetic, arrays
from ..ops.contraction import MOST_LABELS, contract, reading
from ..ops.elementary import pow, sqrt
from ..ops.structural import number_in
from ..rewrite.facts.facts import Facts
from ..walk import postorder, reachable, rebuild
from .contract import Labels

MOST_FACTORS = 12  # in one product
LEAST_ROWS = 8  # of a symmetric product for which a root of the weights pays
_FREE = frozenset({arrays.reshape, arrays.broadcast_to, arrays.transpose})  # may be read twice
_Factor = tuple[Expr, Labels]


def gathered(outputs: Sequence[Expr]) -> list[Expr]:
    """The graph with every product of arrays as one contraction of all its factors.

    Factors that something else needs too stay values of their own.
    """
    if not any(node.op.contraction is not None for node in reachable(outputs)):
        return list(outputs)
    order = postorder(outputs)
    uses = Counter([a for node in order for a in node.args])
    uses.update(dict.fromkeys(outputs, 2))
    facts = Facts()
    found: dict[Expr, _Product] = {}
    inside: set[Expr] = set()
    for node in reversed(order):
        if node not in inside and _is_root(node, uses):
            whole = _Product(node, uses)
            if whole.pays:
                found[node] = whole
                inside |= whole.inside
    results: dict[Expr, Expr] = {}
    for node in order:
        if node in inside:
            continue
        if node in found:
            results[node] = found[node].build(results, facts)
        else:
            args = tuple([results[a] for a in node.args])
            results[node] = node if args == node.args else make(node.op, args, node.params)
    return [results[out] for out in outputs]


def _rebuilt(node: Expr, results: dict[Expr, Expr]) -> Expr:
    """The new form of a node, or of one that was made while a product was taken apart."""
    new = results.get(node)
    if new is None:
        new = results[node] = rebuild([node], given=results)[node] if node.args else node
    return new


def _is_root(node: Expr, uses: Counter[Expr]) -> bool:
    """Whether a product begins here: a contraction, or one that is only scaled."""
    op = node.op
    if op is arithmetic.neg or op is arithmetic.mul:
        inner = [a for a in node.args if a.shape]
        return len(inner) == 1 and uses[inner[0]] == 1 and _is_product(inner[0].op)
    return _is_product(op) or op is arrays.sum


def _is_product(op: Op) -> bool:
    return op.contraction is not None and op not in (arrays.transpose, arrays.sum)


class _Product:
    """The factors of a contraction, taken apart as far as they serve it alone."""

    def __init__(self, root: Expr, uses: Counter[Expr]) -> None:
        self.root, self.uses = root, uses
        self.sizes: dict[int, int] = {}
        self.factors: list[_Factor] = []
        self.scalars: list[Expr] = []
        self.inside: set[Expr] = set()
        self.negative = False
        if root.op.contraction is None:  # a contraction times scalars
            self.output = tuple(range(root.ndim))
            self.sizes |= enumerate(root.shape)
            self.take(self.parts(root, self.output) or [])
            self.negative ^= root.op is arithmetic.neg
            return
        whole = reading(root)
        self.output = whole.output
        for x, labels in zip(whole.operands, whole.inputs, strict=True):
            self.sizes |= zip(labels, x.shape, strict=True)
        self.take(list(zip(whole.operands, whole.inputs, strict=True)))

    @property
    def pays(self) -> bool:
        """Whether the product is better as a whole; a sum of one array is best as it is."""
        dense = [x for x, _ in self.factors if x.op is not arrays.eye]
        plain = self.root.op is arrays.sum and not self.scalars and not self.negative
        return len(self.sizes) <= MOST_LABELS and not (
            plain and len(dense) < 2 and len(self.factors) < 2
        )

    def take(self, first: list[_Factor]) -> None:
        todo = [(x, own, self.serves(x, self.root)) for x, own in reversed(first)]
        while todo:
            node, labels, alone = todo.pop()
            alone = alone and self.uses[node] < 2
            room = len(todo) + len(self.factors) < MOST_FACTORS
            parts = self.parts(node, labels) if node.op in _FREE or (alone and room) else None
            if parts is not None:
                if alone:
                    self.inside.add(node)
                if node.op is arithmetic.neg:
                    self.negative = not self.negative
                todo.extend([(x, o, alone and self.serves(x, node)) for x, o in reversed(parts)])
            elif node.shape:
                self.factors.append((node, labels))
            else:
                self.scalars.append(node)

    def serves(self, x: Expr, user: Expr) -> bool:
        """Whether all uses of ``x`` are by ``user``; a reading may name a node of others too."""
        return self.uses[x] <= user.args.count(x)

    def parts(self, node: Expr, labels: Labels) -> list[_Factor] | None:
        """The factors of a node, None where it is none."""
        op, args = node.op, node.args
        if op is arithmetic.mul:
            return [self.right_aligned(x, labels, node.shape) for x in args]
        if op is arithmetic.neg:
            return [(args[0], labels)]
        if op is arrays.broadcast_to:
            lead = args[0].ndim - node.params[0]
            x, own = self.right_aligned(args[0], labels[lead:], node.shape[lead:], lead)
            return [(x, labels[:lead] + own)]
        if op is arrays.reshape:
            return self.squeezed(node, labels)
        squared = op is arithmetic.square or (op is pow and number_in(args[1]) == 2)
        if squared and node.shape == args[0].shape:
            self.factors += [(args[0], labels)] * 2 if node.shape else []
            self.scalars += [] if node.shape else [node]
            return []
        if op.contraction is None:
            return None
        return self.nested(node, labels)

    def nested(self, node: Expr, labels: Labels) -> list[_Factor] | None:
        found = reading(node)
        if len(found.output) != node.ndim:
            return None
        name = dict(zip(found.output, labels, strict=True))
        fresh = max([*self.sizes, *labels, 0]) + 1
        parts = []
        for x, own in zip(found.operands, found.inputs, strict=True):
            for label, n in zip(own, x.shape, strict=True):
                if label not in name:
                    name[label] = fresh
                    fresh += 1
                self.sizes[name[label]] = n
            parts.append((x, tuple([name[label] for label in own])))
        return parts

    def squeezed(self, node: Expr, labels: Labels) -> list[_Factor] | None:
        """The argument of a reshape that only puts in or takes away axes of size 1."""
        (x,) = node.args
        kept = [label for label, n in zip(labels, node.shape, strict=True) if n != 1]
        if [n for n in node.shape if n != 1] != [n for n in x.shape if n != 1]:
            return None
        own = []
        for n in x.shape:
            if n == 1:
                self.sizes[max(self.sizes) + 1] = 1
            own.append(max(self.sizes) if n == 1 else kept.pop(0))
        return [(x, tuple(own))]

    def right_aligned(self, x: Expr, labels: Labels, shape: Shape, lead: int = 0) -> _Factor:
        """``x`` without the axes that are stretched to ``shape``, and its labels there."""
        core = x.shape[lead:]
        skip = len(shape) - len(core)
        kept = [i for i, n in enumerate(core) if n == shape[skip + i]]
        if len(kept) < len(core):
            shape = x.shape[:lead] + tuple([core[i] for i in kept])
            x = make(arrays.reshape, (x,), (x.ndim, shape))
        return x, tuple([labels[skip + i] for i in kept])

    # -- putting it together ---------------------------------------------------------------------

    def build(self, results: dict[Expr, Expr], facts: Facts) -> Expr:
        """The node of the whole product over the new forms of its factors."""
        factors = [(_rebuilt(x, results), labels) for x, labels in self.factors]
        scalars = [_rebuilt(x, results) for x in self.scalars]
        factors = _symmetric(factors, self.output, facts)
        carried = {label for _, labels in factors for label in labels}
        lost = [n for x, n in self.sizes.items() if x not in carried and x not in self.output]
        times = reduce(lambda a, b: a * b, lost, 1)
        if times != 1:
            scalars.append(const(times))
        factors, scale = self.scaled(factors, scalars)
        output = tuple([x for x in self.output if x in carried])
        if factors:
            words = [labels for _, labels in factors]
            whole = contract([x for x, _ in factors], words, output)
        else:
            whole = const(1)
        whole = whole if scale is None else _times(scale, whole)
        shape = self.root.shape
        if len(output) < len(self.output):
            kept = tuple([n if x in carried else 1 for x, n in self.output_sizes()])
            whole = _reshaped(whole, kept)
            whole = make(arrays.broadcast_to, (whole,), (len(kept), self.full()))
        return (
            whole if whole.shape == shape else make(arrays.reshape, (whole,), (whole.ndim, shape))
        )

    def output_sizes(self) -> list[tuple[int, int]]:
        return [(x, self.sizes[x]) for x in self.output]

    def full(self) -> Shape:
        return tuple([n for _, n in self.output_sizes()])

    def scaled(
        self, factors: list[_Factor], scalars: list[Expr]
    ) -> tuple[list[_Factor], Expr | None]:
        """The scalars and the sign on the smallest array: a factor, or else the result."""
        if not scalars and not self.negative:
            return factors, None
        if scalars:
            scale = reduce(_times, scalars)
            scale = make(arithmetic.neg, (scale,)) if self.negative else scale
        else:
            scale = const(-1)
        dense = [i for i, (x, _) in enumerate(factors) if x.op is not arrays.eye]
        size = min([factors[i][0].size for i in dense], default=0)
        if not dense or size >= self.root.size:
            return factors, scale
        at = next(i for i in dense if factors[i][0].size == size)
        x, labels = factors[at]
        return [*factors[:at], (_times(scale, x), labels), *factors[at + 1 :]], None


def _reshaped(x: Expr, shape: Shape) -> Expr:
    while x.op is arrays.reshape and x.params[0] == x.args[0].ndim:
        (x,) = x.args
    return x if x.shape == shape else make(arrays.reshape, (x,), (x.ndim, shape))


def _times(scale: Expr, x: Expr) -> Expr:
    minus = number_in(scale) == -1
    return make(arithmetic.neg, (x,)) if minus else make(arithmetic.mul, (scale, x))


def _symmetric(factors: list[_Factor], output: Labels, facts: Facts) -> list[_Factor]:
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
    x: Expr, pair: tuple[Labels, Labels], rest: list[_Factor], output: Labels, facts: Facts
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
        and reduce(lambda a, b: a * b, single, 1) >= LEAST_ROWS
    )
    if not fits:
        return None
    ordered = sorted([f for f, _ in rest], key=lambda f: f.digest)
    weights = ordered[0] if len(ordered) == 1 else make(arithmetic.mul, tuple(ordered))
    if not facts.nonnegative(weights):
        return None
    root = make(sqrt, (weights,))
    shape = tuple([n if a == b else 1 for a, b, n in zip(left, right, x.shape, strict=True)])
    return _reshaped(root, shape)
