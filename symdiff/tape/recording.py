"""What a tape records: one entry for every operation, by the places of its operands.

An entry is a pair (shape, kind) for a leaf, a tensor that comes from outside; else it is a tuple
of an operation or a piece of a template, and its operands: the place of an entry, the type of a
Python number, a constant expression, or a pair that holds a bool.  The entries are all that a
program depends on, besides the numbers, so they are the key under which compiled programs are
found again; the leaves and the numbers stand beside them.
"""

from __future__ import annotations

from threading import local
from typing import Any, Protocol
from weakref import ref

from ..expr import Expr, Kind, Shape
from .values import kind_of, shape_of


class Recorded(Protocol):
    """A tensor as recordings see it: its place in the first that has it, and in further ones."""

    _value: Any
    _mark: ref[Recording] | None
    _index: int
    _more: tuple[tuple[ref[Recording], int], ...]


class _State(local):
    """Per thread: the recordings that are live, the innermost last."""

    live: tuple[Recording, ...] = ()


state = _State()
_OUTSIDE = frozenset({float, int, bool, Expr})
_SCALAR: tuple[Shape, Kind] = ((), "real")


class Recording:
    """The entries of a tape, and what it watches.

    ``held`` has the tensors that are leaves by their places, ``numbers`` Python's numbers in the
    order of the entries, as a text where they are 0.  ``watched`` and ``others`` find the places
    of leaves by the ids of tensors; ``variables`` has every variable with the places of those
    versions that were read.  ``mark`` stands for the recording in tensors, without keeping it.
    """

    __slots__ = ("__weakref__", "accessing", "entries", "held", "mark", "numbers", "others",
                 "variables", "watched")  # fmt: skip

    def __init__(self, accessing: bool = True) -> None:
        self.mark = ref(self)
        self.accessing = accessing  # whether variables are watched where they are read
        self.entries: list[Any] = []
        self.held: dict[int, Recorded] = {}
        self.numbers: list[Any] = []
        self.watched: dict[int, int] = {}
        self.others: dict[int, int] = {}
        self.variables: dict[int, tuple[Any, list[int]]] = {}

    def place(self, tensor: Recorded) -> int | None:
        """Where a tensor that depends on something watched stands, None for others."""
        if tensor._mark is self.mark:
            return tensor._index
        for mark, index in tensor._more:
            if mark is self.mark:
                return index
        return self.watched.get(id(tensor))

    def watch(self, tensor: Recorded) -> None:
        """Make a tensor a source."""
        if self.place(tensor) is None:
            known = self.others.pop(id(tensor), None)
            self.watched[id(tensor)] = self._leaf(tensor) if known is None else known

    def access(self, variable: Any, tensor: Recorded) -> None:
        """A variable was read, or is watched: its present version is a source."""
        _, places = self.variables.setdefault(id(variable), (variable, []))
        if id(tensor) not in self.watched:
            self.watch(tensor)
            places.append(self.watched[id(tensor)])

    def with_leaf(self, tensor: Recorded, source: Any) -> Recording:
        """A copy where a tensor that does not stand in here is a leaf, for ``source`` as well."""
        copy = Recording(self.accessing)
        copy.mark, copy.numbers, copy.others = self.mark, self.numbers, self.others
        copy.entries, copy.held = [*self.entries], dict(self.held)
        place = copy._leaf(tensor)
        copy.watched, copy.variables = {**self.watched, id(tensor): place}, dict(self.variables)
        if id(source) in self.variables:
            variable, places = self.variables[id(source)]
            copy.variables[id(source)] = (variable, [*places, place])
        return copy

    def _leaf(self, tensor: Recorded) -> int:
        value, place = tensor._value, len(self.entries)
        self.entries.append(_SCALAR if type(value) is float else (shape_of(value), kind_of(value)))
        self.held[place] = tensor
        return place

    def _operand(self, value: Any) -> Any:
        """How an entry has an operand that is not watched."""
        kind = type(value)
        if kind is float or kind is int:
            self.numbers.append(value or repr(value))  # 0.0 and -0.0 are different
            return kind
        if kind is bool:
            return kind, value
        if kind is Expr:
            return value
        found = self.others.get(id(value))
        if found is None:
            found = self.others[id(value)] = self._leaf(value)
        return found

    def add(self, made: Recorded, what: Any, operands: tuple[Any, ...]) -> None:
        """Enter what was made by ``what``, if one of its operands is watched.

        Operands are tensors, Python numbers and constant expressions.
        """
        places: list[int | None] = []
        live = False
        for x in operands:
            if type(x) in _OUTSIDE:
                place = None
            elif x._mark is self.mark:
                place = x._index
            else:
                place = self.place(x)
            live = live or place is not None
            places.append(place)
        if live:
            parts = [
                self._operand(x) if place is None else place
                for x, place in zip(operands, places, strict=True)
            ]
            self._enter(made, (what, *parts))

    def add_scaled(self, made: Recorded, op: Any, x: Recorded, number: Any, swapped: bool) -> None:
        """:meth:`add` for a tensor and a Python number, which are in this order or ``swapped``."""
        place = x._index if x._mark is self.mark else self.place(x)
        if place is not None:
            kind = type(number)
            self.numbers.append(number or repr(number))
            self._enter(made, (op, kind, place) if swapped else (op, place, kind))

    def _enter(self, made: Recorded, entry: tuple[Any, ...]) -> None:
        if made._mark is None:
            made._mark = self.mark
            made._index = len(self.entries)
        else:
            made._more = (*made._more, (self.mark, len(self.entries)))
        self.entries.append(entry)


def record(made: Recorded, what: Any, operands: tuple[Any, ...]) -> None:
    """Enter a new tensor into the live recordings that watch one of its operands."""
    for recording in state.live:
        recording.add(made, what, operands)
