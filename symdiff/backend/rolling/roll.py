"""A graph of many scalars as a graph of few arrays, where few classes hold most of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ...expr import Expr, make
from ...leaves import const
from ...ops.arithmetic import add
from ...ops.arrays import reshape, scatter
from ...ops.kernels import decode
from ...ops.places import scatter_add
from ...ops.structural import elements
from ...walk import collector_paused, postorder
from .arrays import Arrays, Places
from .classes import SHARE, Classes, TooMany

SMALLEST = 1000  # nodes: below, a statement for each is as fast
FEW = 8  # scalars that are results each for itself; more are one array


class Rolled(NamedTuple):
    """``outputs`` of arrays; where ``together``, the first of them holds all scalar outputs.

    ``vector`` stands for all scalar inputs.
    """

    outputs: list[Expr]
    vector: Expr
    together: bool


def rolled(outputs: Sequence[Expr], scalars: Sequence[Expr] = ()) -> Rolled | None:
    """The outputs over the vector of ``scalars``; None where arrays would not pay.

    Cost: one visit per node, and little for a graph that is not like this.
    """
    with collector_paused():
        try:
            return _rolled(outputs, scalars)
        except TooMany:
            return None


def _rolled(outputs: Sequence[Expr], scalars: Sequence[Expr]) -> Rolled:
    assembled = {out: _assembled(out) for out in outputs if out.shape}
    leaves = [out for out in outputs if not out.shape]
    together = len(leaves) > FEW
    tops = leaves + [leaf for found, _ in assembled.values() for leaf in found]
    order = postorder(tops)
    if len(order) < SMALLEST:
        raise TooMany
    classes = Classes(order, tops, scalars)
    if SHARE * len(classes.classes) > len(order):
        raise TooMany
    arrays = Arrays(classes)

    def array(out: Expr) -> Expr:
        found, places = assembled[out]
        if found == [out]:
            return out
        value = arrays.vector_of([classes.home(leaf) for leaf in found])
        if places is not None:
            value = make(scatter_add, (value, const(places)), (-1, 1, 1, (out.size,)))
        return make(reshape, (value,), (1, out.shape))

    if together:
        results = [arrays.vector_of([classes.home(leaf) for leaf in leaves])]
        results += [array(out) for out in outputs if out.shape]
    else:
        results = [array(o) if o.shape else arrays.scalar(classes.home(o)) for o in outputs]
    return Rolled(results, arrays.vector, together)


def _assembled(out: Expr) -> tuple[list[Expr], Places | None]:
    """The scalars that an array is put together of, and the places to which they are added.

    Without places they are its elements in order; ``[out]`` is an array that is none of these.
    """
    found, parts = elements(out), []
    stack = [out] if found == [out] else []
    while stack:
        part = stack.pop()
        if part.op is add:
            stack += part.args
        elif part.op is scatter and not part.args[0].shape:
            parts.append(part)
        else:
            return [out], None
    if not parts:
        return found, None
    at = np.array([decode(part.params[0]) for part in parts]) % out.shape
    return [part.args[0] for part in parts], np.ravel_multi_index(tuple(at.T), out.shape)
