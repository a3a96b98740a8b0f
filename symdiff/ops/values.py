"""The values of the nodes of a graph over a batch of points: one fold in NumPy, nothing lowered.

A value has any leading batch axes before the shape of its node; those of constants have none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, reduce
from itertools import chain
from string import ascii_letters
from typing import Any

import numpy as np

from ..expr import Expr, Kind, Op, Params, Shape, make
from ..leaves import Const, var
from ..rule import Multilinear
from .implementations import as_float, casts, on_arrays, with_params
from .kernels import aligned

Values = dict[Expr, Any]
TYPES: dict[Kind, type] = {"real": float, "int": int, "bool": bool}
STEPS = 4096  # implementations that are kept


def values_at(order: Iterable[Expr], inputs: Mapping[Expr, Any]) -> Values:
    """The values of nodes, arguments first, for the values of those in ``inputs``.

    Raises: UnsupportedOp for an operation without a NumPy implementation.

    >>> import numpy as np, symdiff as sd
    >>> x = sd.Var("x")
    >>> values_at([x, sd.exp(x)], {x: np.array([0.0, np.inf])})[sd.exp(x)].tolist()
    [1.0, inf]
    """
    values: Values = dict(inputs)
    with np.errstate(all="ignore"):
        for node in order:
            if node not in values:
                values[node] = value_of(node, [values[a] for a in node.args])
    return values


def value_of(node: Expr, args: Sequence[Any]) -> Any:
    """The value of one node for those of its arguments."""
    return constant(node) if node.op is Const else step(node)(*args)


def constant(node: Expr) -> Any:
    """The value of a constant of any shape."""
    value = node.params[0]
    if isinstance(value, np.ndarray):
        return value.astype(TYPES[node.kind], copy=False)
    if node.kind == "real" or abs(value) >= 2**63:
        return as_float(value)
    return TYPES[node.kind](value)


def step(node: Expr) -> Callable[..., Any]:
    """The function that gives the value of a node for those of its arguments."""
    shapes = tuple([a.shape for a in node.args])
    return _step(node.op, node.params, tuple([a.kind for a in node.args]), shapes)


@lru_cache(STEPS)
def _step(
    op: Op, params: Params, kinds: tuple[Kind, ...], shapes: tuple[Shape, ...]
) -> Callable[..., Any]:
    """The implementation of an operation for arguments of these kinds and shapes."""
    if isinstance(op.rule, Multilinear):
        function = _contracted(op, params, kinds, shapes)
    else:
        function = with_params(on_arrays(op), op, params)
    if op.arity == 0:
        value = function() if callable(function) else function
        return lambda: value
    if op.arity is None and "associative" in op.facts and len(shapes) != 2:
        function = _chained(function)
    wanted = casts(op, kinds)
    ranks = [len(shape) for shape in shapes]
    mixed = op.elementwise or "stacks" in op.facts or "aligns" in op.facts
    target = max(ranks) if mixed else None
    if not wanted and (target is None or min(ranks) == target):
        return function
    types = [None if kind is None else TYPES[kind] for kind in wanted or [None] * len(kinds)]
    changes = [
        (i, kind, rank)
        for i, (kind, rank) in enumerate(zip(types, ranks, strict=True))
        if kind is not None or rank != (target or rank)
    ]

    def prepared(*args: Any) -> Any:
        changed = [*args]
        for i, kind, rank in changes:
            changed[i] = _prepared(args[i], kind, rank, target)
        return function(*changed)

    return prepared


def _contracted(
    op: Op, params: Params, kinds: tuple[Kind, ...], shapes: tuple[Shape, ...]
) -> Callable[..., Any]:
    """A product of arrays by the labels of its axes, batch axes before them."""
    zipped = zip(shapes, kinds, strict=True)
    args = tuple([var("a", *of, tag=i) for i, of in enumerate(zipped)])
    assert op.contraction is not None
    operands, inputs, output = op.contraction(make(op, args, params))
    deltas = [value_of(x, ()) for x in operands[len(args) :]]
    letter: dict[int, str] = {}
    for label in (*chain(*inputs), *output):
        letter.setdefault(label, ascii_letters[len(letter)])
    words = ["..." + "".join([letter[label] for label in labels]) for labels in (*inputs, output)]
    equation = f"{','.join(words[:-1])}->{words[-1]}"
    return lambda *values: np.einsum(equation, *values, *deltas)


def _chained(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args: reduce(function, args)


def _prepared(value: Any, kind: type | None, rank: int, target: int | None) -> Any:
    """A value cast to a kind, with axes put in for a core of ``target`` axes."""
    if kind is not None:
        value = np.asarray(value, kind)
    return value if target is None else aligned(value, rank, target)
