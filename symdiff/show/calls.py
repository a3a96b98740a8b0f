"""What a call in a text builds: the row itself, or the function with NumPy's arguments."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from ..errors import ArityError, KindError, LimitError
from ..expr import Expr, Op, make
from ..leaves import Const
from ..messages import short

FLAGS = frozenset(["keepdims", "reverse", "exclusive"])
Public = Callable[..., Any]


def build(
    op: Op | None, public: Public | None, args: list[Any], keywords: dict[str, Any], most: int
) -> Any:
    """``op`` on ``args`` with the parameters of its row, or ``public`` with those of NumPy.

    ``most`` bounds the numbers that a function without a row is given, such as how many parts.

    Raises: ArityError, LimitError, or whatever the row has against its parameters.
    """
    if op is not None and (public is None or _is_for_the_row(op, args, keywords)):
        for key, value in keywords.items():
            _check_type(key, value, "")
        if op.arity is not None and len(args) != op.arity:
            raise ArityError(op.title, f"{op.arity} argument{'s' * (op.arity != 1)}", len(args))
        return op(*args, **keywords)
    assert public is not None
    return _call(public, args, keywords, most if op is None else None)


def listed(op: Op, parts: list[Expr]) -> Expr:
    """``[a, b]``: ``op`` joins the parts along a new first axis.

    Raises: ShapeError for shapes that do not fit.
    """
    return make(op, tuple(parts), (-1 - max([part.ndim for part in parts]),))


def takes_list(public: Public) -> bool:
    """Whether the first argument is a list of expressions, as in ``concatenate([x, y])``."""
    first = next(iter(_parameters(public)), None)
    return first is not None and first[1].startswith(("Iterable[Expr", "Sequence[Expr"))


def _is_for_the_row(op: Op, args: list[Any], keywords: dict[str, Any]) -> bool:
    if not op.param_names or keywords.keys() != set(op.param_names):
        return False
    return all(isinstance(a, Expr) for a in args) and _counts_from_the_end(args, keywords)


def _call(public: Public, args: list[Any], keywords: dict[str, Any], most: int | None) -> Any:
    """``public`` with literals where it wants no expressions."""
    parameters = _parameters(public)
    given: list[Any] = []
    if parameters and takes_list(public):
        given, args, parameters = [args], [], parameters[1:]
    for i, value in enumerate(args):
        name, kinds = parameters[min(i, len(parameters) - 1)] if parameters else ("it", "")
        given.append(_argument(name, kinds, value))
    for name, value in keywords.items():
        _check_type(name, value, dict(parameters).get(name, ""))
    if most is not None:
        for value in [*given, *keywords.values()]:
            _check_numbers(value, most)
    found = public(*given, **keywords)
    if not isinstance(found, Expr):
        raise KindError("it gives several values, a text describes one; take it in Python")
    return found


@cache
def _parameters(public: Public) -> tuple[tuple[str, str], ...]:
    """The names and annotations of the parameters; the last one may take all that follow."""
    return tuple([(n, str(kinds)) for n, kinds in public.__annotations__.items() if n != "return"])


def _argument(name: str, kinds: str, value: Any) -> Any:
    """An expression where one is wanted, else the literal that stands there."""
    held = isinstance(value, Expr) and value.op is Const and not value.shape
    if "Expr" in kinds or (kinds == "Any" and isinstance(value, Expr) and not held):
        if not isinstance(value, Expr):
            raise KindError(f"{name} is an expression, not {short(value)}")
        return value
    if isinstance(value, Expr):
        if not held:
            raise KindError(f"{name} is written out as numbers, not as {short(value)}")
        value = value.params[0]
    _check_type(name, value, kinds)
    return value


def _check_type(key: str, value: Any, kinds: str) -> None:
    """Equal numbers of other types would make one interned node of different texts.

    Raises: KindError for anything but True and False in a flag, for other types than ``kinds``
    names elsewhere; integers, None and texts always pass.
    """
    if key in FLAGS or kinds == "bool":
        if type(value) is not bool:
            raise KindError(f"{key} is True or False, got {short(value)}")
        return
    loose = [float] * ("float" in kinds or "Any" in kinds) + [bool] * ("Any" in kinds)
    stack = [value]
    while stack:
        item = stack.pop()
        if type(item) is tuple:
            stack.extend(item)
        elif item is not None and type(item) not in (int, str, *loose):
            raise KindError(f"{key} is made of integers, got {short(item)}")


def _check_numbers(value: Any, most: int) -> None:
    """Raises: LimitError for a number, or one of several, larger than a text may ask for."""
    for n in value if isinstance(value, tuple) else (value,):
        if type(n) is int and abs(n) > most:
            raise LimitError("elements of an array", abs(n), most, "max_elements")


def _counts_from_the_end(args: list[Expr], keywords: dict[str, Any]) -> bool:
    """Whether axes are as rows have them: negative, and not before the first axis."""
    axes = keywords.get("axes", keywords.get("axis", -1))
    deepest = max([a.ndim for a in args], default=0) + 1
    flat = axes if isinstance(axes, tuple) else (axes,)
    return all(type(a) is int and -deepest <= a < 0 for a in flat)
