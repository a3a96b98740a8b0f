"""Rules looked up by the operations of a node and of its arguments, and applied to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

from ..expr import Expr, Op, make
from ..leaves import Const
from ..ops import arithmetic as ar
from ..ops.elementary import pow
from ..walk import postorder
from .canonical import Canonical
from .exact import Number, number
from .match import fill, is_wildcard, match, quotient
from .nodes import power_of
from .recording import fired
from .row import Bindings, Form, Rule
from .terms import Builder

NARROW = 4  # arguments up to which rules are looked up by what the arguments are

_Heads = tuple[Op, Op]  # the operation of an item, and of what it is a power of
_Item = tuple[Number, Expr]  # a coefficient and a term, or an exponent and a base


class _Whole(NamedTuple):
    """A rule on a node, the operations of its arguments, None for any, numbers that must be among
    these, and what must be among the arguments of the first one.
    """

    row: Rule
    needs: tuple[Op | None, ...] = ()
    numbers: frozenset[Number] = frozenset()
    fixed: frozenset[Expr] = frozenset()


class _Several(NamedTuple):
    """A rule on some terms of a sum or factors of a product, whatever stands beside them: the
    item that binds every wildcard, and the others, which follow from it.
    """

    row: Rule
    weight: Number
    first: Expr
    others: list[_Item]
    needs: list[_Heads]  # the operations of these


_Rules = dict[_Heads, list[_Several]]


class Table:
    """Rules by the operation at the head of their left side and the operations below it, so that a
    node which no rule can fit costs one look-up.

    For canonical graphs the left sides are brought into canonical form, and those of sums and
    products fit some of the terms or factors.
    """

    def __init__(self, rules: Sequence[Rule] = (), canonical: bool = False) -> None:
        self.canonical = canonical
        self.rows: dict[Op, list[_Whole]] = {}
        self.looked_up: dict[tuple[object, ...], list[_Whole]] = {}
        self.numbers: frozenset[Number] = frozenset()  # that left sides name
        self.sums: _Rules = {}
        self.products: _Rules = {}
        self.among: dict[Op, list[_Whole]] = {}  # rules on products, by a factor
        form = Canonical()
        for rule in rules:
            row = rule
            if canonical and isinstance(rule.left, Expr):
                row = rule._replace(left=fill(rule.left, _Itself(), form.apply))
                if row.head is ar.add:
                    _enter(self.sums, row, [form.split(t) for t in row.pattern.args])
                    continue
                if row.head is ar.mul:
                    _enter(self.products, row, [power_of(f)[::-1] for f in row.pattern.args])
                    continue
            if row.among is not None:
                self.among.setdefault(row.among, []).append(_Whole(row))
                continue
            numbers = _numbers(row)
            self.numbers |= numbers
            whole = _Whole(row, _needs(row), numbers, _fixed(row))
            self.rows.setdefault(row.head, []).append(whole)

    def fitting(self, node: Expr) -> Sequence[_Whole]:
        """The rules that may fit a node as a whole, in the order in which they are tried."""
        rows = self.rows.get(node.op)
        if rows is None:
            return ()
        below = [x.op for x in node.args] if len(node.args) <= NARROW else []
        values = [number(x) for x in node.args if x.op is Const] if Const in below else []
        named = [v for v in values if v in self.numbers]
        key = (node.op, node.ndim > 0, *below, *named)
        rules = self.looked_up.get(key)
        if rules is None:
            fits = [r for r in rows if not below or _may_fit(r, node.op, below, named)]
            rules = [r for r in fits if node.ndim or not r.row.of_arrays]
            self.looked_up[key] = rules
        return rules

    def rewrite(self, form: Form, node: Expr) -> Expr | None:
        """What the first rule that fits makes of a node, which need not have canonical form."""
        rules = self.fitting(node)
        new = self._first(form, node, rules) if rules else None
        if new is None and self.canonical:
            if node.op is ar.add:
                return self._sum(form, node)
            if node.op is ar.mul:
                return self._product(form, node)
        return new

    def _first(self, form: Form, node: Expr, rules: Sequence[_Whole]) -> Expr | None:
        for row, _, _, fixed in rules:
            if fixed and not fixed.issubset(node.args[0].args):
                continue
            new = _applied(form, row, node)
            if new is not None and (self.canonical or new.kind == node.kind):
                fired(row.name)
                return new
        return None

    def _sum(self, form: Form, node: Expr) -> Expr | None:
        """Rules on some terms, each as often as it fits."""
        rests = [t.args[1] if t.op is ar.mul and t.args[0].op is Const else t for t in node.args]
        rules = _live(self.sums, [(r.op, r.args[0].op if r.op is pow else r.op) for r in rests])
        if not rules:
            return None
        split = [form.split(t) for t in node.args]
        terms = Builder([(rest, c) for c, rest in split if type(c) is not float])
        loose = [t for t, (c, _) in zip(node.args, split, strict=True) if type(c) is float]
        new = [ar.mul(scale, e) for scale, e in _several(form, rules, terms)]
        if not new:
            return None
        return make(ar.add, (*[form.times(c, r) for r, c in terms.items()], *loose, *new))

    def _product(self, form: Form, node: Expr) -> Expr | None:
        """Rules on some factors, each as often as it fits."""
        ops = [(f.args[0] if f.op is pow else f).op for f in node.args]
        if not self.among.keys().isdisjoint(ops):
            among = [row for op in dict.fromkeys(ops) for row in self.among.get(op, ())]
            new = self._first(form, node, among)
            if new is not None:
                return new
        rules = _live(self.products, [(op, op) for op in ops])
        if not rules:
            return None
        powers = Builder(map(power_of, node.args))
        raised = [e**scale for scale, e in _several(form, rules, powers)]
        if not raised:
            return None
        return make(ar.mul, (*[b if e == 1 else b**e for b, e in powers.items()], *raised))


@cache
def table_of(*groups: Callable[[], Sequence[Rule]]) -> Table:
    """The rows of some groups, those tried first that come first."""
    return Table([row for rows in groups for row in rows()])


def _live(rules: _Rules, heads: list[_Heads]) -> _Rules:
    """The rules all of whose items may be among those with these heads."""
    if rules.keys().isdisjoint(heads):
        return {}
    live: _Rules = {}
    for head in {*heads} & rules.keys():
        for several in rules[head]:
            if all(heads.count(needed) > (needed == head) for needed in several.needs):
                live.setdefault(head, []).append(several)
    return live


def _several(form: Form, rules: _Rules, items: Builder[Expr]) -> list[_Item]:
    """What rules make of items, which are taken away, with how many times it stands there."""
    new: list[_Item] = []
    for key in list(items):
        for several in rules.get(_heads(key), ()):
            if key not in items:
                break
            bound: Bindings = {}
            scale = _fits(form, several, key, items, bound)
            if scale is not None:
                fired(several.row.name)
                new.append((scale, fill(several.row.template, bound)))
    return new


def _applied(form: Form, row: Rule, node: Expr) -> Expr | None:
    """The right side of a rule that fits a node as a whole."""
    if isinstance(row.left, Op):
        return row.inspect(form, node)
    bound: Bindings = {}
    if not match(form, row.left, node, bound):
        return None
    if row.when is not None and not row.when(form.facts, bound):
        return None
    return fill(row.template, bound)


def _fits(
    form: Form, several: _Several, key: Expr, items: Builder[Expr], bound: Bindings
) -> Number | None:
    """How often a rule stands in a sum or product, whose items it then takes; None if it does not.

    Only whole powers of a product are rewritten, those of a divisor by rules for divisors.
    """
    powers = several.row.head is ar.mul
    scale = quotient(items[key], several.weight)
    if scale is None or (powers and (type(scale) is not int or (several.weight > 0 > scale))):
        return None
    if not match(form, several.first, key, bound):
        return None
    used = [key]
    for weight, pattern in several.others:
        factor, other = form.split(fill(pattern, bound, form.apply))
        if powers and factor != 1:
            return None  # 2*u is no factor of u*v
        if other in used or items[other] != scale * weight * factor:
            return None
        used.append(other)
    if several.row.when is not None and not several.row.when(form.facts, bound):
        return None
    for item in used:
        items.take(item)
    return scale


class _Itself(Bindings):
    """Wildcards bound to themselves."""

    def __missing__(self, key: Expr) -> Expr:
        return key


def _enter(rules: _Rules, row: Rule, items: list[_Item]) -> None:
    """The item that binds every wildcard comes first."""
    lead = next(i for i, (_, p) in enumerate(items) if p.args and not is_wildcard(p))
    weight, first = items.pop(lead)
    needs = [_heads(p) for _, p in items if not is_wildcard(p)]
    rules.setdefault(_heads(first), []).append(_Several(row, weight, first, items, needs))


def _heads(node: Expr) -> _Heads:
    return node.op, node.args[0].op if node.op is pow else node.op


def _needs(row: Rule) -> tuple[Op | None, ...]:
    """What the arguments of a node must be: an operation, or None for anything."""
    if isinstance(row.left, Op):
        return ()
    return tuple([None if _is_open(x) else x.op for x in row.left.args])


def _numbers(row: Rule) -> frozenset[Number]:
    """Numbers that must be among the arguments of a node."""
    args = () if isinstance(row.left, Op) else row.left.args
    return frozenset([value for x in args if (value := number(x)) is not None])


def _fixed(row: Rule) -> frozenset[Expr]:
    """Arguments of the first argument that stand for one node alone, as ``pi/2`` does."""
    if isinstance(row.left, Op) or not row.left.args:
        return frozenset()
    inside = row.left.args[0].args
    return frozenset(
        [x for x in inside if x.op is not Const and not any(map(is_wildcard, postorder([x])))]
    )


def _is_open(pattern: Expr) -> bool:
    scaled = pattern.op is ar.mul and number(pattern.args[0]) is not None
    return is_wildcard(pattern) or scaled


def _may_fit(whole: _Whole, op: Op, below: list[Op], named: Sequence[Number | None]) -> bool:
    row, needs = whole.row, whole.needs
    if row.below is not None:
        return row.below(below)
    if not whole.numbers.issubset(named):
        return False
    if "commutative" in op.facts:
        return all(below.count(need) >= needs.count(need) for need in needs if need is not None)
    return all(need is None or need is x for need, x in zip(needs, below, strict=False))
