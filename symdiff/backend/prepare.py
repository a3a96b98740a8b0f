"""The program that computes a graph: stable forms, shared parts, cheaper forms, then lowering."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import reduce
from itertools import combinations
from typing import NamedTuple
from weakref import WeakKeyDictionary, ref

from ..expr import Expr, Op, make
from ..leaves import const
from ..ops.arithmetic import add, div, mul, neg, sub
from ..ops.arrays import scatter, transpose
from ..ops.contraction import matmul
from ..ops.elementary import cosh, sigmoid
from ..ops.structural import number_in
from ..rewrite.cse import shared
from ..rewrite.tables.stabilise import only_stable, stabilise
from ..walk import exceeds, postorder, rebuild
from .gather import gathered
from .lower import lower
from .program import Program

MOST_TERMS = 4  # of a sum of matrices that is taken term by term
MAX_REWRITTEN = 5000  # nodes: beyond, only rewrites for stability are made


def prepared(nodes: list[Expr], fast: bool) -> list[Expr]:
    """The outputs in the forms to compile: stable, and with ``fast`` also cheap."""
    if exceeds(nodes, MAX_REWRITTEN):
        return only_stable(nodes)
    stable = stabilise(nodes, fast)
    return gathered(cheaper(shared(stable))) if fast else stable


def cheaper(outputs: Sequence[Expr]) -> list[Expr]:
    """The graph with forms that take fewer passes over arrays.

    >>> import symdiff as sd
    >>> A, x = sd.Var("A", (3, 3)), sd.Var("x", (3,))
    >>> cheaper([(A + A.T) @ x])
    [A @ x + A.T @ x]
    """
    order = postorder(outputs)
    present = {node.op for node in order}
    forms = [form for op, form in _FORMS.items() if op in present]
    if not forms:
        return list(outputs)
    uses = Counter([x for node in order for x in node.args])
    uses.update(outputs)

    def image(new: Expr, old: Expr) -> Expr:
        for form in forms:
            new = form(new, old, uses)
        return new

    images = rebuild(outputs, image)
    return [images[out] for out in outputs]


def _times(x: Expr, y: Expr) -> Expr:
    """A product in the one order that makes it the same node wherever it occurs."""
    return make(mul, (x, y) if x.digest <= y.digest else (y, x))


def _slope(new: Expr, old: Expr, uses: Counter[Expr]) -> Expr:
    """The slope of the sigmoid, ``sigmoid(z)*sigmoid(-z)``, by one function instead of two, where
    nothing else uses these.

    It is the square of ``1/2/cosh(z/2)``, which is 0 where it is less than the smallest number.
    """
    if new.op is not mul:
        return new
    factors, negative = _factors(new)
    curves = [f for f in factors if f.op is sigmoid and uses[f] < 2]
    for one, other in combinations(curves, 2):
        (z,), (w,) = one.args, other.args
        if _opposite(z, w):
            factors.remove(one)
            factors.remove(other)
            half, z = const(0.5), w if z.op is neg else z
            root = make(div, (half, make(cosh, (make(mul, (half, z)),))))
            slope = reduce(_times, [make(mul, (root, root)), *factors])
            return make(neg, (slope,)) if negative else slope
    return _times(*new.args) if new is not old and len(new.args) == 2 else new


def _factors(node: Expr) -> tuple[list[Expr], bool]:
    """The factors of a product of products, and whether a minus stands before them."""
    factors: list[Expr] = []
    negative = False
    for a in node.args:
        factor = a.args[0] if a.op is neg else a
        negative ^= a.op is neg
        factors += factor.args if factor.op is mul else (factor,)
    return factors, negative


def _opposite(z: Expr, w: Expr) -> bool:
    if (z.op is neg and z.args[0] is w) or (w.op is neg and w.args[0] is z):
        return True
    if z.op is not mul or w.op is not mul or z.args[1:] != w.args[1:]:
        return False
    first, second = number_in(z.args[0]), number_in(w.args[0])
    return first is not None and second is not None and bool(first == -second)


def _inward(node: Expr, old: Expr, uses: Counter[Expr]) -> Expr:
    """Numbers and signs before a scattered array taken to its part."""
    for i, x in enumerate(node.args):
        others = (*node.args[:i], *node.args[i + 1 :])  # x may be there twice
        moves = node.op is neg or node.op is mul or (node.op is div and i == 0)
        if x.op is scatter and moves and not any(a.shape for a in others):
            args = (*node.args[:i], x.args[0], *node.args[i + 1 :])
            return make(scatter, (make(node.op, args),), x.params)
    return node


def _apart(new: Expr, old: Expr, uses: Counter[Expr]) -> Expr:
    """``(A + A.T) @ x`` term by term: a product with a vector reads a matrix as a sum does."""
    args = new.args if new.op is old.op is matmul else ()
    for i, total in enumerate(old.args if args else ()):
        terms = _terms(total)
        if not terms or uses[total] > 1 or min(args[1 - i].shape) not in (1, args[1 - i].size):
            continue
        products = [make(matmul, (t, args[1]) if i == 0 else (args[0], t)) for t in terms]
        return make(total.op, tuple(products))
    return new


def _terms(total: Expr) -> tuple[Expr, ...]:
    """The terms of a sum or difference of variables and transposes of variables, else none."""
    if total.op not in (add, sub) or len(total.args) > MOST_TERMS:
        return ()
    if total.ndim != 2 or any(t.shape != total.shape for t in total.args):
        return ()
    return total.args if all(map(_is_given, total.args)) else ()


def _is_given(x: Expr) -> bool:
    inner = x.args[0] if x.op is transpose else x
    return not inner.args


# What is made of a node over its new arguments, where a graph has that operation; the node as it
# was and the uses of all of them decide with it.
_FORMS: dict[Op, Callable[[Expr, Expr, Counter[Expr]], Expr]] = {
    sigmoid: _slope, scatter: _inward, matmul: _apart,
}  # fmt: skip


# -- programs -------------------------------------------------------------------------------------


class _Kept(NamedTuple):
    """Programs without their nodes, by whether forms were chosen, and the outputs they compute."""

    outputs: tuple[ref[Expr], ...]
    programs: dict[bool, Program]


_kept: WeakKeyDictionary[Expr, _Kept] = WeakKeyDictionary()
_NOWHERE = const(0)


def program_of(outputs: list[Expr], inputs: Sequence[Expr], chosen: bool) -> Program:
    """The program that ``compile`` makes of some outputs, or that of the graph as it is written.

    It is kept as long as the first output lives.  Its instructions name no nodes, which would keep
    the outputs alive.
    """
    key = next((out for out in outputs if out.args), None)
    if key is None:
        return lower(outputs, inputs)
    names = tuple([ref(out) for out in outputs])
    kept = _kept.get(key)
    if kept is None or kept.outputs != names:
        kept = _kept[key] = _Kept(names, {})
    program = kept.programs.get(chosen)
    if program is None:
        whole = lower(prepared(outputs, fast=True) if chosen else outputs, inputs)
        steps = [step._replace(node=_NOWHERE) for step in whole.instructions]
        program = whole._replace(instructions=steps, constant_nodes=())
        kept.programs[chosen] = program
    return program
