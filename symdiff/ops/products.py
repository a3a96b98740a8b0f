"""Products of arrays with the arguments NumPy users expect."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from operator import index as as_int
from string import ascii_letters
from typing import Any

from ..errors import ShapeError
from ..expr import Expr, ExprLike, Shape, as_expr, broadcast_shapes, make
from ..messages import short
from . import contraction
from .arithmetic import mul
from .contraction import split_subscripts
from .functions import normal_axis, reshape, stack
from .indexing import getitem
from .joining import window
from .shaping import from_start, moveaxis

DOTS = "..."
LETTERS = "".join(sorted(ascii_letters))


def einsum(subscripts: Any, *operands: Any, optimize: Any = None) -> Expr:
    """A sum of products over axes that are named by letters, in NumPy's full grammar.

    ``...`` stands for the axes that have no letter; without ``->`` the output has the letters
    that occur once, in alphabetical order.  In place of letters, lists of integers may follow
    the operands.  ``optimize`` is ignored: the order of products is chosen when they are compiled.

    Raises: ShapeError for subscripts that do not parse or do not fit the shapes.

    >>> import symdiff as sd
    >>> A, B = sd.Var("A", (2, 3)), sd.Var("B", (3, 4))
    >>> sd.einsum("ij,jk->ki", A, B).shape, sd.einsum("...j->...", A).shape
    ((4, 2), (2,))
    """
    if not isinstance(subscripts, str):
        subscripts, operands = _as_text((subscripts, *operands))
    nodes = tuple([as_expr(x) for x in operands])
    words, output = _resolved(subscripts, tuple([x.shape for x in nodes]))
    return make(contraction.einsum, nodes, (",".join(words) + "->" + output,))


def _as_text(given: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
    """Operands with lists of integers behind them, and perhaps one for the output, as letters."""
    count = len(given) // 2
    words = []
    for labels in (*given[1 : 2 * count : 2], *given[2 * count :]):
        if not isinstance(labels, Iterable):
            raise ShapeError(
                "einsum", (), f"a list of integers names the axes, got {short(labels)}"
            )
        numbers = [label if label is Ellipsis else as_int(label) for label in labels]
        if any(n is not Ellipsis and not 0 <= n < len(LETTERS) for n in numbers):
            raise ShapeError(
                "einsum", (), f"axes are named by 0 to {len(LETTERS) - 1}: {short(labels)}"
            )
        words.append("".join([DOTS if n is Ellipsis else LETTERS[n] for n in numbers]))
    arrow = "->" + words.pop() if len(given) % 2 else ""
    return ",".join(words) + arrow, given[: 2 * count : 2]


def _resolved(subscripts: str, shapes: tuple[Shape, ...]) -> tuple[list[str], str]:
    """A word of letters for each operand and for the output, each axis named."""
    text = "".join(subscripts.split())

    def refuse(hint: str) -> ShapeError:
        return ShapeError("einsum", shapes, f"in {subscripts!r} {hint}")

    plain = text.replace(DOTS, "").replace("->", "", 1).replace(",", "")
    if not all(c in LETTERS for c in plain):
        raise refuse(f"{short(next(c for c in plain if c not in LETTERS))} is no letter")
    words, output = split_subscripts(text)
    if any(word.count(DOTS) > 1 for word in (*words, output)):
        raise refuse("... appears twice in one term")
    if len(words) != len(shapes) or not shapes:
        raise refuse(f"there are {len(words)} terms for {len(shapes)} operands")
    hidden = []
    for word, shape in zip(words, shapes, strict=True):
        left = len(shape) - len(word.replace(DOTS, ""))
        if left < 0 or (left and DOTS not in word):
            raise refuse(f"{short(word)} does not name the axes of the shape {shape}")
        hidden.append(left)
    most = max(hidden)
    free = [c for c in ascii_letters if c not in text][:most]
    if len(free) < most:
        raise refuse("there are more axes than letters")
    named = [
        word.replace(DOTS, "".join(free[most - n :])) for word, n in zip(words, hidden, strict=True)
    ]
    used = "".join(words).replace(DOTS, "")
    if "->" not in text:
        output = DOTS + "".join([c for c in LETTERS if used.count(c) == 1])
    elif most and DOTS not in output:
        raise refuse(f"the output has no ... for {most} axes without letters")
    letters = output.replace(DOTS, "")
    if len(set(letters)) < len(letters):
        raise refuse("a letter appears twice in the output")
    if set(letters) - set(used):
        raise refuse(f"{short(min(set(letters) - set(used)))} is in the output alone")
    _check_sizes(named, shapes, used, refuse)
    return named, output.replace(DOTS, "".join(free))


def _check_sizes(
    words: list[str], shapes: tuple[Shape, ...], used: str, refuse: Callable[[str], ShapeError]
) -> None:
    """Sizes of one letter are equal or 1; within one operand they are equal."""
    sizes: dict[str, int] = {}
    for word, shape in zip(words, shapes, strict=True):
        own: dict[str, int] = {}
        for letter, n in zip(word, shape, strict=True):
            first = own.setdefault(letter, n)
            before = sizes.get(letter, 1) if first == n else first
            if first != n or (before != n and 1 not in (before, n)):
                what = repr(letter) if letter in used else "an axis of ..."
                raise refuse(f"{what} has the sizes {before} and {n}")
            sizes[letter] = n if before == 1 else before


def _labelled(name: str, a: Expr, b: Expr, left: Sequence[int], right: Sequence[int]) -> Expr:
    """The product with the axes ``left`` of one run together with the axes ``right`` of the other.

    The other axes of the first come first.
    """
    if a.ndim + b.ndim - len(left) > len(ascii_letters):
        raise ShapeError(name, (a.shape, b.shape), "there are more axes than letters")
    letters = iter(ascii_letters)
    first = [next(letters) for _ in range(a.ndim)]
    pairs = dict(zip(right, left, strict=True))
    second = [first[pairs[k]] if k in pairs else next(letters) for k in range(b.ndim)]
    for i, k in zip(left, right, strict=True):
        if a.shape[i] != b.shape[k]:
            raise ShapeError(
                name, (a.shape, b.shape), f"sizes {a.shape[i]} and {b.shape[k]} meet, must be equal"
            )
    summed = {first[i] for i in left}
    output = [c for c in (*first, *second) if c not in summed]
    word = f"{''.join(first)},{''.join(second)}->{''.join(output)}"
    return make(contraction.einsum, (a, b), (word,))


def tensordot(a: ExprLike, b: ExprLike, axes: int | Sequence[int | Sequence[int]] = 2) -> Expr:
    """The product summed over ``axes``: so many last of ``a`` and first of ``b``, or two lists.

    Raises: ShapeError for axes that do not fit.

    >>> import symdiff as sd
    >>> sd.tensordot(sd.Var("A", (2, 3, 4)), sd.Var("B", (4, 3)), axes=([1, 2], [1, 0])).shape
    (2,)
    """
    a, b = as_expr(a), as_expr(b)
    if isinstance(axes, Iterable):
        one, other = axes
        left = from_start("tensordot", one, a.shape, a.ndim)
        right = from_start("tensordot", other, b.shape, b.ndim)
    else:
        count = as_int(axes)
        if not 0 <= count <= min(a.ndim, b.ndim):
            raise ShapeError("tensordot", (a.shape, b.shape), f"{short(count)} axes to sum over")
        left, right = tuple(range(a.ndim - count, a.ndim)), tuple(range(count))
    if len(left) != len(right):
        raise ShapeError("tensordot", (a.shape, b.shape), f"{short(axes)} are not as many of both")
    if a.ndim == b.ndim == 2 and (left, right) == ((1,), (0,)):
        return make(contraction.matmul, (a, b))
    return _labelled("tensordot", a, b, left, right)


def dot(a: ExprLike, b: ExprLike) -> Expr:
    """NumPy's ``dot``: over the last axis of ``a`` and the last but one of ``b``.

    Scalars multiply; for vectors and matrices it is ``a @ b``.

    Raises: ShapeError for axes of different size.

    >>> import symdiff as sd
    >>> sd.dot(sd.Var("A", (2, 3)), sd.Var("B", (4, 3, 5))).shape
    (2, 4, 5)
    """
    a, b = as_expr(a), as_expr(b)
    if not a.ndim or not b.ndim:
        return make(mul, (a, b))
    if max(a.ndim, b.ndim) <= 2:
        return make(contraction.matmul, (a, b))
    return _labelled("dot", a, b, (a.ndim - 1,), (max(b.ndim - 2, 0),))


def vdot(a: ExprLike, b: ExprLike) -> Expr:
    """The sum of products of all elements, in row-major order.

    >>> import symdiff as sd
    >>> sd.vdot(sd.Var("A", (2, 3)), sd.Var("b", (6,))).shape
    ()
    """
    a, b = as_expr(a), as_expr(b)
    if a.size != b.size:
        raise ShapeError("vdot", (a.shape, b.shape), "both need as many elements")
    return make(contraction.matmul, tuple([x if x.ndim == 1 else reshape(x, -1) for x in (a, b)]))


def vecdot(x1: ExprLike, x2: ExprLike, axis: int = -1) -> Expr:
    """The sum of products along ``axis``; the other axes broadcast.

    Raises: ShapeError for axes of different size.

    >>> import symdiff as sd
    >>> sd.vecdot(sd.Var("A", (4, 2, 3)), sd.Var("B", (2, 3))).shape
    (4, 2)
    """
    nodes = [as_expr(x) for x in (x1, x2)]
    last = [moveaxis(x, axis, -1) if axis != -1 and x.ndim > 1 else x for x in nodes]
    shapes = tuple([x.shape for x in nodes])
    if any(not x.ndim for x in last) or last[0].shape[-1] != last[1].shape[-1]:
        raise ShapeError("vecdot", shapes, f"axis {short(axis)} must be of one size")
    broadcast_shapes("vecdot", tuple([x.shape[:-1] for x in last]))
    if last[0].ndim == last[1].ndim == 1:
        return make(contraction.matmul, tuple(last))
    return einsum("...a,...a->...", *last)


def inner(a: ExprLike, b: ExprLike) -> Expr:
    """The sum of products over the last axes of both; scalars multiply.

    Raises: ShapeError for axes of different size.

    >>> import symdiff as sd
    >>> sd.inner(sd.Var("A", (2, 3)), sd.Var("B", (4, 3))).shape
    (2, 4)
    """
    a, b = as_expr(a), as_expr(b)
    if not a.ndim or not b.ndim:
        return make(mul, (a, b))
    if a.ndim == b.ndim == 1:
        return make(contraction.matmul, (a, b))
    return _labelled("inner", a, b, (a.ndim - 1,), (b.ndim - 1,))


def outer(a: ExprLike, b: ExprLike) -> Expr:
    """Every element of ``a`` times every element of ``b``, both in row-major order.

    >>> import symdiff as sd
    >>> sd.outer(sd.Var("A", (2, 3)), sd.Var("b", (4,))).shape
    (6, 4)
    """
    nodes = [as_expr(x) for x in (a, b)]
    return make(contraction.outer, tuple([x if x.ndim == 1 else reshape(x, -1) for x in nodes]))


def kron(a: ExprLike, b: ExprLike) -> Expr:
    """The Kronecker product: a block ``a[i] * b`` for every element of ``a``.

    >>> import symdiff as sd
    >>> sd.kron(sd.Var("A", (2, 3)), sd.Var("B", (4, 5))).shape
    (8, 15)
    """
    a, b = as_expr(a), as_expr(b)
    if not a.ndim or not b.ndim:
        return make(mul, (a, b))
    rank = max(a.ndim, b.ndim)
    one, other = [(1,) * (rank - x.ndim) + x.shape for x in (a, b)]
    if a.ndim + b.ndim > len(ascii_letters):
        raise ShapeError("kron", (a.shape, b.shape), "there are more axes than letters")
    left, right = ascii_letters[: a.ndim], ascii_letters[a.ndim : a.ndim + b.ndim]
    pairs = zip(left.rjust(rank), right.rjust(rank), strict=True)
    output = "".join([c for pair in pairs for c in pair if c != " "])
    spread = make(contraction.einsum, (a, b), (f"{left},{right}->{output}",))
    return reshape(spread, [m * n for m, n in zip(one, other, strict=True)])


def trace(x: ExprLike, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Expr:
    """The sum of diagonal ``offset`` of the matrices along two axes.

    Raises: ShapeError for fewer than two axes, or an axis named twice.

    >>> import symdiff as sd
    >>> sd.trace(sd.Var("X", (3, 3)))
    trace(X)
    """
    return make(contraction.trace, (window("trace", as_expr(x), offset, axis1, axis2),))


def cross(
    a: ExprLike,
    b: ExprLike,
    axisa: int = -1,
    axisb: int = -1,
    axisc: int = -1,
    *,
    axis: int | None = None,
) -> Expr:
    """The cross product of vectors of 3 along an axis; the other axes broadcast.

    Raises: ShapeError for an axis of another size.

    >>> import symdiff as sd
    >>> sd.cross(sd.Var("A", (4, 3)), sd.Var("b", (3,))).shape
    (4, 3)
    """
    a, b = as_expr(a), as_expr(b)
    if axis is not None:
        axisa = axisb = axisc = axis
    parts = []
    for x, at in ((a, axisa), (b, axisb)):
        place = normal_axis("cross", at, x.shape, x.ndim)
        if x.shape[place] != 3:
            raise ShapeError("cross", (a.shape, b.shape), f"axis {short(at)} must be of size 3")
        whole = (slice(None),) * (-place - 1)
        parts.append([getitem(x, (..., i, *whole)) for i in range(3)])
    (a1, a2, a3), (b1, b2, b3) = parts
    found = [a2 * b3 - a3 * b2, a3 * b1 - a1 * b3, a1 * b2 - a2 * b1]
    return stack(found, axisc)


def multi_dot(arrays: Iterable[ExprLike]) -> Expr:
    """The matrix product of two or more; the order of products is chosen when it is compiled.

    Shapes: matrices; the first and the last may be vectors.

    >>> import symdiff as sd
    >>> sd.multi_dot([sd.Var("A", (2, 3)), sd.Var("B", (3, 4)), sd.Var("c", (4,))]).shape
    (2,)
    """
    nodes = [as_expr(x) for x in arrays]
    shapes = tuple([x.shape for x in nodes])
    if len(nodes) < 2 or any(x.ndim != 2 for x in nodes[1:-1]):
        raise ShapeError("multi_dot", shapes, "give two or more, matrices between the ends")
    if any(x.ndim not in (1, 2) for x in (nodes[0], nodes[-1])):
        raise ShapeError("multi_dot", shapes, "the ends are matrices or vectors")
    return reduce(lambda a, b: make(contraction.matmul, (a, b)), nodes)


PUBLIC: tuple[Callable[..., Any], ...] = (
    einsum, tensordot, dot, vdot, vecdot, inner, outer, kron, trace, cross, multi_dot,
)  # fmt: skip
