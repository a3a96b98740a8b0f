"""``explain``: the derivative of an expression, step by step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, overload

from ..api import grad
from ..backend.evaluate import evaluate
from ..calculus.derivatives import symbols_for
from ..expr import Expr, ExprLike, as_expr
from ..leaves import Var, const, var
from ..ops.functions import sum as sum_of
from ..ops.structural import zeros
from ..rewrite.recording import recording
from ..rewrite.simplify import simplified
from ..rewrite.tables.ahead import ahead
from ..show.latex import latex
from ..show.sharing import names_of
from ..show.text import short_text
from ..targets import wrt_of
from ..walk import collector_paused, exceeds, postorder, rebuild
from .rules import Dots, Rule, Table, dependent, letters, rule_for
from .steps import Derivation, Derivations, Part, Step, differential

HELD = -1  # the tag that sets symbols for nodes apart from variables
SMALL = 300  # nodes up to which every simplified subexpression is a step
COMPARED = 1000  # characters in which two forms must differ, as text and as a formula
_NAMES = {"+": "collect terms", "-": "collect terms", "*": "collect factors",
          "/": "fraction", "**": "power"}  # fmt: skip


@overload
def explain(
    f: ExprLike,
    wrt: Expr,
    *,
    at: Mapping[Any, Any] | None = None,
    names: Mapping[str, Expr] | None = None,
) -> Derivation: ...
@overload
def explain(
    f: ExprLike,
    wrt: Any = None,
    *,
    at: Mapping[Any, Any] | None = None,
    names: Mapping[str, Expr] | None = None,
) -> Derivation | Derivations: ...
def explain(
    f: ExprLike,
    wrt: Any = None,
    *,
    at: Mapping[Any, Any] | None = None,
    names: Mapping[str, Expr] | None = None,
) -> Any:
    """How the derivative of ``f`` comes about, line by line.

    First the rule of differentiation for every subexpression that depends on what is
    differentiated by, from the outside in, each once; then the parts put together; then what
    simplifies them.  ``wrt`` is a node, variable or not, or a list of nodes, each of which gets
    a derivation; left out, every variable.  By an array the steps are differentials, up to
    ``sum(G*dX)``, of which G is the gradient.  ``at`` adds the value of each derivative at a
    point; ``names={"h1": h1}`` writes nodes by name, and nothing that simplifies opens them.

    Raises: NotDifferentiable; KindError for a number in ``wrt``; ArgumentError for a name of what
    is not there.
    Cost: a few nodes for each node of ``f``; texts are made when they are printed.

    >>> import symdiff as sd
    >>> x = sd.Var("x")
    >>> print(sd.explain(x**2 * sd.sin(x), x))
    1. product rule: d/dx[x**2*sin(x)] = d/dx[x**2]*sin(x) + x**2*d/dx[sin(x)]
    2. power rule: d/dx[x**2] = 2*x   (DLMF 4.7.10)
    3. table: d/dx[sin(x)] = cos(x)   (DLMF 4.20.1)
    4. put together: d/dx[x**2*sin(x)] = 2*x*sin(x) + x**2*cos(x)
    5. collect terms: 2*x*sin(x) + x**2*cos(x) = x*(x*cos(x) + 2*sin(x))
    result: d/dx[x**2*sin(x)] = x*(x*cos(x) + 2*sin(x))
    """
    f = as_expr(f)
    order = postorder([f])
    tree = wrt_of([v for v in order if v.op is Var] if wrt is None else wrt)
    nodes = [*dict.fromkeys([*order, *tree.nodes])]
    named = names_of(nodes, names or {})
    taken = {*named.values(), *[v.name for v in nodes if v.op is Var]}
    free = (name for name in letters() if name not in taken)
    unnamed = [x for x in tree.nodes if x.op is not Var and x not in named]
    named |= dict(zip(unnamed, free, strict=False))
    with collector_paused():
        found = [_explained(f, x, named, at) for x in tree.nodes]
    return found[0] if isinstance(wrt, Expr) or len(found) == 1 else Derivations(found)


def _explained(
    f: Expr, x: Expr, named: dict[Expr, str], at: Mapping[Any, Any] | None
) -> Derivation:
    """The derivation by one node, for which a symbol stands until all steps are there."""
    (out,), (symbol,), back, _ = symbols_for([f], [x])
    (start,) = ahead([out])
    steps = []
    if start is not out:
        steps = [Step(1, "form to differentiate", "simplify", symbol, out, start, start)]
    steps += _differentiated(start, symbol, len(steps) + 1, named.values())
    held, originals = _held(named, {x: symbol})
    slope = rebuild([steps[-1].after], given=held)[steps[-1].after]
    simpler, result = _simplifications(slope, symbol, len(steps))
    steps += simpler
    if symbol.shape and not f.shape:
        before, result = result, grad(out, symbol)
        after = sum_of(result * differential(symbol))
        count = len(steps) + 1
        steps.append(Step(count, "read off the gradient", "simplify", symbol, before, after, after))
    steps, result = _restored(steps, result, back | originals)
    value = None
    if at is not None and not (x.shape and f.shape):
        live = [s.number - 1 for s in steps if s.kind != "simplify" and not x.shape]
        _, value, values = evaluate([f, result, [steps[i].after for i in live]], at)
        for i, found in zip(live, values, strict=True):
            steps[i] = steps[i]._replace(value=found)
    return Derivation(f, x, tuple(steps), result, names=named, at=at, value=value)


def _held(
    named: Mapping[Expr, str], given: dict[Expr, Expr]
) -> tuple[dict[Expr, Expr], dict[Expr, Expr]]:
    """Symbols for nodes with names, which stay what they are where formulas are simplified; and
    the nodes that the symbols stand for.
    """
    nodes = [node for node in named if node.op is not Var and node not in given]
    symbols = [var(named[node], node.shape, node.kind, tag=HELD) for node in nodes]
    images = rebuild(nodes, given=given)
    held = {images[node]: symbol for node, symbol in zip(nodes, symbols, strict=True)}
    return held, dict(zip(symbols, nodes, strict=True))


def _restored(
    steps: list[Step], result: Expr, back: Mapping[Expr, Expr]
) -> tuple[list[Step], Expr]:
    """Steps and result in terms of the nodes that symbols stand for."""
    if not back:
        return steps, result
    nodes = [e for s in steps for e in (s.before, s.after, s.formula, s.wrt, *s.constants)]
    nodes += [result, *[part.of for s in steps for part in s.parts]]
    new = rebuild(nodes, given=back)
    return [
        s._replace(
            wrt=new[s.wrt], before=new[s.before], after=new[s.after], formula=new[s.formula],
            parts=tuple([part._replace(of=new[part.of]) for part in s.parts]),
            constants=tuple([new[e] for e in s.constants]),
        )
        for s in steps
    ], new[result]  # fmt: skip


def _differentiated(f: Expr, x: Expr, first: int, taken: Iterable[str]) -> list[Step]:
    """The steps of differentiation, numbered from ``first``; the last one has the derivative."""
    order = postorder([f])
    live = dependent(order, x)
    if f not in live:
        none = zeros(f.shape)
        return [Step(first, "constant", "differentiate", x, f, none, none, constants=(f,))]
    table = Table({*taken, *[node.name for node in order if node.op is Var]}, x)
    found = _Found(order, live, x, table)
    numbers = {node: k for k, node in enumerate(_outside_in(f, found), first)}
    steps = [found.step(node, numbers) for node in numbers]
    if len(steps) > 1:
        slope = found.derivatives[f]
        steps.append(Step(first + len(steps), "put together", "assemble", x, f, slope, slope))
    return steps


class _Found:
    """The rule and the derivative of every node that depends on the variable."""

    def __init__(self, order: list[Expr], live: set[Expr], x: Expr, table: Table) -> None:
        self.x, self.live = x, live
        self.slope = differential(x) if x.shape else const(1)
        self.rules: dict[Expr, Rule] = {}
        self.derivatives = {x: self.slope}
        for node in order:
            if node in live and node is not x:
                rule = rule_for(node, self.active(node), table)
                self.rules[node] = rule
                dots: Dots = [self.derivatives.get(a) for a in node.args]
                self.derivatives[node] = _or_zero(rule.formula(dots), node)

    def active(self, node: Expr) -> list[int]:
        """The arguments of a node that depend on the variable."""
        return [i for i, a in enumerate(node.args) if a in self.live]

    def parts(self, node: Expr) -> list[Expr]:
        """The subexpressions whose derivatives the formula of a node names."""
        rule = self.rules.get(node)
        if rule is None or rule.reason:
            return []
        taken = [node.args[i] for i in self.active(node)]
        return [a for a in taken if a is not self.x or not (rule.direct or self.x.shape)]

    def step(self, node: Expr, numbers: dict[Expr, int]) -> Step:
        number, slope = numbers[node], self.derivatives[node]
        if node is self.x:
            return Step(number, "variable", "differentiate", self.x, node, slope, slope)
        rule = self.rules[node]
        parts = {
            a: Part(var("derivative", a.shape, tag=numbers[a]), a, numbers[a])
            for a in self.parts(node)
        }
        dots: Dots = [
            parts[a].symbol if a in parts else self.slope if a is self.x else None
            for a in node.args
        ]
        formula = _or_zero(rule.formula(dots), node)
        return Step(
            number, rule.name, "differentiate", self.x, node, slope, formula,
            parts=tuple(parts.values()), table=rule.table, source=rule.source, reason=rule.reason,
            constants=tuple([a for a in node.args if a not in self.live]) if rule.drops else (),
        )  # fmt: skip


def _or_zero(slope: Expr | None, node: Expr) -> Expr:
    return zeros(node.shape) if slope is None else slope


def _outside_in(f: Expr, found: _Found) -> Iterator[Expr]:
    """Every node that needs a step, users first, each where it is first met."""
    seen: set[Expr] = set()
    stack = [f]
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            yield node
            stack.extend(reversed(found.parts(node)))


# -- simplifying --------------------------------------------------------------------------------


def _simplifications(before: Expr, x: Expr, count: int) -> tuple[list[Step], Expr]:
    """Steps that simplify ``before``, numbered from ``count + 1``, and what they lead to.

    A small expression is simplified from the inside out, a large one in one step, which names
    the rules.
    """
    steps: list[Step] = []
    with recording() as used:
        (result,) = simplified([before])

    def add(name: str, old: Expr, new: Expr) -> None:
        if all(write(old) != write(new) for write in (_text, _formula)):
            steps.append(Step(count + len(steps) + 1, name, "simplify", x, old, new, new))

    def shorter(new: Expr, old: Expr) -> Expr:
        if not new.args:
            return new
        with recording() as rules:
            (short,) = simplified([new])
        if rules:  # those that fire in the arguments alone are no news
            with recording() as known:
                simplified(list(new.args))
            rules = {rule: 1 for rule, times in rules.items() if times > known.get(rule, 0)}
        add(_name(new, short, rules), new, short)
        return short

    names = ["collect and order"]
    if exceeds([before], SMALL):
        names += used
    else:
        before = rebuild([before], shorter)[before]
    add(", ".join(names), before, result)
    return steps, result


def _text(e: Expr) -> str:
    return short_text(e, COMPARED)


def _formula(e: Expr) -> str:
    return latex(e, limit=COMPARED, max_ops=None)


def _name(old: Expr, new: Expr, rules: Iterable[str]) -> str:
    """The rules that fired, or else what was done, by the kind of the expression."""
    named = ", ".join(rules)
    if named:
        return named
    infix = old.op.infix
    if old.op is new.op and len(old.args) == len(new.args) and set(old.args) == set(new.args):
        return "order terms" if infix == "+" else "order factors"
    return "signs" if infix and len(old.args) == 1 else _NAMES.get(infix, "simplify")
