"""Small arrays as lists of formulas, ``[x*y, 2]``, where these have no more words than the
places, identities and lists that the arrays are made of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from math import prod
from typing import NamedTuple

from ...expr import Expr, make
from ...leaves import Const, Var
from ...ops import arithmetic as ar
from ...ops import arrays as ax
from ...ops import places
from ...walk import postorder, remembered
from ..nodes import shaped
from .elements import SWEPT, ZERO, Elements, common_divisor, label_sizes

PLACED = SWEPT | {ax.scatter, places.scatter_add, ax.stack}
_LOOKED_AT = PLACED | {ax.index}
EACH = 4  # elements that are written at most for each word of a graph
FEW = 64  # more for small graphs
LONGEST = 2**60  # words that are counted
_WORD = re.compile(r"\w+")


class Words(NamedTuple):
    """How many words an array has where nothing is shared, and whether there are lists in it."""

    number: int
    are_listed: bool


def may_have_lists(nodes: Iterable[Expr]) -> bool:
    """Whether something is placed, listed, taken out of an array or run through."""
    return not _LOOKED_AT.isdisjoint([node.op for node in nodes])


def with_lists(output: Expr) -> Expr:
    """The output with arrays as lists of formulas where these have no more words.

    Cost: a visit a node; where something is placed, a bounded number of elements for each.

    >>> import symdiff as sd
    >>> B = sd.Var("B", (2,))
    >>> print(with_lists(sd.grad(B[0] * B[1], B, simplify=False)))
    [B[1], B[0]]
    """
    order = postorder([output])
    if not any(map(_is_placed, order)):
        return output
    lists = _short_lists(order)
    barred = _barred(order, lists)
    best: dict[Expr, Expr] = {}
    for node in order:
        args = tuple([best[x] for x in node.args])
        same = args == node.args
        best[node] = node if same else make(node.op, args, node.params)
        if node in lists and node not in barred:
            best[node] = lists[node]
    return best[output]


def _is_placed(node: Expr) -> bool:
    return node.op in PLACED or (node.op is ax.index and node.args[0].op is not Var)


def _short_lists(order: Sequence[Expr]) -> dict[Expr, Expr]:
    """The arrays that have no more words as lists, when those that they are made of are lists."""
    words_once = sum([_own_words(node, False) for node in order])
    elements = Elements(2 * words_once, EACH * words_once + FEW)
    counted: dict[Expr, Words] = {}
    written: dict[Expr, Words] = {}  # of lists and of what is in them
    lists: dict[Expr, Expr] = {}
    for node in order:
        elements.add(node)
        counted[node] = _words(node, counted)
        entries = elements.of(node) if counted[node].are_listed else None
        if entries is not None:
            found = _list(node, entries)
            words = remembered(found, written, _words)
            if words.number <= counted[node].number:
                lists[node], counted[node] = found, words
    return lists


def _list(node: Expr, entries: list[Expr]) -> Expr:
    """An array as a list of its elements, over their common divisor if they come to have one."""
    if node.op is ax.stack:
        return _stacked(entries, node)
    if len({*entries}) == 1 and entries[0].op is Const:
        return shaped(entries[0], node.shape)
    divisor = common_divisor([e for e in entries if e is not ZERO])
    if divisor is None or not divisor.args:
        return _stacked(entries, node)
    tops = [e if e is ZERO else e.args[0] for e in entries]
    return make(ar.div, (_stacked(tops, node), divisor))


def _stacked(entries: list[Expr], node: Expr) -> Expr:
    for rank, n in enumerate(reversed(node.shape)):
        rows = range(0, len(entries), n)
        entries = [make(ax.stack, tuple(entries[i : i + n]), (-rank - 1,)) for i in rows]
    return entries[0]


def _barred(order: Sequence[Expr], lists: Mapping[Expr, Expr]) -> set[Expr]:
    """The arrays that stay as they are: those beside others that are no lists, and what they are
    made of.
    """
    are_lists = set(lists)
    for node in order:
        arrays = [x for x in node.args if x.shape]
        if arrays and are_lists.issuperset(arrays):
            are_lists.add(node)
    barred: set[Expr] = set()
    entered = {order[-1]}
    for node in reversed(order):
        if node in entered and (node in barred or node not in lists):
            entered.update(node.args)
            arrays = [x for x in node.args if x.shape]
            if (node in barred and node.shape) or not are_lists.issuperset(arrays):
                barred.update(arrays)
    return barred


# -- words ----------------------------------------------------------------------------------------


def _words(node: Expr, known: Mapping[Expr, Words]) -> Words:
    args = [known[x] for x in node.args]
    of_lists = any(x.shape and words.are_listed for x, words in zip(node.args, args, strict=True))
    number = _own_words(node, of_lists) + sum([words.number for words in args])
    are_listed = _is_placed(node) or any(words.are_listed for words in args)
    return Words(min(number, LONGEST), are_listed)


def _own_words(node: Expr, of_lists: bool) -> int:
    """The words of a node without those of its arguments: an element of a variable is a name, and
    what is done to lists is done to each of their elements.
    """
    op = node.op
    if op is Var or op is Const:
        return 1
    if op is ax.stack:  # a part that is stretched is written several times
        return node.size - sum([x.size for x in node.args])
    if op is ax.index and node.args[0].op is Var and not node.shape:
        return 0
    many = len(node.args) - 1 if op.arity is None else 1
    if op.elementwise and of_lists:  # a factor of one word may as well stand in each element
        again = sum([not x.args and not x.shape for x in node.args])
        return many * node.size + again * (node.size - 1)
    if op.contraction is not None and of_lists:
        return _products(node)
    if node.args and (op.elementwise or op.contraction is not None):
        return many
    names = [] if op is ax.index else [op.name]
    if op.spelled is None and op is not ax.index:
        names += op.param_names
    return len(names) + len(_WORD.findall(str(node.params)))


def _products(node: Expr) -> int:
    """The operands that are read again, multiplied and added for the elements of a contraction."""
    assert node.op.contraction is not None
    how = node.op.contraction(node)
    return prod(label_sizes(how).values()) * (len(how.operands) + 1) - node.size
