"""The page of an operation, made of its row: what ``help(sd.sin)`` and ``sd.sin?`` show.

>>> import symdiff as sd
>>> print(sd.relu.__doc__.partition(">>>")[0].strip())
relu(x), of each element.
<BLANKLINE>
Derivative  d/dx[relu(x)] = where(x > 0, 1, 0)
At kinks    the derivative at 0 is 0
Values      in [0, inf)
Accuracy    exact; the derivative exact
LaTeX       \\operatorname{relu}\\left(x\\right)
Source      max(x, 0); slope 0 at 0
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from inspect import Parameter, Signature, cleandoc, signature
from typing import Any

from .api import grad, jvp
from .domain import REAL, Interval
from .errors import SymdiffError
from .expr import OPS, Expr, Op
from .leaves import Const, Var, const, var
from .ops.names import ALIASES, WRAPPERS
from .rule import Linear, NonDiff, Partials
from .show.latex import latex
from .show.text import to_text

_WORDS = ("odd", "even", "increasing", "decreasing", "commutative", "associative", "integer")
_POINTS = (0.5, 0.3, 2.0, 3.0, -1.5)  # what arguments of an example may be, the first that fits
_LEAVES: dict[Op, Callable[..., Any]] = {Const: const, Var: var}


def page(op: Op) -> str:
    """The documentation of an operation: a table of what its row says, and an example."""
    if op in _LEAVES:
        return cleandoc(_LEAVES[op].__doc__ or "")
    lines = [summary(op), ""]
    lines += [f"{label:<11} {text}" for label, text in _said(op)]
    return "\n".join([*lines, "", *_example(op)]).strip()


def call_signature(op: Op) -> Signature:
    """How an operation is called, as ``inspect.signature`` gives it."""
    if op in _LEAVES:
        found = signature(_LEAVES[op])
        return found.replace(parameters=[p for p in found.parameters.values() if p.name != "tag"])
    each = Parameter.POSITIONAL_ONLY if op.arity is not None else Parameter.VAR_POSITIONAL
    given = [Parameter(name, each) for name in arguments(op)]
    return Signature(given + [Parameter(name, Parameter.KEYWORD_ONLY) for name in op.param_names])


def arguments(op: Op) -> tuple[str, ...]:
    """The names of the arguments: those that the derivative has, or the witness of three.

    >>> import symdiff as sd
    >>> arguments(sd.atan2), arguments(sd.clip), arguments(sd.add), arguments(sd.matmul)
    (('y', 'x'), ('x', 'low', 'high'), ('args',), ('A', 'B'))
    """
    if op.arity is None:
        return ("args",)
    if isinstance(op.rule, Partials):
        return _parameters(op.rule.each[0])[: op.arity]
    if op.arity > 2 and callable(op.mpmath):
        return _parameters(op.mpmath)[1:]
    return ("x", "y")[: op.arity] if op.elementwise else ("A", "B")[: op.arity]


def _parameters(function: Any) -> tuple[str, ...]:
    code = function.__code__
    names: tuple[str, ...] = code.co_varnames[: code.co_argcount]
    return names


def summary(op: Op) -> str:
    if op.elementwise:
        return f"{op.name}{call_signature(op)}".replace(", /", "") + ", of each element."
    if op.name in WRAPPERS:
        return f"The operation of sd.{op.name}, which explains how it is called."
    name = op.title if op.param_names else op.name
    return f"{name}{call_signature(op)}".replace(", /", "") + ", of arrays."


def _said(op: Op) -> Iterator[tuple[str, str]]:
    """What the row says, with a label for each thing; a thing of several lines has it once."""
    node, names = _node(op), arguments(op)
    if node is not None and op.infix:
        yield "Written", to_text(node)
    for i, text in enumerate(_derivatives(op, node)):
        yield "" if i else "Derivative", text
    for i, (point, slope) in enumerate(op.kinks):
        yield "" if i else "At kinks", f"the derivative at {_plain(point)} is {_plain(slope)}"
    limits = zip(names, op.domain, strict=False)
    inside = [f"{name} in {where}" for name, where in limits if where != REAL]
    if inside:
        yield "Domain", ", ".join(inside)
    if op.range != REAL and op.arity != 0:
        yield "Values", f"in {op.range}"
    facts = [word for word in _WORDS if word in op.facts]
    if facts:
        yield "Known", ", ".join(facts)
    if op.name in OPS and op.elementwise:
        yield "Accuracy", _accuracy(op)
    if node is not None:
        yield "LaTeX", latex(node)
    aliases = [alias for alias, name in ALIASES.items() if name == op.name]
    if aliases:
        yield "Also named", ", ".join(aliases)
    if op.source:
        yield "Source", op.source


def _accuracy(op: Op) -> str:
    """In units of the last digit: of the sum of all terms, where the row is ``mixed``."""
    value, slope = [f"within {n:g} ulp" if n else "exact" for n in op.accuracy]
    text = value if isinstance(op.rule, NonDiff) else f"{value}; the derivative {slope}"
    mixed = ", arguments being rounded too" if "mixed" in op.facts else ""
    where = [t for t, d in zip(op.test, op.domain, strict=False) if t != d]
    return text + mixed + (f", tested in {' x '.join(map(str, op.test))}" if where else "")


def _plain(value: Any) -> str:
    numbers = value if isinstance(value, tuple) else (value,)
    text = ", ".join(f"{x:g}" for x in numbers)
    return f"({text})" if isinstance(value, tuple) else text


def _symbols(op: Op) -> list[Expr]:
    """Variables for the arguments: scalars, or matrices for an operation on arrays."""
    shape = () if op.elementwise else (2, 2)
    return [var(name, shape) for name in (arguments(op) if op.arity else ("x", "y"))]


def _node(op: Op) -> Expr | None:
    """The operation applied to variables; None where it needs more than these."""
    try:
        node = WRAPPERS.get(op.name, op)(*_symbols(op))
    except (SymdiffError, TypeError):
        return None
    return node if isinstance(node, Expr) and node.op is op else None


def _derivatives(op: Op, node: Expr | None) -> Iterator[str]:
    if isinstance(op.rule, NonDiff):
        yield f"{'0' if op.rule.zero else 'none'}: {op.rule.reason}"
    elif node is None:
        if op.rule is not None:
            yield "that of a linear function" if isinstance(op.rule, Linear) else "by its own rule"
    elif op.elementwise:
        moving = _moving(op, node.args)
        for x, slope in zip(moving, grad(node, list(moving)), strict=True):
            yield f"d/d{x}[{to_text(node)}] = {to_text(slope)}"
    else:
        symbols = _symbols(op)
        dots = [var(f"d{x}", x.shape) for x in symbols]
        yield f"d[{to_text(node)}] = {to_text(jvp(node, symbols, dots))}"


def _moving(op: Op, args: Sequence[Any]) -> Sequence[Any]:
    """The arguments by which there is a derivative: an order has none."""
    return args[1:] if "order" in op.facts else args


def _example(op: Op) -> Iterator[str]:
    """A session that builds a node, differentiates it, and evaluates it at a point."""
    node = _node(op)
    if node is None or op.name in WRAPPERS or op.name not in OPS:
        return
    names = [x.name for x in _symbols(op)]
    moving = _moving(op, names)
    yield ">>> import symdiff as sd"
    shape = "" if op.elementwise else ", (2, 2)"
    many = f'sd.vars("{" ".join(moving)}"{shape})'
    one = f'sd.Var("{moving[0]}"{shape})'
    yield f">>> {', '.join(moving)} = {one if len(moving) == 1 else many}"
    order = ["2"] if "order" in op.facts else []
    yield f">>> f = sd.{op.name}({', '.join([*order, *moving])})"
    f = op(2, *map(var, moving)) if order else node
    if not op.elementwise:
        yield from (">>> print(f, f.shape)", f"{to_text(f)} {f.shape}")
        return
    if not isinstance(op.rule, NonDiff):
        slopes = [to_text(slope) for slope in grad(f, [var(name) for name in moving])]
        wrt = moving[0] if len(moving) == 1 else f"[{', '.join(moving)}]"
        star, end = ("", "") if len(moving) == 1 else ("*", ', sep=", "')
        yield from (f">>> print({star}sd.grad(f, {wrt}){end})", ", ".join(slopes))
    at = dict(zip(moving, _point(op.test[len(order) :], len(moving)), strict=True))
    given = ", ".join(f"{name}={value}" for name, value in at.items())
    yield from (f">>> f({given})", repr(f(**at)))


def _point(where: Sequence[Interval], count: int) -> list[float]:
    """Numbers inside the intervals, the last of which repeats; different ones."""
    found: list[float] = []
    for i in range(count):
        inside = where[min(i, len(where) - 1)]
        sample = [*_POINTS, *inside.sample(9)]
        fits = [x for x in sample if inside.contains(x) and x not in found and math.isfinite(x)]
        found.append(fits[0])
    return found
