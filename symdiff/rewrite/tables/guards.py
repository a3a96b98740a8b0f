"""Derivatives of powers at the points where a factor is 0 and the power infinite.

By x, ``x**y`` has the slope ``y*x**(y - 1)``, which is 0 for y = 0, also at x = 0, where its
textbook form is 0 times infinity.  The engine adds ``tie(x, 0) & tie(y, 0)`` to the exponent, which
makes it 0 there; for reading, that is left out.  What is compiled has ``(y - 1)*ne(y, 0)`` instead,
of which only values are right: its derivative by y is not that of the exponent.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...expr import Expr, make
from ...ops import arithmetic as ar
from ...ops import compare as co
from ...ops.elementary import pow
from ...walk import rebuild
from ..engine import rewritten
from ..exact import number
from ..row import REAL, Form, Rule
from ..table import table_of
from .reading import ZERO, multiple_of, shifted

DEPTH = 4  # of products and quotients in one another that powers are looked for in


def guard_rows() -> list[Rule]:
    """What is compiled: exponents that are 0 where a factor is, so that the product is 0."""
    holds = lambda ops: bool({pow, ar.add, ar.sub}.intersection(ops))
    return [Rule("power times what may be 0", ar.mul, _guarded, REAL, below=holds)]


def plain_rows() -> list[Rule]:
    """What is read: the same without guards."""
    return [
        Rule("slope of a power", ar.mul, _plain, REAL, below=lambda ops: pow in ops),
        Rule("quotient without 0/0", co.where, _quotient, REAL),
    ]


def plain(outputs: Sequence[Expr]) -> list[Expr]:
    """Derivatives as the engine writes them in textbook form, which compiling guards again.

    >>> import symdiff as sd
    >>> x, y = sd.vars("x y")
    >>> slope = sd.grad(x**y, x, simplify=False)
    >>> print(sd.to_text(slope), *map(sd.to_text, plain([slope])))
    y*x**(y - 1 + (tie(x, 0) & tie(y, 0))) y*x**(y - 1)
    """
    return rewritten(outputs, table_of(plain_rows))


def _plain(form: Form, node: Expr) -> Expr | None:
    """``y*x**(y - 1 + (tie(x, 0) & tie(y, 0)))`` as ``y*x**(y - 1)``."""
    factors = list(node.args)
    for i, power in enumerate(factors):
        if power.op is pow and power.args[1].op is ar.add and len(power.args[1].args) == 2:
            base, (exponent, guard) = power.args[0], power.args[1].args
            zeros = _zeros(guard)
            if len(zeros) == 2 and zeros[0] is base and zeros[1] in factors:
                factors[i] = base**exponent
                return ar.mul(*factors)
    return None


def _quotient(form: Form, node: Expr) -> Expr | None:
    """``where(tie(x, 0) & tie(y, 0), 0, x/y)`` as ``x/y`` where y is never 0."""
    condition, zero, quotient = node.args
    if quotient.op is not ar.div or number(zero) != 0 or _zeros(condition) != list(quotient.args):
        return None
    return quotient if form.facts.nonzero(quotient.args[1]) else None


def _zeros(condition: Expr) -> list[Expr]:
    """The x and y of ``tie(x, 0) & tie(y, 0)``, nothing for another condition."""
    if condition.op is not co.logical_and:
        return []
    return [c.args[0] for c in condition.args if c.op is co.tie and number(c.args[1]) == 0]


def _guarded(form: Form, node: Expr) -> Expr | None:
    """The exponents of powers times ``ne(g, 0)`` for factors g whose zeros make them negative.

    The powers are factors beside g, or factors in the terms of a sum beside it.
    """
    factors = list(node.args)
    for i, factor in enumerate(factors):
        zeros = [g for g in _bases(node.args[:i] + node.args[i + 1 :]) if not form.facts.nonzero(g)]
        if factor.op in (ar.add, ar.sub):
            terms = [_with_guards(form, term, zeros) for term in factor.args]
            factors[i] = factor if terms == list(factor.args) else make(factor.op, tuple(terms))
        else:
            factors[i] = _with_guards(form, factor, zeros)
    return None if factors == list(node.args) else ar.mul(*factors)


def _with_guards(form: Form, term: Expr, zeros: Sequence[Expr]) -> Expr:
    """A power, or a product or quotient with powers in it, with guards against those zeros."""
    given: dict[Expr, Expr] = {}
    level = [term]
    for _ in range(DEPTH):
        for node in level:
            if node.op is pow:
                given[node] = _against(form, node, zeros)
            elif node.op not in (ar.mul, ar.div):
                given[node] = node
        inner = [node for node in level if node not in given]
        level = [x for node in inner for x in node.args]
    given |= {node: node for node in level if node not in given}
    if all(new is old for old, new in given.items()):
        return term
    return rebuild([term], given=given)[term]


def _against(form: Form, power: Expr, zeros: Sequence[Expr]) -> Expr:
    """A power whose exponent is 0 where one of ``zeros`` is, if it were negative there."""
    base, exponent = power.args
    if form.facts.nonzero(base):
        return power
    bare, guards = _unguarded(exponent)
    for g in zeros:
        if _is_negative_without(bare, g) and (guard := co.ne(g, ZERO)) not in guards:
            exponent = ar.mul(exponent, guard)
    return power if exponent is power.args[1] else pow(base, exponent)


def _unguarded(exponent: Expr) -> tuple[Expr, list[Expr]]:
    """An exponent without the guards that it is multiplied by, and these."""
    guards = []
    while exponent.op is ar.mul and len(exponent.args) == 2 and exponent.args[1].op is co.ne:
        exponent, guard = exponent.args
        guards.append(guard)
    return exponent, guards


def _bases(factors: Sequence[Expr]) -> list[Expr]:
    """What is 0 where one of the factors is: themselves, and what they are powers or products of.

    >>> import symdiff as sd
    >>> x, y = sd.vars("x y")
    >>> _bases([-(x**2), x * y])
    [x, y]
    """
    found: dict[Expr, None] = {}
    stack = list(factors)[::-1]
    while stack:
        factor = stack.pop()
        exponent = number(factor.args[1]) if factor.op is pow else None
        if factor.op in (ar.mul, ar.neg):
            stack += factor.args[::-1]
        elif factor.op is ar.square or (exponent is not None and exponent > 0):
            stack.append(factor.args[0])
        else:
            found[factor] = None
    return list(found)


def _is_negative_without(exponent: Expr, g: Expr) -> bool:
    """Whether an exponent is a negative number where ``g`` is 0, by its structure."""
    core, shift = shifted(exponent)
    other, by = shifted(g)
    scale, rest = (1, core) if core is other else multiple_of(core)
    return rest is other and shift - scale * by < 0
