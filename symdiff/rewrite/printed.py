"""Formulas for people: what derivatives have by convention is left out.

Where a derivative is 0 times infinity, 0/0, or that of a tie, it has a value by convention, and
the node for it says so: ``where(tie(n, 0), 0, x/n)``.  A formula on paper says ``x/n``.  The rows
of such operations say what is read in their place; only what has one of them below it is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..expr import Expr, Op, make
from ..leaves import Const, const
from ..ops import arithmetic as ar
from ..ops import compare as co
from ..ops import elementary as el
from ..ops.implementations import on_numbers
from ..walk import postorder
from .exact import HALF, Number, number, power, times
from .facts.decisions import COMPARISONS
from .nodes import many, shaped
from .order import Ranks, bare
from .tables.reading import ONE, powers_of

Fold = Callable[[Expr, Ranks], Expr]


def printed(outputs: Sequence[Expr], most: int | None = None) -> list[Expr]:
    """The outputs as formulas for people have them, equal wherever no convention is needed.

    With ``most`` only so many nodes, those next to the outputs, are looked at.

    >>> import symdiff as sd
    >>> x, y = sd.vars("x y")
    >>> slope = sd.grad(sd.hypot(x, y), x)
    >>> sd.to_text(slope), printed([slope])
    ('where(tie(hypot(x, y), 0), 0, x/hypot(x, y))', [x/hypot(x, y)])
    """
    beyond = set() if most is None else _beyond(outputs, most)
    if beyond is None:
        return list(outputs)
    order = postorder(outputs, beyond)
    if all(node.op.reading is None for node in order):
        return list(outputs)
    image: dict[Expr, Expr] = {}
    ranks = Ranks()
    for node in order:
        args = tuple([image.get(x, x) for x in node.args])
        if node in beyond:
            image[node] = node
        elif node.op.reading is not None:
            image[node] = _folded(node.op.reading(*args), ranks)
        elif args == node.args:
            image[node] = node
        else:
            image[node] = shaped(_folded(_made(node, args), ranks), node.shape)
    return [image[out] for out in outputs]


def _beyond(outputs: Sequence[Expr], most: int) -> set[Expr] | None:
    """Where a walk stops that looks at the ``most`` nodes next to the outputs, level by level;
    None where all of these are read as they are.
    """
    near = list(dict.fromkeys(outputs))
    found = set(near)
    for node in near:  # which grows
        if len(near) >= most:
            break
        fresh = dict.fromkeys([x for x in node.args if x not in found])
        near += [*fresh][: most - len(near)]
        found.update(near[len(found) :])
    if all(node.op.reading is None for node in near):
        return None
    return {x for node in near for x in node.args} - found


def _made(node: Expr, args: tuple[Expr, ...]) -> Expr:
    """The operation on what is read for its arguments; truth values need no axes of their own."""
    if node.op.elementwise:
        pairs = zip(args, node.args, strict=True)
        args = tuple([new if new is old else bare(new) for new, old in pairs])
    else:
        pairs = zip(args, node.args, strict=True)
        args = tuple([shaped(new, old.shape) for new, old in pairs])
    return make(node.op, args, node.params)


def _folded(node: Expr, ranks: Ranks) -> Expr:
    fold = _FOLDS.get(node.op)
    return node if fold is None else fold(node, ranks)


# -- choices and conditions ------------------------------------------------------------------------


def _truth(node: Expr) -> bool | None:
    node = bare(node)
    return bool(node.params[0]) if node.op is Const and not node.shape else None


def _chosen(node: Expr, ranks: Ranks) -> Expr:
    condition, yes, no = node.args
    holds = _truth(condition)
    if holds is None:
        return yes if yes is no else node
    return yes if holds else no


def _joined(decisive: bool) -> Fold:
    """The fold of ``&``, which False decides, and of ``|``, which True decides."""

    def joined(node: Expr, ranks: Ranks) -> Expr:
        verdicts = [_truth(x) for x in node.args]
        if decisive in verdicts:
            return const(decisive)
        open_parts = [x for x, v in zip(node.args, verdicts, strict=True) if v is None]
        parts = list(dict.fromkeys(open_parts))
        return node if len(parts) > 1 else parts[0] if parts else const(not decisive)

    return joined


def _negated(node: Expr, ranks: Ranks) -> Expr:
    holds = _truth(node.args[0])
    return node if holds is None else const(not holds)


def _compared(node: Expr, ranks: Ranks) -> Expr:
    values = [number(bare(x)) for x in node.args]
    holds = on_numbers(node.op)
    return node if None in values or holds is None else const(bool(holds(*values)))


# -- sums and products -----------------------------------------------------------------------------


def _sum(node: Expr, ranks: Ranks) -> Expr:
    """A sum without what is 0; a product that became negative is taken away."""
    terms = [x for x in node.args if bare(x) not in _NOTHING]
    positive = _opposite(terms[1]) if len(terms) == 2 else None
    if positive is not None:
        return make(ar.sub, (terms[0], positive))
    return make(ar.add, tuple(terms)) if len(terms) > 1 else terms[0] if terms else const(0)


_NOTHING = frozenset([const(0), const(False)])


def _difference(node: Expr, ranks: Ranks) -> Expr:
    x, y = node.args
    if bare(y) in _NOTHING:
        return x
    positive = _opposite(y)
    return node if positive is None else make(ar.add, (x, positive))


def _opposite(node: Expr) -> Expr | None:
    """What a node is written with a minus before, if it is."""
    path = [node]
    while path[-1].op in (ar.mul, ar.div):
        path.append(path[-1].args[0])
    first = path.pop()
    value = number(first)
    if first.op is not ar.neg and (value is None or value >= 0):
        return None
    positive = first.args[0] if value is None else const(-value)
    for product in reversed(path):
        rest = product.args[1:]
        is_one = positive is ONE and product.op is ar.mul
        positive = many(ar.mul, rest) if is_one else make(product.op, (positive, *rest))
    return positive


def _product(node: Expr, ranks: Ranks) -> Expr:
    """A product, a quotient or what has a minus as one fraction: the same factors are a power."""
    powers = powers_of(node, lambda quotient: False)
    if node in powers:
        return node
    coefficient: Number | None = 1
    above: list[Expr] = []
    below: list[Expr] = []
    for base in sorted(powers, key=lambda x: _place(x, ranks)):
        exponent = powers[base]
        value = number(base)
        if value is not None and coefficient is not None:
            raised = power(value, exponent)
            coefficient = None if raised is None else times(coefficient, raised)
        elif exponent > 0:
            above.append(_power(base, exponent))
        else:
            below.append(_power(base, -exponent))
    return node if coefficient is None else _fraction(coefficient, above, below)


def _place(factor: Expr, ranks: Ranks) -> tuple[int, bool, str, int]:
    """Where a factor stands in a product: powers before other functions, ``a**x*log(a)``."""
    group, text, digest = ranks.of_factor(factor)
    return group, factor.op is not el.pow, text, digest


def _power(base: Expr, exponent: Number) -> Expr:
    if exponent == 1:
        return base
    return el.sqrt(base) if exponent == HALF else make(el.pow, (base, const(exponent)))


def _fraction(coefficient: Number, above: list[Expr], below: list[Expr]) -> Expr:
    is_float = isinstance(coefficient, float)
    top, bottom = (coefficient, 1) if is_float else coefficient.as_integer_ratio()
    if top == -1 and above:
        above = [make(ar.neg, (above[0],)), *above[1:]]
    elif top != 1 or not above:
        above = [const(top), *above]
    if bottom != 1:
        below = [const(bottom), *below]
    top_product = many(ar.mul, above)
    return make(ar.div, (top_product, many(ar.mul, below))) if below else top_product


_FOLDS: dict[Op, Fold] = {
    co.where: _chosen,
    co.logical_and: _joined(False),
    co.logical_or: _joined(True),
    co.logical_not: _negated,
    **dict.fromkeys(COMPARISONS, _compared),
    ar.add: _sum,
    ar.sub: _difference,
    el.pow: lambda node, ranks: ONE if bare(node.args[0]) is ONE else node,
    **dict.fromkeys((ar.mul, ar.div, ar.neg), _product),
}
