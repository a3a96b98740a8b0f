"""From canonical form to the formula a person reads: differences, fractions, roots, powers.

The nodes built here are what is printed and counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from ..expr import Expr, make
from ..leaves import Const, const
from ..ops import arithmetic as a
from ..ops import arrays as ax
from ..ops import contraction as ct
from ..ops.elementary import pow, sqrt
from ..walk import postorder
from .arrays.reading import outer_or_product, read
from .arrays.symmetric import is_symmetric
from .exact import HALF, Number, is_term, number
from .nodes import ONE, many, split
from .order import has_bool
from .roots import gathered

if TYPE_CHECKING:
    from .canonical import Canonical


class Presenter:
    """The reading form of the nodes of one canonical graph."""

    def __init__(self, outputs: Sequence[Expr], form: Canonical) -> None:
        self.outputs, self.form = outputs, form
        self.order = postorder(outputs)
        self.image: dict[Expr, Expr] = {}
        self.products: dict[tuple[Expr, Number], Expr] = {}
        self.uses: dict[Expr, int] = dict.fromkeys(outputs, 2)
        self.needed = set(outputs)  # products that something needs as a node of its own
        self._count()

    def _count(self) -> None:
        """How often each node is used, users first; what uses a multiple uses the rest."""
        uses, needed, ends = self.uses, self.needed, set(self.outputs)
        for node in reversed(self.order):
            op, args = node.op, node.args
            if op is a.mul and is_term(node):
                factor, rest = args
                uses[factor] = uses.get(factor, 0) + 1
                uses[rest] = uses.get(rest, 0) + uses[node] - (node in ends)
                needed.update([x for x in args if x.op is a.mul and is_term(x)])
                continue
            for x in args:
                uses[x] = uses.get(x, 0) + 1
            if op is not a.add:
                needed.update(args)

    def run(self) -> list[Expr]:
        """The reading forms of the outputs."""
        self._present(self.order)
        return [self.view(out) for out in self.outputs]

    def _present(self, order: Sequence[Expr]) -> None:
        """Make the reading form of every node that has none yet, arguments first."""
        for node in order:
            op = node.op
            if node in self.image:
                continue
            if op is Const:
                value = node.params[0]
                self.image[node] = _fraction(value) if isinstance(value, Fraction) else node
            elif (op is a.add or op is a.mul) and has_bool(node):
                self._keep(node)
            elif op is a.add:
                self.image[node] = self._signed([split(t) for t in node.args])
            elif op is a.mul:
                if node in self.needed:
                    self.view(node)  # others are built on demand, with their coefficient
            elif op is pow:
                self._power(node)
            elif op.contraction is not None or op is ax.reshape:
                self.image[node] = self._contraction(node)
            else:
                self._keep(node)

    def _keep(self, node: Expr) -> None:
        args = tuple([self.view(x) for x in node.args])
        self.image[node] = node if args == node.args else make(node.op, args, node.params)

    def view(self, node: Expr) -> Expr:
        """The reading form of a canonical node whose arguments are done."""
        found = self.image.get(node)
        if found is None:
            found = self.image[node] = self.product(*split(node))
        return found

    def _contraction(self, node: Expr) -> Expr:
        """Matrix products, ``x @ y`` for the sum of a product, sums that keep their axes."""
        x = node.args[0]
        if node.op is ct.einsum:
            operands = [self.view(x) for x in node.args]
            pairs = zip(node.args, operands, strict=True)
            return read(node, operands, {y for x, y in pairs if is_symmetric(self.form.known, x)})
        if node.op is ax.sum and self.uses.get(x) == 1 and _is_dot(x):
            return make(ct.matmul, tuple([self.view(f) for f in x.args]))
        if node.op is ax.reshape and x.op is ax.sum and self.uses.get(x) == 1 and x.ndim:
            kept = make(ax.sum, (self.view(x.args[0]),), (x.params[0], True))
            if kept.shape == node.shape:
                return kept
        return make(node.op, tuple([self.view(x) for x in node.args]), node.params)

    # -- sums ---------------------------------------------------------------------------------

    def _signed(self, terms: list[tuple[Number, Expr]]) -> Expr:
        """Terms left to right, a positive one first if there is any."""
        if terms[0][0] < 0:
            first = next((i for i, (c, _) in enumerate(terms) if c >= 0), 0)
            terms.insert(0, terms.pop(first))
        plus = [self.product(*terms[0])]
        for coefficient, rest in terms[1:]:
            if coefficient < 0:
                left = plus[0] if len(plus) == 1 else make(a.add, tuple(plus))
                plus = [make(a.sub, (left, self.product(-coefficient, rest)))]
            else:
                plus.append(self.product(coefficient, rest))
        return plus[0] if len(plus) == 1 else make(a.add, tuple(plus))

    # -- powers -------------------------------------------------------------------------------

    def _power(self, node: Expr) -> None:
        base, exponent = node.args
        value = number(exponent)
        if value is not None and value < 0:
            return  # a fraction, built on demand
        self.image[node] = self._raised(base, exponent if value is None else value)

    def _raised(self, base: Expr, exponent: Expr | Number) -> Expr:
        if isinstance(exponent, Expr):
            return make(pow, (self.view(base), self.view(exponent)))
        if exponent == 1:
            return self.view(base)
        if exponent == HALF:
            return make(sqrt, (self.view(base),))
        return make(pow, (self.view(base), const(exponent)))

    # -- products -----------------------------------------------------------------------------

    def product(self, coefficient: Number, rest: Expr) -> Expr:
        """``coefficient*rest`` as a fraction, numbers first."""
        if rest is ONE:
            return _fraction(coefficient)
        if coefficient == 1 and rest.op is not a.mul and rest in self.image:
            return self.image[rest]
        key = (rest, coefficient)
        found = self.products.get(key)
        if found is None:
            found = self.products[key] = self._product(coefficient, rest)
        return found

    def _product(self, coefficient: Number, rest: Expr) -> Expr:
        top: list[Expr] = []
        bottom: list[Expr] = []
        factors = rest.args if rest.op is a.mul else (rest,)
        roots = 0
        for factor in factors:
            if factor.op is pow and factor.args[1].op is Const:
                is_root = type(factor.args[1].params[0]) is Fraction
                roots += is_root + (is_root and factor.args[0].op is Const)
        if roots > 1:
            coefficient, factors = gathered(self.form.known, coefficient, factors)
            self._present(postorder(factors, self.image))  # under a root, 1/exp(x) is exp(-x)
        for factor in factors:
            exponent = number(factor.args[1]) if factor.op is pow else None
            if exponent is not None and exponent < 0:
                bottom.append(self._raised(factor.args[0], -exponent))
            elif not top and self._turns(coefficient, factor, rest):
                top.append(self._signed([(-c, r) for c, r in map(split, factor.args)]))
                coefficient = -coefficient
            elif exponent is not None:
                top.append(self._raised(factor.args[0], exponent))
            else:
                top.append(self.view(factor))
        whole, divisor = coefficient, 1
        if isinstance(coefficient, Fraction):
            whole, divisor = coefficient.numerator, coefficient.denominator
        if len(top) == 2 and rest.shape:
            product = outer_or_product(top)
            top = top if product.op is a.mul else [product]
        if len(top) == 1 and top[0].op is ct.matmul and whole != 1:
            top = [_scaled_chain(whole, top[0])]
        elif whole == -1 and type(whole) is int and top:
            top[0] = make(a.neg, (top[0],))
        elif whole != 1 or not top:
            top.insert(0, const(whole))
        if divisor != 1:
            bottom.insert(0, const(divisor))
        above = many(a.mul, top)
        zeros = [b for b in bottom if number(b) == 0]  # 1/(0*x) would say something else
        for under in ([b for b in bottom if number(b) != 0], zeros):
            if under:
                above = make(a.div, (above, many(a.mul, under)))
        return above

    def _turns(self, coefficient: Number, factor: Expr, product: Expr) -> bool:
        """Whether a minus in front of a product is taken into a sum: ``-(v - w)/u``."""
        if coefficient.as_integer_ratio()[0] != -1 or factor.op is not a.add:
            return False
        if self.uses.get(factor) != 1 or has_bool(factor):
            return False
        is_alone = coefficient == -1 and factor is product
        return is_alone or any(split(term)[0] < 0 for term in factor.args)


def _is_dot(node: Expr) -> bool:
    """Whether a canonical node is the product of two vectors of one length, neither of them under
    a fraction.
    """
    return (
        node.op is a.mul
        and len(node.args) == 2
        and node.ndim == 1
        and all(f.shape == node.shape and not _is_divisor(f) for f in node.args)
    )


def _is_divisor(factor: Expr) -> bool:
    exponent = number(factor.args[1]) if factor.op is pow else None
    return exponent is not None and exponent < 0


def _scaled_chain(coefficient: Number, product: Expr) -> Expr:
    """``2*A @ B @ c``: the number goes to the first of the matrices."""
    later = []
    while product.op is ct.matmul:
        product, right = product.args
        later.append(right)
    negative = coefficient == -1 and type(coefficient) is int
    scaled = make(a.neg, (product,)) if negative else make(a.mul, (const(coefficient), product))
    for right in reversed(later):
        scaled = make(ct.matmul, (scaled, right))
    return scaled


def _fraction(value: Number) -> Expr:
    if isinstance(value, Fraction):
        return make(a.div, (const(value.numerator), const(value.denominator)))
    return const(value)
