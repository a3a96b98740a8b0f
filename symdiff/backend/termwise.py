"""``(A + A.T) @ x`` term by term: a product with a vector reads a matrix as fast as a sum does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ..expr import Expr, make
from ..ops import arithmetic, arrays
from ..ops.contraction import matmul
from ..walk import postorder, reachable

MOST_TERMS = 4


def termwise(outputs: Sequence[Expr]) -> list[Expr]:
    """The graph with products of vectors and sums of given matrices taken term by term.

    >>> import symdiff as sd
    >>> A, x = sd.Var("A", (3, 3)), sd.Var("x", (3,))
    >>> termwise([(A + A.T) @ x])
    [A @ x + A.T @ x]
    """
    if not any(_terms(x) for n in reachable(outputs) if n.op is matmul for x in n.args):
        return list(outputs)
    order = postorder(outputs)
    uses = Counter([x for node in order for x in node.args])
    uses.update(outputs)
    results: dict[Expr, Expr] = {}
    for node in order:
        args = tuple([results[x] for x in node.args])
        new = _apart(args, uses, node) if node.op is matmul else None
        if new is None:
            new = node if args == node.args else make(node.op, args, node.params)
        results[node] = new
    return [results[out] for out in outputs]


def _apart(args: tuple[Expr, ...], uses: Counter[Expr], node: Expr) -> Expr | None:
    """The sum of products for a product, None where it is better as it is."""
    for i, total in enumerate(node.args):
        terms = _terms(total)
        if not terms or uses[total] > 1 or min(args[1 - i].shape) not in (1, args[1 - i].size):
            continue
        products = [make(matmul, (t, args[1]) if i == 0 else (args[0], t)) for t in terms]
        if total.op is arithmetic.sub:
            return make(arithmetic.sub, tuple(products))
        return make(arithmetic.add, tuple(products))
    return None


def _terms(total: Expr) -> tuple[Expr, ...]:
    """The terms of a sum or difference of variables and transposes of variables, else none."""
    if total.op not in (arithmetic.add, arithmetic.sub) or len(total.args) > MOST_TERMS:
        return ()
    if total.ndim != 2 or any(t.shape != total.shape for t in total.args):
        return ()
    return total.args if all(map(_is_given, total.args)) else ()


def _is_given(x: Expr) -> bool:
    inner = x.args[0] if x.op is arrays.transpose else x
    return not inner.args
