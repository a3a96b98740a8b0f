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
from .elements import SWEPT, ZERO, Elements, common_divisor

PLACED = SWEPT | {ax.scatter, places.scatter_add, ax.stack}
_LOOKED_AT = PLACED | {ax.index}
EACH = 4  # elements that are written at most for each word of a graph
FEW = 64  # more for small graphs
LONGEST = 2**60  # words that are counted
_WORD = re.compile(r"\w+")


class Words(NamedTuple):
    """How many words an array has where nothing is shared, and whether it is a list."""

    number: int
    is_list: bool


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
    choice = _Choice(order)
    barred = choice.barred(output)
    best: dict[Expr, Expr] = {}
    for node in order:
        args = tuple([best[x] for x in node.args])
        best[node] = node if args == node.args else make(node.op, args, node.params)
        if node in choice.lists and node not in barred:
            best[node] = choice.lists[node]
    return best[output]


def _is_placed(node: Expr) -> bool:
    return node.op in PLACED or (node.op is ax.index and node.args[0].op is not Var)


class _Choice:
    """Which arrays of a graph are lists: those that have no more words so."""

    def __init__(self, order: Sequence[Expr]) -> None:
        self.order = order
        self.lists: dict[Expr, Expr] = {}
        self.whole: set[Expr] = set()  # nodes whose arguments had better be no lists
        self.plain: dict[Expr, Words] = {}  # of nodes that are no lists, of arrays that are none
        self.best: dict[Expr, Words] = {}
        words_once = sum([_own_words(node, False) for node in order])
        elements = Elements(2 * words_once, EACH * words_once + FEW)
        written: dict[Expr, Words] = {}  # of lists and of what is in them
        placed: set[Expr] = set()
        for node in order:
            elements.add(node)
            self._count(node)
            if _is_placed(node) or not placed.isdisjoint(node.args):
                placed.add(node)
                entries = elements.of(node)
                if entries is not None and node.args:
                    found = _list(node, entries)
                    words = remembered(found, written, _words)
                    if words.number <= self.best[node].number:
                        self.lists[node], self.best[node] = found, words

    def _count(self, node: Expr) -> None:
        self.best[node] = _words(node, self.best)
        whole = _words(node, {x: self.plain[x] if x.shape else self.best[x] for x in node.args})
        self.plain[node] = whole
        if whole.number < self.best[node].number:
            self.whole.add(node)
            self.best[node] = whole

    def barred(self, output: Expr) -> set[Expr]:
        """The arrays that are no lists because of what is done to them as wholes."""
        barred: set[Expr] = set()
        entered = {output}
        for node in reversed(self.order):
            if node in entered and (node in barred or node not in self.lists):
                entered.update(node.args)
                if node in self.whole or (node in barred and node.shape):
                    barred.update([x for x in node.args if x.shape])
        return barred


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


# -- words ----------------------------------------------------------------------------------------


def _words(node: Expr, known: Mapping[Expr, Words]) -> Words:
    args = [known[x] for x in node.args]
    of_lists = any(words.is_list for words in args)
    number = _own_words(node, of_lists) + sum([words.number for words in args])
    is_list = bool(node.shape) and (of_lists or node.op is ax.stack)
    return Words(min(number, LONGEST), is_list)


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
    sizes: dict[int, int] = how.sizes
    return prod(sizes.values()) * (len(how.operands) + 1) - node.size
