"""Canonical form: sums, products and powers collected, sorted and flattened.

In canonical form there is no subtraction, negation, division, square, reciprocal or root:

* a sum is ``Add(terms...)``: terms in the order of writing, each ``coefficient * rest`` once;
* a term is ``Mul(coefficient, rest)``, the coefficient alone in front, so that the rest stays
  shared whatever its coefficient;
* a rest is ``Mul(factors...)`` without numbers, each base once;
* a factor is ``Pow(base, exponent)`` or any other node.

A child is flattened into its parent only when nothing else uses it, so the total number of
arguments never grows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..expr import Const, Expr, Op, Params, Shape, const, make
from ..ops import arithmetic as a
from ..ops.arrays import broadcast_to
from ..ops.elementary import exp, pow, sqrt
from ..walk import postorder
from . import exact
from .exact import Number, number
from .facts import Facts
from .factor import factor_out, factors_of
from .order import CONSTANT, Rank, rank_of
from .rules import RuleBook

EAGER = 32  # arguments up to which ``canonical`` flattens shared children too

Terms = dict[Expr, Number]


class Canonical:
    """Builds canonical nodes; holds what is known of them during one pass."""

    def __init__(self, eager: int = 0, rules: RuleBook | None = None) -> None:
        self.shared: set[Expr] = set()  # nodes that must not be flattened into a user
        self.ranks: dict[Expr, Rank] = {}
        self.facts = Facts()
        self.eager = eager
        self.rules = RuleBook.standard() if rules is None else rules
        self.one = const(1)
        self.minus = const(-1)
        for node in (self.one, self.minus):
            self.keep(node)

    # -- nodes --------------------------------------------------------------------------------

    def keep(self, node: Expr) -> Expr:
        """Remember the rank of a canonical node."""
        if node not in self.ranks:
            self.ranks[node] = rank_of(node, self.ranks)
        return node

    def node(self, op: Op, args: tuple[Expr, ...], params: Params = ()) -> Expr:
        return self.keep(make(op, args, params))

    def leaf(self, node: Expr) -> Expr:
        """A leaf of the graph; fractions without denominator become integers."""
        value = number(node)
        return self.keep(node) if value is None else self.constant(exact.shorten(value))

    def constant(self, value: object) -> Expr:
        return self.keep(const(value))

    def shaped(self, node: Expr, shape: Shape) -> Expr:
        """``node`` stretched to ``shape``."""
        if node.shape == shape:
            return node
        return self.node(broadcast_to, (node,), (node.ndim, shape))

    def apply(self, op: Op, args: tuple[Expr, ...], params: Params = ()) -> Expr:
        """The canonical form of ``op`` applied to canonical arguments."""
        build = _BUILDERS.get(op)
        if build is not None and not any(x.kind == "bool" for x in args):
            return build(self, args)
        if "commutative" in op.facts and len(args) == 2 and "associative" not in op.facts:
            args = tuple(sorted(args, key=self._term_key))
        node = self.node(op, args, params)
        rewritten = self.rules.rewrite(self, node)
        if rewritten is None:
            return node
        return self.shaped(rewritten, node.shape)

    def flattens(self, node: Expr) -> bool:
        """Whether a sum or product may be merged into the one that uses it."""
        return node not in self.shared or len(node.args) <= self.eager

    # -- terms --------------------------------------------------------------------------------

    def split(self, term: Expr) -> tuple[Number, Expr]:
        """Coefficient and rest of a canonical term; the rest of a number is 1."""
        if term.op is a.mul:
            first = number(term.args[0])
            if first is not None and len(term.args) == 2:
                return first, term.args[1]
        elif term.op is Const:
            value = number(term)
            if value is not None:
                return value, self.one
        return 1, term

    def scaled(self, coefficient: Number, rest: Expr) -> Expr:
        """``coefficient*rest``; the minus of a sum goes inside it."""
        if coefficient == 1:
            return rest
        if rest is self.one:
            return self.constant(coefficient)
        if coefficient == 0:
            return self.shaped(self.constant(0), rest.shape)
        if coefficient == -1:
            if rest.op is a.add and rest not in self.shared and not _has_bool(rest):
                return self.node(a.add, tuple([self._negated(t) for t in rest.args]))
            flipped = self._flipped(rest)
            return self.node(a.mul, (self.minus, rest)) if flipped is None else flipped
        return self.node(a.mul, (self.constant(coefficient), rest))

    def _flipped(self, rest: Expr) -> Expr | None:
        """``-u*(v - w)`` as ``u*(w - v)``: the minus of a product inside a difference."""
        if rest.op is not a.mul or rest in self.shared:
            return None
        for i, factor in enumerate(rest.args):
            if factor.op is a.add and factor not in self.shared and not _has_bool(factor):
                if not self.all_negative(factor) and any(self.split(t)[0] < 0 for t in factor.args):
                    others = rest.args[:i] + rest.args[i + 1 :]
                    factors = [*others, self.scaled(-1, factor)]
                    return self.node(a.mul, tuple(sorted(factors, key=self._factor_key)))
        return None

    def _negated(self, term: Expr) -> Expr:
        coefficient, rest = self.split(term)
        return self.scaled(-coefficient, rest)

    def times(self, coefficient: Number, node: Expr) -> Expr:
        """A number times a canonical node."""
        own, rest = self.split(node)
        both = exact.times(coefficient, own)
        if both is None:
            return self.node(a.mul, (self.constant(coefficient), node))
        return self.scaled(both, rest)

    # -- sums ---------------------------------------------------------------------------------

    def add(self, args: Iterable[Expr]) -> Expr:
        """The canonical sum of canonical terms."""
        args = tuple(args)
        shape = _shape_of(args)
        terms: Terms = {}
        constants: list[Number] = []
        floats: list[Expr] = []
        multiples: Terms = {}  # sums with a coefficient
        self._gather(args, terms, constants, floats, multiples)
        if len(floats) > 1:
            return self._in_order(args)
        if multiples:
            self._expand(multiples, terms, constants)
        total: Number = 0
        for value in constants:
            both = exact.plus(total, value)
            if both is None:
                return self._in_order(args)
            total = both
        if self.rules.sum_heads and len(terms) + bool(total) > 1:
            total = self.rules.rewrite_sum(self, terms, total)
        if len(terms) > 1 and not total and not floats:
            product = factor_out(self, terms)
            if product is not None:
                return self.shaped(product, shape)
        return self.shaped(self._sum(terms, total, floats), shape)

    def _gather(
        self,
        args: tuple[Expr, ...],
        terms: Terms,
        constants: list[Number],
        floats: list[Expr],
        multiples: Terms,
    ) -> None:
        """Collect coefficients by rest, merging sums that only this sum uses."""
        pending = [(1, t) for t in reversed(args)]
        while pending:
            sign, term = pending.pop()
            while term.op is broadcast_to and term.params[0] == term.args[0].ndim:
                term = term.args[0]
            coefficient, rest = self.split(term)
            if rest is self.one:
                value = coefficient if sign == 1 else -coefficient
                if type(value) is not float:
                    constants.append(value)
                elif value:
                    floats.append(self.constant(value))
                continue
            if rest.op is a.add and (coefficient == 1 or coefficient == -1):
                if self._mergeable(term, rest, args):
                    flipped = sign if coefficient == 1 else -sign
                    pending.extend([(flipped, t) for t in reversed(rest.args)])
                    continue
            elif rest.op is Const and rest.kind == "real":
                floats.append(term)  # float arrays and infinities stand alone
            elif rest.op is a.add and type(coefficient) is not float:
                multiples[rest] = 0
            before = terms.get(rest, 0)
            after = exact.plus(before, coefficient if sign == 1 else -coefficient)
            if after is None:
                term = self.node(a.mul, (self.minus, term)) if sign == -1 else term
                terms[term] = 1
            elif after:
                terms[rest] = after
            else:
                terms.pop(rest, None)

    def _mergeable(self, term: Expr, total: Expr, args: tuple[Expr, ...]) -> bool:
        if _has_bool(total):
            return False
        if self.flattens(term) and self.flattens(total):
            return True
        # (u + 1) - 1 with u + 1 used elsewhere: u + 0 takes no more arguments than before
        return term is total and _ends_in_number(total) and any(map(_is_exact, args))

    def _expand(self, multiples: Terms, terms: Terms, constants: list[Number]) -> None:
        """``c*(u + v) + w`` as ``c*u + (c*v + w)`` where all but one of its terms meet others."""
        for total in multiples:
            coefficient = terms.get(total, 0)
            if not coefficient or total in self.shared or type(coefficient) is float:
                continue
            split = [self.split(t) for t in total.args]
            met = sum(bool(constants) if r is self.one else r in terms for _, r in split)
            if met < len(split) - 1 or any(type(c) is float for c, _ in split) or _has_bool(total):
                continue
            scaled = [(exact.times(coefficient, c), r) for c, r in split]
            sums = [(None if c is None else exact.plus(terms.get(r, 0), c), c, r) for c, r in scaled]
            if any(after is None for after, _, _ in sums):
                continue
            del terms[total]
            for after, c, r in sums:
                assert after is not None and c is not None
                if r is self.one:
                    constants.append(c)
                elif after:
                    terms[r] = after
                else:
                    del terms[r]

    def _in_order(self, args: tuple[Expr, ...]) -> Expr:
        """A sum whose terms must stay as they are: two or more floats stand alone in it."""
        if len(args) == 1:
            return args[0]
        node = self.node(a.add, args)
        self.shared.add(node)
        return node

    def _sum(self, terms: Terms, total: Number, floats: list[Expr]) -> Expr:
        ordered = sorted(terms, key=self._term_key) if len(terms) > 1 else list(terms)
        nodes = [self.scaled(terms[rest], rest) for rest in ordered]
        if total or (floats and floats[0].op is Const and not floats[0].shape):
            constants = [self.constant(total)] if total else []
            if floats and number(floats[0]) is not None:
                constants.append(floats[0])
            at = len(nodes)
            while at and self.ranks[nodes[at - 1]].degree < 0:
                at -= 1
            nodes[at:at] = constants
        if not nodes:
            return self.constant(0)
        return nodes[0] if len(nodes) == 1 else self.node(a.add, tuple(nodes))

    def _term_key(self, node: Expr) -> tuple[float, bool, str, int]:
        degree, group, text = self.ranks[node]
        return (-degree, group == CONSTANT, text, node.digest)

    # -- products -----------------------------------------------------------------------------

    def mul(self, args: Iterable[Expr]) -> Expr:
        """The canonical product of canonical factors."""
        args = tuple(args)
        shape = _shape_of(args)
        powers: dict[Expr, Expr] = {}
        exponents: dict[Expr, Number] = {}
        coefficient: Number = 1
        loose: list[Expr] = []  # numbers that cannot be multiplied without loss
        pending = list(reversed(args))
        while pending:
            factor = pending.pop()
            while factor.op is broadcast_to and factor.params[0] == factor.args[0].ndim:
                factor = factor.args[0]
            own, rest = self.split(factor)
            if own != 1:
                both = exact.times(coefficient, own)
                if both is None:
                    loose.append(self.constant(own))
                else:
                    coefficient = both
            if rest is self.one:
                continue
            if rest.op is a.mul and self.flattens(factor) and self.flattens(rest):
                if not _has_bool(rest):
                    pending.extend(reversed(rest.args))
                    continue
            if rest.op is a.add and rest not in self.shared and self.all_negative(rest):
                coefficient = -coefficient
                rest = self.scaled(-1, rest)
            self._collect(rest, exponents, powers)
        if coefficient == 0:
            return self.shaped(self.constant(0), shape)
        if len(exponents) > 1:
            coefficient = self._cancel(coefficient, exponents, powers)
        return self.shaped(self._product(coefficient, exponents, powers, loose), shape)

    def _collect(self, factor: Expr, exponents: dict[Expr, Number], powers: dict[Expr, Expr]) -> None:
        """Add the exponent of one factor to that of its base."""
        base, exponent = factor.args if factor.op is pow else (factor, self.one)
        if base.op is exp:
            own, base_rest = self.split(base.args[0])
            value = number(exponent)
            both = None if value is None else exact.times(own, value)
            if both is not None and base_rest is not self.one:
                base, exponent = self.node(exp, (base_rest,)), self.constant(both)
        value = number(exponent)
        if base in powers:
            powers[base] = self.add((powers[base], exponent))
        elif value is None:
            before = exponents.pop(base, 0)
            powers[base] = self.add((self.constant(before), exponent)) if before else exponent
        else:
            total = exact.plus(exponents.get(base, 0), value)
            if total is None:
                powers[base] = self.add((self.constant(exponents.pop(base)), exponent))
            else:
                exponents[base] = total

    def _cancel(
        self, coefficient: Number, exponents: dict[Expr, Number], powers: dict[Expr, Expr]
    ) -> Number:
        """Open a shared product of which another factor cancels a part: ``(u*v)/u`` is ``v``."""
        for product in [b for b in exponents if b.op is a.mul]:
            sign = exponents[product]
            if sign not in (1, -1) or _has_bool(product):
                continue
            inner = factors_of(product)
            if any(exponents.get(b, 0) * e * sign < 0 for b, e in inner.items()):
                del exponents[product]
                for factor in product.args:
                    raised = factor if sign == 1 else self.power(factor, self.minus)
                    own, raised = self.split(raised)
                    coefficient *= own
                    self._collect(raised, exponents, powers)
        return coefficient

    def _product(
        self,
        coefficient: Number,
        exponents: dict[Expr, Number],
        powers: dict[Expr, Expr],
        loose: list[Expr],
    ) -> Expr:
        if self.rules.product_heads and len(exponents) > 1:
            coefficient, extra = self.rules.rewrite_product(self, coefficient, exponents)
            if extra:
                rebuilt = [self.power(b, self.constant(e)) for b, e in exponents.items()]
                rebuilt += [self.power(b, e) for b, e in powers.items()]
                return self.mul([self.constant(coefficient), *extra, *rebuilt, *loose])
        factors: list[Expr] = []
        again: list[Expr] = []
        for base, value in exponents.items():
            if value == 1:
                factors.append(base)
            elif value:
                found = self.power(base, self.constant(value))
                plain = found.op is pow and found.args[0] is base or found.op is exp
                (factors if plain else again).append(found)
        for base, exponent in powers.items():
            found = self.power(base, exponent)
            (factors if found.op is pow and found.args[0] is base else again).append(found)
        factors = self._merge_exps(factors)
        if again:
            return self.mul([self.constant(coefficient), *factors, *again, *loose])
        factors += loose
        if len(factors) > 1:
            factors.sort(key=self._factor_key)
        if not factors:
            return self.constant(coefficient)
        rest = factors[0] if len(factors) == 1 else self.node(a.mul, tuple(factors))
        return self.scaled(coefficient, rest)

    def _merge_exps(self, factors: list[Expr]) -> list[Expr]:
        """``exp(u)*exp(v)`` as ``exp(u + v)`` where no other user needs ``exp(u)`` anyway."""
        found = [f for f in factors if f.op is exp]
        if len(found) < 2 or any(f in self.shared for f in found):
            return factors
        rest = [f for f in factors if f.op is not exp]
        return [*rest, self.apply(exp, (self.add([f.args[0] for f in found]),))]

    def _factor_key(self, node: Expr) -> tuple[int, str, int]:
        rank = self.ranks[node]
        return (rank.group, rank.text, node.digest)

    def all_negative(self, total: Expr) -> bool:
        return all(self.split(t)[0] < 0 for t in total.args)

    # -- powers -------------------------------------------------------------------------------

    def power(self, base: Expr, exponent: Expr) -> Expr:
        """The canonical form of ``base**exponent``."""
        value = number(exponent)
        if value is None:
            return self._symbolic_power(base, exponent)
        value = exact.tidy_exponent(value)
        if value == 0:
            return self.shaped(self.one, base.shape)
        if value == 1:
            return base
        coefficient, rest = self.split(base)
        if rest is self.one or coefficient != 1:
            return self._scaled_power(coefficient, rest, base, value)
        return self._plain_power(base, value)

    def _scaled_power(self, coefficient: Number, rest: Expr, base: Expr, value: Number) -> Expr:
        """``(coefficient*rest)**value``, the coefficient taken out where that is exact."""
        if coefficient == 0 and value < 0:
            return self.node(pow, (base, self.minus))
        outside = exact.power(coefficient, value)
        if outside is None or (type(value) is not int and coefficient < 0):
            return self.node(pow, (base, self.constant(value)))
        if rest is self.one:
            return self.constant(outside)
        return self.times(outside, self._plain_power(rest, value))

    def _plain_power(self, base: Expr, value: Number) -> Expr:
        """``base**value`` for a base without coefficient."""
        whole = type(value) is int
        op = base.op
        if op is a.mul and not _has_bool(base):
            if whole and (self.flattens(base) or self._undone(base, value)):
                return self.mul([self.power(f, self.constant(value)) for f in base.args])
        elif op is pow:
            inner = number(base.args[1])
            if whole or (inner is not None and self.facts.nonnegative(base.args[0])):
                return self.power(base.args[0], self.mul((base.args[1], self.constant(value))))
            if isinstance(inner, int) and inner % 2 == 0:
                both = exact.times(inner, value)
                if both is not None:
                    size = self.apply(a.abs, (base.args[0],))
                    return self.power(size, self.constant(both))
        elif op is exp:
            if base not in self.shared or value < 0:
                return self.apply(exp, (self.times(value, base.args[0]),))
        elif op is a.abs and whole and value % 2 == 0:
            return self.power(base.args[0], self.constant(value))
        elif op is a.add and whole and base not in self.shared and self.all_negative(base):
            flipped = self.node(pow, (self.scaled(-1, base), self.constant(value)))
            return flipped if value % 2 == 0 else self.scaled(-1, flipped)
        elif op is broadcast_to and base.params[0] == base.args[0].ndim:
            return self.shaped(self.power(base.args[0], self.constant(value)), base.shape)
        node = self.node(pow, (base, self.constant(value)))
        rewritten = self.rules.rewrite(self, node)
        return node if rewritten is None else self.shaped(rewritten, node.shape)

    def _undone(self, product: Expr, value: Number) -> bool:
        """Whether the power only takes back the powers of the two factors."""
        inner = [number(f.args[1]) if f.op is pow else None for f in product.args]
        return len(inner) == 2 and all(e is not None and abs(e * value) == 1 for e in inner)

    def _symbolic_power(self, base: Expr, exponent: Expr) -> Expr:
        shape = _shape_of((base, exponent))
        if base is self.one:
            return self.shaped(base, shape)
        if base.op is a.e:
            return self.apply(exp, (exponent,))
        if base.op is pow and self.facts.positive(base.args[0]):
            return self.power(base.args[0], self.mul((base.args[1], exponent)))
        if base.op is exp:
            return self.apply(exp, (self.mul((base.args[0], exponent)),))
        node = self.node(pow, (base, exponent))
        rewritten = self.rules.rewrite(self, node)
        return node if rewritten is None else self.shaped(rewritten, node.shape)


_BUILDERS = {
    a.add: lambda form, args: form.add(args),
    a.mul: lambda form, args: form.mul(args),
    a.sub: lambda form, args: form.add((args[0], form.times(-1, args[1]))),
    a.neg: lambda form, args: form.times(-1, args[0]),
    a.div: lambda form, args: form.mul((args[0], form.power(args[1], form.minus))),
    pow: lambda form, args: form.power(*args),
    a.reciprocal: lambda form, args: form.power(args[0], form.minus),
    a.square: lambda form, args: form.power(args[0], form.constant(2)),
    sqrt: lambda form, args: form.power(args[0], form.constant(exact.HALF)),
}


def _is_exact(node: Expr) -> bool:
    return number(node) is not None and node.kind == "int"


def _ends_in_number(total: Expr) -> bool:
    return len(total.args) == 2 and _is_exact(total.args[1])


def _shape_of(args: Sequence[Expr]) -> Shape:
    shape = args[0].shape if args else ()
    for x in args:
        if x.shape != shape:
            return make(a.add, tuple(args)).shape
    return shape


def _has_bool(node: Expr) -> bool:
    for x in node.args:
        if x.kind == "bool":
            return True
    return False


def build(outputs: Sequence[Expr], eager: int = 0) -> tuple[list[Expr], set[Expr]]:
    """The canonical forms of a graph's outputs, and the nodes kept whole because they are shared."""
    form = Canonical(eager)
    order = postorder(outputs)
    uses: dict[Expr, int] = dict.fromkeys(outputs, 2)
    for node in order:
        for arg in node.args:
            uses[arg] = uses.get(arg, 0) + 1
    image: dict[Expr, Expr] = {}
    for node in order:
        args = tuple([image[x] for x in node.args])
        new = form.apply(node.op, args, node.params) if args else form.leaf(node)
        image[node] = new
        if new.args and uses[node] > 1:
            form.shared.add(new)
    return [image[out] for out in outputs], form.shared


def canonical(e: Expr) -> Expr:
    """The canonical form of an expression: equal forms mean equal functions.

    Shared sums and products of up to 32 arguments are flattened too, so the form does not
    depend on how the expression was nested.

    >>> import symdiff as sd
    >>> x, y = sd.Var("x"), sd.Var("y")
    >>> canonical(x * (y * x) - x / y) is canonical(-x / y + y * x**2)
    True
    """
    return build([e], EAGER)[0][0]
