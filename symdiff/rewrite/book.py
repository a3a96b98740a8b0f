"""Rules by the operation at their head, and their application to canonical nodes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from ..expr import OPS, Expr, Op
from ..leaves import Const
from ..ops import arithmetic as ar
from ..ops.elementary import exp, pow
from ..walk import postorder
from .arrays.linear_rules import linear_rows
from .computed import inspections
from .exact import Number, number
from .match import Bindings, Form, fill, is_wildcard, match, quotient
from .recording import fired
from .rules import Rule, rows
from .terms import Builder

if TYPE_CHECKING:
    from .canonical import Canonical


class RuleBook:
    """Rules by the operation at the head of their left side, in canonical form."""

    def __init__(self) -> None:
        self.plain: dict[Op, dict[Op | None, list[_Plain]]] = {}
        self.sum_heads: dict[tuple[Op, Op], list[_Group]] = {}
        self.product_heads: dict[Op, list[_Group]] = {}
        self.inspections: dict[Op, list[Rule]] = {}
        self.parity: dict[Op, int] = {}

    @staticmethod
    def of(rows: Iterable[Rule]) -> RuleBook:
        """The book of these patterns alone."""
        from .canonical import Canonical

        book = RuleBook()
        draft = Canonical(rules=RuleBook())
        for row in rows:
            book._enter(draft, row)
        return book

    @staticmethod
    @cache
    def standard() -> RuleBook:
        """The book of all rules that ``simplify`` uses."""
        book = RuleBook.of(rows())
        for row in [*inspections(), *linear_rows()]:
            assert isinstance(row.left, Op)
            book.inspections.setdefault(row.left, []).append(row)
        for op in OPS.values():
            if op.arity == 1 and op.elementwise and not {"odd", "even"}.isdisjoint(op.facts):
                book.parity[op] = -1 if "odd" in op.facts else 1
        return book

    def _enter(self, draft: Canonical, row: Rule) -> None:
        left = fill(draft, row.pattern, _Self())
        row = row._replace(left=left)
        coefficient, rest = draft.split(left)
        if left.op is ar.add:
            group = _group(row, 1, [draft.split(t) for t in left.args])
            self.sum_heads.setdefault(_heads(group.first), []).append(group)
        elif rest.op is ar.mul:
            items = [_weighted(draft, f) for f in rest.args]
            group = _group(row, coefficient, items)
            self.product_heads.setdefault(group.head, []).append(group)
        else:
            inner = left.args[0]
            loose = len(left.args) > 1 and left.op is not pow  # another argument may be the one
            below = None if is_wildcard(inner) or loose else inner.op
            fixed = frozenset([x for x in inner.args if below is not None and _is_fixed(x)])
            self.plain.setdefault(left.op, {}).setdefault(below, []).append(_Plain(row, fixed))

    def rewrite(self, form: Form, node: Expr) -> Expr | None:
        """The canonical right side of the first rule that fits a node, or None."""
        op = node.op
        sign = self.parity.get(op)
        if sign is not None:
            flipped = _opposite(form, node.args[0])
            if flipped is not None:
                fired("odd function" if sign < 0 else "even function")
                return form.times(sign, form.apply(op, (flipped,), node.params))
        for row in self.inspections.get(op, ()):
            found = row.inspect(form, node)
            if found is not None:
                fired(row.name)
                return found
        by_argument = self.plain.get(op)
        if by_argument is not None:
            for below in (node.args[0].op, None):
                for row, fixed in by_argument.get(below, ()):
                    if fixed and not fixed.issubset(node.args[0].args):
                        continue
                    bound: Bindings = {}
                    if match(form, row.pattern, node, bound) and _holds(form, row, bound):
                        fired(row.name)
                        return fill(form, row.template, bound)
        return None

    def rewrite_sum(self, form: Canonical, terms: Builder[Expr], total: Number) -> Number:
        """Apply rules to the terms of a sum in place; the new constant term."""
        starts = {t: found for t in terms if (found := self.sum_heads.get(_heads(t)))}
        if not starts:
            return total
        ops = Counter([t.op for t in terms])  # with those that rules have removed
        for rest, groups in starts.items():
            for group in groups:
                if rest not in terms:
                    break
                if not _may_join(group, rest, ops):
                    continue
                hit = self._match_sum(form, group, rest, terms, total)
                if hit is None:
                    continue
                scale, bound, constant = hit
                fired(group.row.name)
                if constant:
                    total = 0
                new = form.times(scale, fill(form, group.row.template, bound))
                for t in new.args if new.op is ar.add else (new,):
                    coefficient, r = form.split(t)
                    if r is form.one:
                        total = total + coefficient
                    else:
                        ops[r.op] += 1
                        form.collect(terms, coefficient, r)
        return total

    def _match_sum(
        self, form: Canonical, group: _Group, rest: Expr, terms: Builder[Expr], total: Number
    ) -> tuple[Number, Bindings, bool] | None:
        scale = quotient(terms[rest], group.weight)
        if scale is None:
            return None
        for weight, pattern in group.others:
            if pattern is form.one and total != scale * weight:
                return None
        bound: Bindings = {}
        if not match(form, group.first, rest, bound) or not _holds(form, group.row, bound):
            return None
        used = [rest]
        constant = False
        for weight, pattern in group.others:
            wanted = scale * weight
            if pattern is form.one:
                if total != wanted or isinstance(total, float):
                    return None
                constant = True
                continue
            other = fill(form, pattern, bound)
            factor, other = form.split(other)
            if other not in terms or terms[other] != wanted * factor or other in used:
                return None
            used.append(other)
        for node in used:
            terms.take(node)
        return scale, bound, constant

    def rewrite_product(
        self, form: Canonical, coefficient: Number, exponents: Builder[Expr]
    ) -> tuple[Number, list[Expr]]:
        """Apply rules to the factors of a product in place: the coefficient and new factors."""
        extra: list[Expr] = []
        ops = [base.op for base in exponents]
        if self.product_heads.keys().isdisjoint(ops):
            return coefficient, extra
        heads: dict[Op, int] = {}
        for op in ops:
            heads[op] = heads.get(op, 0) + 1
        for base in list(exponents):
            for group in self.product_heads.get(base.op, ()):
                if base not in exponents:
                    break
                if not _may_follow(group, heads):
                    continue
                hit = self._match_product(form, group, base, coefficient, exponents)
                if hit is not None:
                    scale, coefficient, bound = hit
                    fired(group.row.name)
                    new = fill(form, group.row.template, bound)
                    extra.append(form.power(new, form.constant(scale)))
        return coefficient, extra

    def _match_product(
        self,
        form: Canonical,
        group: _Group,
        base: Expr,
        coefficient: Number,
        exponents: Builder[Expr],
    ) -> tuple[int, Number, Bindings] | None:
        scale = quotient(exponents[base], group.weight)
        if not isinstance(scale, int) or (group.positive and scale < 1):
            return None
        for weight, pattern in group.others:
            raised = scale * weight
            if not is_wildcard(pattern) and not any(
                b.op is pattern.op and e == raised and b is not base for b, e in exponents.items()
            ):
                return None
        bound: Bindings = {}
        if not match(form, group.first, base, bound):
            return None
        if group.coefficient != 1:
            share = quotient(coefficient, group.coefficient)
            if not isinstance(share, int) or scale != 1:
                return None
            coefficient = share
        used = [base]
        for weight, pattern in group.others:
            other = fill(form, pattern, bound)
            if exponents[other] != scale * weight or other in used:
                return None
            used.append(other)
        if not _holds(form, group.row, bound):
            return None
        for node in used:
            exponents.take(node)
        return scale, coefficient, bound


class _Plain(NamedTuple):
    """A rule on a function, and what must be among the arguments of its first argument."""

    row: Rule
    fixed: frozenset[Expr]


class _Group(NamedTuple):
    """A rule on a sum or product: one item to find first, the others follow from it."""

    row: Rule
    coefficient: Number
    head: Op
    weight: Number
    first: Expr
    others: list[tuple[Number, Expr]]
    positive: bool


def _is_fixed(pattern: Expr) -> bool:
    """Whether a part of a pattern stands for one node alone, as ``pi/2`` does."""
    return pattern.op is not Const and not any(is_wildcard(n) for n in postorder([pattern]))


class _Self(dict[Expr, Expr]):
    """Bindings of wildcards to themselves."""

    def __missing__(self, key: Expr) -> Expr:
        return key


def _group(row: Rule, coefficient: Number, items: list[tuple[Number, Expr]]) -> _Group:
    """The item that binds every wildcard comes first."""
    lead = next(i for i, (_, p) in enumerate(items) if p.args and not is_wildcard(p))
    (weight, first) = items[lead]
    others = [item for i, item in enumerate(items) if i != lead]
    return _Group(row, coefficient, _head(first), weight, first, others, weight > 0)


def _may_follow(group: _Group, heads: dict[Op, int]) -> bool:
    """Whether there are operations among the factors for all items of a rule."""
    for _, pattern in group.others:
        if not is_wildcard(pattern) and heads.get(pattern.op, 0) <= (pattern.op is group.head):
            return False
    return True


def _may_join(group: _Group, rest: Expr, ops: Counter[Op]) -> bool:
    """Whether there are operations among the terms for all items of a rule that starts there."""
    for _, pattern in group.others:
        if pattern.op is not Const and ops[pattern.op] <= (pattern.op is rest.op):
            return False
    return True


def _weighted(form: Form, factor: Expr) -> tuple[Number, Expr]:
    """Exponent and base of a factor, of exponentials too, as products collect them."""
    if factor.op is pow:
        exponent = number(factor.args[1])
        if exponent is not None:
            return exponent, factor.args[0]
    if factor.op is exp:
        exponent, rest = form.split(factor.args[0])
        return exponent, form.apply(exp, (rest,))
    return 1, factor


def _heads(node: Expr) -> tuple[Op, Op]:
    return node.op, node.args[0].op if node.op is pow else node.op


def _head(node: Expr) -> Op:
    return node.args[0].op if node.op is pow else node.op


def _holds(form: Form, row: Rule, bound: Bindings) -> bool:
    return row.when is None or row.when(form.facts, bound)


def _opposite(form: Form, arg: Expr) -> Expr | None:
    """The negative of an argument that is written with a minus sign, else None."""
    if arg.op is ar.mul or arg.op is Const:
        coefficient, _ = form.split(arg)
        return form.times(-1, arg) if coefficient < 0 else None
    return None
