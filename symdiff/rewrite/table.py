"""Rules looked up by the operations of a node and of its arguments, and applied to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

from ..expr import Expr, Op, make
from ..leaves import Const
from ..ops import arithmetic as ar
from ..ops.elementary import pow
from .canonical import Canonical
from .exact import Number, number
from .match import fill, is_wildcard, match, quotient
from .nodes import as_powers, power_of, split
from .recording import fired
from .row import Bindings, Form, Rule
from .terms import Builder

NARROW = 4  # arguments up to which rules are looked up by what the arguments are

_Heads = tuple[Op, Op]  # the operation of an item, and of what it is a power of
_Item = tuple[Number, Expr]  # a coefficient and a term, or an exponent and a base


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
        self.rows: dict[Op, list[Rule]] = {}
        self.looked_up: dict[tuple[object, ...], list[Rule]] = {}
        self.parts: dict[Op, _Rules] = {ar.add: {}, ar.mul: {}} if canonical else {}
        self.among: dict[_Heads, list[Rule]] = {}  # rules on products, by a factor
        self.numbers: frozenset[Number] = frozenset()  # that left sides name
        form = Canonical()
        for row in rules:
            if canonical and isinstance(row.left, Expr):
                row = row._replace(left=fill(row.left, {}, form.apply))  # noqa: PLW2901
            if row.among is not None:
                self.among.setdefault((row.among, row.among), []).append(row)
            elif row.head in self.parts and isinstance(row.left, Expr):
                _enter(self.parts[row.head], row)
            else:
                self.rows.setdefault(row.head, []).append(row)
                self.numbers |= _numbers(row)

    def fitting(self, node: Expr) -> Sequence[Rule]:
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
            rules = [row for row in rows if _may_fit(row, node, below, named)]
            self.looked_up[key] = rules
        return rules

    def rewrite(self, form: Form, node: Expr) -> Expr | None:
        """What the first rule that fits makes of a node, which need not have canonical form."""
        rules = self.fitting(node)
        new = self._first(form, node, rules) if rules else None
        if new is None and node.op in self.parts:
            return self._in_parts(form, node)
        return new

    def _first(self, form: Form, node: Expr, rules: Sequence[Rule]) -> Expr | None:
        for row in rules:
            new = row.inspect(form, node) if isinstance(row.left, Op) else _filled(form, row, node)
            if new is not None and (self.canonical or new.kind == node.kind):
                fired(row.name)
                return new
        return None

    def _in_parts(self, form: Form, node: Expr) -> Expr | None:
        """Rules on some terms of a sum or factors of a product, each as often as it fits."""
        heads = _heads_in(node)
        if node.op is ar.mul and not self.among.keys().isdisjoint(heads):
            among = [row for head in dict.fromkeys(heads) for row in self.among.get(head, ())]
            new = self._first(form, node, among)
            if new is not None:
                return new
        rules = _live(self.parts[node.op], heads)
        if not rules:
            return None
        items = [_item(node.op, x) for x in node.args]
        left = Builder([(key, n) for n, key in items if type(n) is not float])
        loose = [x for x, (n, _) in zip(node.args, items, strict=True) if type(n) is float]
        new_parts = _several(form, rules, left)
        if not new_parts:
            return None
        if node.op is ar.mul:
            powers = [e**scale for scale, e in new_parts]
            return make(ar.mul, (*as_powers(left), *loose, *powers))
        multiples = [ar.mul(scale, e) for scale, e in new_parts]
        return make(ar.add, (*[form.times(c, r) for r, c in left.items()], *loose, *multiples))


def _heads_in(node: Expr) -> list[_Heads]:
    """Of each term without its coefficient, or each factor without its exponent."""
    if node.op is ar.mul:
        keys = [x.args[0] if x.op is pow else x for x in node.args]
    else:
        keys = [x.args[1] if x.op is ar.mul and x.args[0].op is Const else x for x in node.args]
    return [(x.op, x.args[0].op if x.op is pow else x.op) for x in keys]


def _item(head: Op, part: Expr) -> _Item:
    """Coefficient and rest of a canonical term, or exponent and base of a factor."""
    return split(part) if head is ar.add else power_of(part)[::-1]


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


def _filled(form: Form, row: Rule, node: Expr) -> Expr | None:
    """The right side of a pattern that fits a node as a whole."""
    bound: Bindings = {}
    fits = match(form, row.pattern, node, bound)
    if not fits or (row.when is not None and not row.when(form.facts, bound)):
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
        inside = other.op is several.row.head and other not in items
        parts = [_item(other.op, part) for part in other.args] if inside else [(1, other)]
        for n, part in parts:
            if part in used or items[part] != scale * weight * factor * n:
                return None
            used.append(part)
    if several.row.when is not None and not several.row.when(form.facts, bound):
        return None
    for item in used:
        items.take(item)
    return scale


def _enter(rules: _Rules, row: Rule) -> None:
    """The item that binds every wildcard comes first."""
    items = [_item(row.head, part) for part in row.pattern.args]
    lead = next(i for i, (_, p) in enumerate(items) if p.args and not is_wildcard(p))
    weight, first = items.pop(lead)
    needs = [_heads(p) for _, p in items if not is_wildcard(p)]
    rules.setdefault(_heads(first), []).append(_Several(row, weight, first, items, needs))


def _heads(node: Expr) -> _Heads:
    return node.op, node.args[0].op if node.op is pow else node.op


def _numbers(row: Rule) -> frozenset[Number]:
    """Numbers that must be among the arguments of a node."""
    args = () if isinstance(row.left, Op) else row.left.args
    return frozenset([value for x in args if (value := number(x)) is not None])


def _may_fit(row: Rule, node: Expr, below: list[Op], named: Sequence[Number | None]) -> bool:
    """Whether the operations of the arguments, if they are few, and the numbers among them let a
    rule fit.
    """
    if row.of_arrays and not node.ndim:
        return False
    if not below:
        return True
    if row.below is not None:
        return row.below(below)
    if isinstance(row.left, Op):
        return True
    if not _numbers(row).issubset(named):
        return False
    needs = [None if _is_open(x) else x.op for x in row.left.args]
    if "commutative" in node.op.facts:
        return all(below.count(need) >= needs.count(need) for need in needs if need is not None)
    return all(need is None or need is x for need, x in zip(needs, below, strict=False))


def _is_open(pattern: Expr) -> bool:
    scaled = pattern.op is ar.mul and number(pattern.args[0]) is not None
    return is_wildcard(pattern) or scaled
