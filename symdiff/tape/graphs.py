"""From a recording to expressions: the entries that a target depends on, as nodes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ..expr import Expr, Kind, Op, Shape, make
from ..leaves import Var, const, var
from ..walk import postorder, rebuild
from .recording import Recording
from .values import kind_of, shape_of

Entry = Any


class Piece:
    """An expression over some of the stand-ins, those at ``places``: one result of a function."""

    __slots__ = ("expr", "inputs", "places")

    def __init__(self, expr: Expr, stand_ins: list[Expr]) -> None:
        used = {node for node in postorder([expr]) if node.op is Var}
        self.expr = expr
        self.places = [i for i, v in enumerate(stand_ins) if v in used]
        self.inputs = [stand_ins[i] for i in self.places]

    def build(self, args: list[Expr]) -> Expr:
        """The expression with other nodes in the places of its stand-ins."""
        given = dict(zip(self.inputs, args, strict=True))
        return rebuild([self.expr], given=given)[self.expr]


def is_leaf(entry: Entry) -> bool:
    """Whether an entry is no operation."""
    return not isinstance(entry[0], (Op, Piece))


def needed(entries: list[Entry], targets: Collection[int], closed: int | None) -> list[int]:
    """The places that ``targets`` depend on, in order; nothing below ``closed`` is entered.

    Cost: one visit per entry.
    """
    seen = set(targets)
    stack = [t for t in seen if t != closed]
    while stack:
        entry = entries[stack.pop()]
        if not is_leaf(entry):
            fresh = {i for i in entry[1:] if type(i) is int and i not in seen}
            seen |= fresh
            stack += [i for i in fresh if i != closed]
    return sorted(seen)


def numbers_of(entries: list[Entry]) -> Iterator[tuple[int, int]]:
    """For every Python number, in order, the place of its entry and its own in it."""
    for place, entry in enumerate(entries):
        if not is_leaf(entry):
            for at, x in enumerate(entry):
                if x is float or x is int:
                    yield place, at


class Graph:
    """The nodes of a recording below ``targets``, by place; ``inputs`` are its variables.

    ``cut`` gives the shape and kind of places that become variables although operations stand
    there; ``inner`` has these operations by variable, the lowest first.  Nothing below the place
    ``closed`` is entered, so that its operation is left out.  Of Python numbers those in
    ``varying``, counted from 0, are variables with the inputs ("number", count), others
    constants.  ``names`` are those of variables.
    """

    def __init__(
        self,
        recording: Recording,
        targets: Collection[int],
        *,
        cut: Mapping[int, tuple[Shape, Kind]] | None = None,
        closed: int | None = None,
        varying: Collection[int] = (),
        names: Mapping[int, str] | None = None,
    ) -> None:
        self.recording, self.cut, self.varying = recording, cut or {}, varying
        self.names = names or {}
        self.nodes: dict[int, Expr] = {}
        self.inputs: dict[Any, Expr] = {}
        self.inner: dict[Expr, Expr] = {}
        self._counts = {where: k for k, where in enumerate(numbers_of(recording.entries))}
        self.closed = closed
        for i in needed(recording.entries, targets, closed):
            self.nodes[i] = self._node(i)

    def _node(self, i: int) -> Expr:
        entry = self.recording.entries[i]
        leaf = self.cut[i] if i == self.closed else entry
        if is_leaf(leaf):
            return self._input(i, self.names.get(i) or f"x{i}", *leaf)
        what, args = entry[0], tuple([self._operand(i, at) for at in range(1, len(entry))])
        node = make(what, args) if isinstance(what, Op) else what.build(args)
        if i not in self.cut:
            return node
        symbol = self._input(i, f"x{i}", *self.cut[i])
        self.inner[symbol] = node
        return symbol

    def _operand(self, i: int, at: int) -> Expr:
        x = self.recording.entries[i][at]
        if type(x) is int:
            return self.nodes[x]
        if type(x) is tuple:
            return const(x[1])
        if isinstance(x, Expr):
            return x
        k = self._counts[i, at]
        if k in self.varying:
            return self._input(("number", k), f"n{k}", (), "int" if x is int else "real")
        return const(number(self.recording, k))

    def _input(self, key: Any, name: str, shape: Shape, kind: Kind) -> Expr:
        made = self.inputs[key] = var(name, shape, kind)
        return made


def number(recording: Recording, k: int) -> Any:
    """The k-th Python number of a recording."""
    held = recording.numbers[k]
    if type(held) is not str:
        return held
    return float(held) if "." in held else int(held)


def names_of(recording: Recording) -> dict[int, str]:
    """A name for every tensor that is a leaf: its own, else x0, x1, ...; all different."""
    own = {i: getattr(x, "_name", None) for i, x in recording.held.items()}
    taken: set[str] = set()
    names = {i: _free(name, taken) for i, name in own.items() if name}
    count = 0
    for i in [i for i, name in own.items() if not name]:
        while f"x{count}" in taken:
            count += 1
        names[i] = f"x{count}"
        taken.add(names[i])
    return names


def _free(name: str, taken: set[str]) -> str:
    found, k = name, 1
    while found in taken:
        found, k = f"{name}_{k}", k + 1
    taken.add(found)
    return found


def expression(tensor: Any) -> Expr:
    """What a tape that is still there has recorded of a tensor; else a variable."""
    marks = [] if tensor._mark is None else [(tensor._mark, tensor._index), *tensor._more]
    for mark, place in marks:
        recording = mark()
        if recording is not None:
            return Graph(recording, [place], names=names_of(recording)).nodes[place]
    name = getattr(tensor, "_name", None) or "x"
    return var(name, shape_of(tensor._value), kind_of(tensor._value))
