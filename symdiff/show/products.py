"""Products in textbook notation: factors, elementwise products, chains of matrix products."""

from __future__ import annotations

from collections.abc import Callable

from ..expr import ATOM, Expr, make
from ..ops.contraction import diag
from .grammar import PRODUCT
from .layout import Layout, Part, Slot
from .notation import Notation
from .signs import starts_with_minus
from .templates import POWER

MINUS = 65  # a leading minus binds looser than a product and tighter than a sum
LONGEST = 64  # factors of a chain that is written as one
MATRIX = "@"


def later(node: Expr, need: int) -> Slot:
    """An argument that is not the first one: in brackets if it starts with a minus."""
    return Slot(node, ATOM + 1 if starts_with_minus(node) else need)


def product(node: Expr, notation: Notation) -> Layout:
    """Scalars and at most one array by ``·``, arrays elementwise by ``⊙``."""
    chain = scaled_matrix(node)
    if chain:
        return PRODUCT, _chained(node, chain, notation)
    several = _arrays(node) > 1
    parts: list[Part] = []
    is_array = False
    for i, a in enumerate(node.args):
        if i:
            parts.append(notation.elementwise if is_array and a.ndim else notation.product)
        if a.op.infix == MATRIX:
            need = PRODUCT + several
            parts.append(later(a, need) if i else Slot(a, need))
        else:
            parts.append(later(a, PRODUCT + 1) if i else Slot(a, MINUS))
        is_array = is_array or bool(a.ndim)
    return PRODUCT, parts


def scaled_matrix(node: Expr) -> list[Expr]:
    """The factors of ``diag(u)·X·diag(v)`` if the node is ``u[:, None]*X*v``, else none."""
    arrays = [a for a in _factors(node) if a.ndim]
    columns = [a.args[0] for a in arrays if _is_column(a)]
    rows = [a for a in arrays if a.ndim == 1]
    matrices = [a for a in arrays if a.ndim > 1 and not _is_column(a)]
    if node.ndim != 2 or len(matrices) != 1 or len(arrays) == 1:
        return []
    if matrices[0].shape != node.shape or any(a.shape != node.shape[1:] for a in rows):
        return []
    ends = [make(diag, (_joined(node, found),)) if found else None for found in (columns, rows)]
    return [a for a in (ends[0], matrices[0], ends[1]) if a is not None]


def _factors(node: Expr) -> list[Expr]:
    """The factors of a product, of a multiple of a product too."""
    arrays = [a for a in node.args if a.ndim]
    if len(arrays) != 1 or arrays[0].op is not node.op:
        return list(node.args)
    return [*[a for a in node.args if not a.ndim], *arrays[0].args]


def _is_column(a: Expr) -> bool:
    """Whether a node is a vector in another shape: the one column of a matrix."""
    return len(a.args) == 1 and a.args[0].ndim == 1 and a.shape == (*a.args[0].shape, 1)


def _joined(node: Expr, vectors: list[Expr]) -> Expr:
    return vectors[0] if len(vectors) == 1 else make(node.op, tuple(vectors))


def _chained(node: Expr, chain: list[Expr], notation: Notation) -> list[Part]:
    """Scalars, then the chain of matrices."""
    parts: list[Part] = []
    scalars = [a for a in _factors(node) if not a.ndim]
    for i, a in enumerate([*scalars, *chain]):
        if i:
            parts.append(notation.product if i <= len(scalars) else notation.matrix)
        parts.append(later(a, PRODUCT + 1) if i else Slot(a, MINUS))
    return parts


def spread(total: Expr, notation: Notation) -> Callable[[Expr, int], list[Part]]:
    """How a term of a sum is written that needs a precedence.  In a sum of matrices a vector is
    repeated as rows ``𝟏·vᵀ``, a column as ``v·𝟏ᵀ``, a number next to an identity as ``c·𝟏𝟏ᵀ``.
    """
    ones, raised = notation.ones, notation.raised
    with_identity = total.ndim > 0 and any("identity" in a.op.facts for a in total.args)

    def term(a: Expr, need: int) -> list[Part]:
        if total.ndim == 2 and _is_column(a):
            return [later(a.args[0], PRODUCT + 1), notation.matrix, ones, raised]
        if total.ndim == 2 and a.ndim == 1:
            return [ones, notation.matrix, Slot(a, POWER + 1), raised]
        if with_identity and not a.ndim:
            return [later(a, PRODUCT + 1), notation.product, ones, ones, raised]
        return [later(a, need) if need > MINUS else Slot(a, need)]

    return term


def _arrays(node: Expr) -> int:
    return sum([a.ndim > 0 for a in node.args])


def matrix_product(node: Expr, notation: Notation) -> Layout:
    """``A·B·x``; a vector on the left is transposed: ``xᵀ·A·y``, and ``Aᵀ·x`` for ``x @ A``."""
    spine = [node]
    while spine[-1].op.infix == MATRIX and len(spine) < LONGEST:
        spine.append(spine[-1].args[0])
    spine.reverse()  # products of the first factors, then of ever more
    plain = any(a.ndim > 2 for a in (spine[0], *[partial.args[1] for partial in spine[1:]]))
    vectors = [k for k, partial in enumerate(spine[:-1]) if partial.ndim == 1 and not plain]
    start = vectors[0] if vectors else 0
    factors = _unnested([partial.args[1] for partial in spine[start + 1 :]])
    if not vectors:
        slots: list[list[Part]] = [[_first(spine[0])]]
        slots += [[later(a, PRODUCT + 1)] for a in factors]
    elif node.ndim:
        slots = [_transposed(a, notation) for a in reversed(factors)]
        slots.append([later(spine[start], PRODUCT + 1)])
    else:
        slots = [_transposed(spine[start], notation)]
        slots += [[later(a, PRODUCT + 1)] for a in factors]
    parts: list[Part] = []
    for slot in slots:
        parts += [notation.matrix, *slot] if parts else slot
    return PRODUCT, parts


def _unnested(factors: list[Expr]) -> list[Expr]:
    """Factors with ``A·(B·x)`` opened: the products of matrices need no brackets."""
    found: list[Expr] = []
    pending = factors[::-1]
    while pending:
        a = pending.pop()
        if a.op.infix == MATRIX and a.args[0].ndim == 2 and len(found) < LONGEST:
            pending += [a.args[1], a.args[0]]
        else:
            found.append(a)
    return found


def _first(node: Expr) -> Slot:
    """The first factor; an elementwise product goes in brackets."""
    inner = node
    while inner.op.infix == "*":
        if _arrays(inner) > 1 and not scaled_matrix(inner):
            return Slot(node, PRODUCT + 1)
        inner = inner.args[0]
    return Slot(node, MINUS)


def _transposed(node: Expr, notation: Notation) -> list[Part]:
    """The transpose of a factor, without a double one."""
    if node.op.contraction is not None and len(node.args) == 1 and node.ndim == 2:
        _, (labels,), output = node.op.contraction(node)
        if output == labels[::-1]:
            return [later(node.args[0], PRODUCT + 1)]
    return [Slot(node, POWER + 1), notation.raised]
