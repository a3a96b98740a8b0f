"""``explain``: the derivative of an expression, step by step."""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import KindError, NotScalar
from ..expr import Expr, ExprLike, as_expr
from ..leaves import Var, const, var
from ..messages import short
from ..ops.structural import zeros
from ..rewrite.tables.ahead import ahead
from ..walk import postorder
from .rules import Dots, Rule, Table, dependent, rule_for
from .simplifying import simplifications
from .steps import Derivation, Part, Step


def explain(f: ExprLike, x: Expr) -> Derivation:
    """How the derivative of ``f`` by the variable ``x`` comes about, line by line.

    First the rule of differentiation for every subexpression that depends on ``x``, from the
    outside in, each once; then the parts put together; then what simplifies them.

    Shapes: ``x`` is a scalar; an operation on arrays is one step, which names its rule.
    Raises: KindError if ``x`` is no variable; NotScalar if it has axes; NotDifferentiable.
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
    if not isinstance(x, Expr) or x.op is not Var:
        raise KindError(f"explain differentiates by a variable such as sd.Var('x'), got {short(x)}")
    if x.shape:
        raise NotScalar("the variable of explain", x.shape)
    f = as_expr(f)
    (start,) = ahead([f])
    steps: list[Step] = []
    if start is not f:
        steps.append(Step(1, "form to differentiate", "simplify", x, f, start, start))
    derivative = _differentiated(start, x, steps)
    more, result = simplifications(derivative, x, len(steps))
    return Derivation(f, x, (*steps, *more), result)


def _differentiated(f: Expr, x: Expr, steps: list[Step]) -> Expr:
    """Add the steps of differentiation, and put them together."""
    order = postorder([f])
    live = dependent(order, x)
    if f not in live:
        none = zeros(f.shape)
        number = len(steps) + 1
        steps.append(Step(number, "constant", "differentiate", x, f, none, none, constants=(f,)))
        return none
    numbers: dict[Expr, int] = {}
    found = _Found(order, live, x)
    for node in _outside_in(f, found):
        numbers[node] = len(steps) + len(numbers) + 1
    steps += [found.step(node, numbers) for node in numbers]
    derivative = found.derivatives[f]
    if len(numbers) > 1:
        number = len(steps) + 1
        steps.append(Step(number, "put together", "assemble", x, f, derivative, derivative))
    return derivative


class _Found:
    """The rule and the derivative of every node that depends on the variable."""

    def __init__(self, order: list[Expr], live: set[Expr], x: Expr) -> None:
        self.x, self.live = x, live
        table = Table([node for node in order if node.op is Var], x)
        self.rules: dict[Expr, Rule] = {}
        self.derivatives = {x: const(1)}
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
        return [a for a in taken if not (rule.direct and a is self.x)]

    def step(self, node: Expr, numbers: dict[Expr, int]) -> Step:
        number, slope = numbers[node], self.derivatives[node]
        if node is self.x:
            return Step(number, "variable", "differentiate", self.x, node, slope, slope)
        rule = self.rules[node]
        parts = {a: Part(_symbol(a, numbers[a]), a, numbers[a]) for a in self.parts(node)}
        dots: Dots = [
            parts[a].symbol if a in parts else const(1) if a is self.x else None for a in node.args
        ]
        formula = _or_zero(rule.formula(dots), node)
        return Step(
            number, rule.name, "differentiate", self.x, node, slope, formula,
            parts=tuple(parts.values()), table=rule.table, source=rule.source, reason=rule.reason,
            constants=tuple([a for a in node.args if a not in self.live]) if rule.drops else (),
        )  # fmt: skip


def _or_zero(slope: Expr | None, node: Expr) -> Expr:
    return zeros(node.shape) if slope is None else slope


def _symbol(node: Expr, number: int) -> Expr:
    return var("derivative", node.shape, tag=number)


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
