"""Every public function on a deep graph and on a shared one; tests and benchmarks loop over it."""

from __future__ import annotations

import copy
import gc
import math
import pickle
import weakref
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

import symdiff as sd
from symdiff.testing import check_adjoint

AT = 0.5
DEPTHS = [2_000, *[pytest.param(levels, marks=pytest.mark.slow) for levels in (20_000, 100_000)]]
LESS = 10  # so much smaller are the graphs for heavy calls, but not within the recursion limit
LEAST = 1_200
Graph = Callable[[sd.Expr, int], sd.Expr]


def chain(x: sd.Expr, levels: int) -> sd.Expr:
    """A graph as deep as it is large."""
    e = x
    for _ in range(levels):
        e = sd.sin(e) + x
    return e


def ladder(x: sd.Expr, levels: int) -> sd.Expr:
    """A graph with two to the ``levels`` paths."""
    e = x
    for _ in range(levels):
        e = sd.sin(e) * sd.cos(e)
    return e


def derivatives(graph: Graph, levels: int) -> list[float]:
    """The value and the first two derivatives at ``AT``, by the chain rule on numbers."""
    u, du, ddu = AT, 1.0, 0.0
    for _ in range(levels):
        if graph is chain:
            f, g, h, own = math.sin(u), math.cos(u), -math.sin(u), (AT, 1.0)
        else:
            f, g, h, own = math.sin(2 * u) / 2, math.cos(2 * u), -2 * math.sin(2 * u), (0.0, 0.0)
        u, du, ddu = f + own[0], g * du + own[1], h * du * du + g * ddu
    return [u, du, ddu]


class Call(NamedTuple):
    """A call of ``run(e, x)``.

    ``order`` is the order of the derivative that it returns, 0 for the value, None for something
    else; ``growth`` is the most nodes of the result for each node of ``e``.  A ``heavy`` call
    works on several graphs ten times as large.
    """

    run: Callable[[sd.Expr, sd.Expr], Any]
    order: int | None = None
    growth: float = math.inf
    heavy: bool = False


def refused(run: Callable[[], Any]) -> None:
    with pytest.raises(sd.LimitError):
        run()


def parsed(e: sd.Expr, x: sd.Expr) -> None:
    text = sd.to_text(e, limit=None)
    assert sd.parse(text, [x], max_length=10**7, max_tokens=10**7) is e


def drawn(e: sd.Expr, x: sd.Expr) -> None:
    assert sd.draw(e, at={x: AT}, wrt=[x], cut=True, engine="builtin", max_nodes=60).left_out > 0


def svg(e: sd.Expr, x: sd.Expr) -> None:
    refused(lambda: sd.to_svg(e, max_nodes=100))
    assert "left out" in sd.to_svg(e, max_nodes=100, cut=True, engine="builtin")


def freed(e: sd.Expr, x: sd.Expr) -> None:
    image = sd.subs(e, {x: sd.Var("nobody else has this")})
    gone = weakref.ref(image)
    del image
    gc.collect()
    assert gone() is None


def as_function(e: sd.Expr, x: sd.Expr) -> Callable[[Any], sd.Expr]:
    return lambda v: sd.subs(e, {x: v})


def shown(e: sd.Expr, x: sd.Expr) -> None:
    assert len(repr(e)) < 400
    assert len(str(e)) < 200_000


def on_tape(e: sd.Expr, x: sd.Expr) -> float:
    v = sd.Variable(AT)
    with sd.GradientTape() as tape:
        y = sd.evaluate(e, {x: v})
    return float(tape.gradient(y, v))


def explained(e: sd.Expr, x: sd.Expr) -> sd.Expr:
    derivation = sd.explain(e, x)
    assert len(str(derivation)) < 100_000
    assert len(derivation.latex()) < 200_000
    return derivation.result


def traced(e: sd.Expr, x: sd.Expr) -> float:
    refused(lambda: sd.trace_table(e, {x: AT}, max_nodes=100))
    return float(sd.trace_table(e, {x: AT}, max_nodes=10**7).rows[0][-1])


def near(difference: Callable[..., Any], e: sd.Expr, x: sd.Expr) -> None:
    exact = sd.evaluate(sd.grad(e, x, simplify=False), {x: AT})
    assert difference(e, {x: AT})[x] == pytest.approx(exact, rel=1e-3)


CALLS: dict[str, Call] = {
    "evaluate": Call(lambda e, x: sd.evaluate(e, {x: AT}), 0),
    "evaluate, check": Call(lambda e, x: sd.evaluate(e, {x: AT}, check=True), 0),
    "Expr, called": Call(lambda e, x: e(x=AT), 0),
    "evaluate, on a tape": Call(on_tape, 1),
    "compile": Call(lambda e, x: sd.compile(e, [x])(AT), 0),
    "Compiled, pickled": Call(lambda e, x: pickle.loads(pickle.dumps(sd.compile(e, x)))(AT), 0),
    "Dual": Call(lambda e, x: sd.evaluate(e, {x: sd.Dual(AT, 1.0)}).eps, 1),
    "grad": Call(lambda e, x: sd.grad(e, x), 1, 10),
    "grad, unsimplified": Call(lambda e, x: sd.grad(e, x, simplify=False), 1, 10),
    "value_and_grad": Call(lambda e, x: sd.value_and_grad(e, x)[1], 1, 10),
    "function": Call(lambda e, x: sd.function(lambda v: sd.subs(e, {x: v}))(AT), 0),
    "function, of expressions": Call(
        lambda e, x: sd.function(lambda v: sd.subs(e, {x: v}))(x), 0, 1
    ),
    "grad, of a function": Call(lambda e, x: sd.grad(lambda v: sd.subs(e, {x: v}))(x), 1, 10),
    "minimize": Call(lambda e, x: sd.minimize(e, {x: AT}, options={"maxiter": 0}).grad[x], 1),
    "jvp": Call(lambda e, x: sd.jvp(e, x, 1.0), 1, 10),
    "vjp": Call(lambda e, x: sd.vjp(e, x, 1.0), 1, 10),
    "jacobian": Call(lambda e, x: sd.jacobian(e, x), 1, 10),
    "hvp": Call(lambda e, x: sd.hvp(e, x, 1.0), 2, 40, heavy=True),
    "hessian": Call(lambda e, x: sd.hessian(e, x), 2, 40, heavy=True),
    "hessian, unsimplified": Call(lambda e, x: sd.hessian(e, x, simplify=False), 2, 40, heavy=True),
    "derivative, n = 2": Call(lambda e, x: sd.derivative(e, x, 2), 2, 40, heavy=True),
    "diff": Call(lambda e, x: sd.diff(e, x), 1, 10),
    "lambdify": Call(lambda e, x: sd.lambdify([x], e)(AT), 0),
    "explain": Call(explained, 1, 10),
    "trace_table": Call(traced, 1, heavy=True),
    "compare": Call(lambda e, x: sd.compare(e, {x: AT}), heavy=True),
    "complex_step": Call(lambda e, x: sd.complex_step(e, {x: AT})[x], 1),
    "forward_difference": Call(lambda e, x: near(sd.forward_difference, e, x)),
    "central_difference": Call(lambda e, x: near(sd.central_difference, e, x)),
    "difference_hessian": Call(lambda e, x: sd.difference_hessian(e, {x: AT})),
    "cast": Call(lambda e, x: sd.cast(e, float), 0, 1),
    "simplify": Call(lambda e, x: sd.simplify(e), 0, 1),
    "stable": Call(lambda e, x: sd.stable(e), 0, 1),
    "simplify, exact": Call(lambda e, x: sd.simplify(e, exact=True), 0, 1),
    "canonical": Call(lambda e, x: sd.canonical(e), 0, 1.5),
    "expand": Call(lambda e, x: sd.expand(e), 0, 1),
    "collect": Call(lambda e, x: sd.collect(e, x), 0, 1),
    "together": Call(lambda e, x: sd.together(e), 0, 1),
    "factor_terms": Call(lambda e, x: sd.factor_terms(e), 0, 1),
    "horner": Call(lambda e, x: sd.horner(e, sd.Var("other")), 0, 1),
    "cse": Call(lambda e, x: sd.cse(e)),
    "subs": Call(lambda e, x: sd.subs(e, {x: x * 1}), 0, 2),
    "count_ops": Call(lambda e, x: sd.count_ops(e)),
    "Expr, shown": Call(shown),
    "to_text": Call(lambda e, x: sd.to_text(e, functional=True)),
    "pretty": Call(lambda e, x: sd.pretty(e)),
    "latex": Call(lambda e, x: sd.latex(e)),
    "parse": Call(parsed),
    "to_dot": Call(lambda e, x: sd.to_dot(e, max_nodes=None)),
    "to_networkx": Call(lambda e, x: sd.to_networkx(e)),
    "to_svg": Call(svg),
    "draw": Call(drawn),
    "jacobian_sparsity": Call(lambda e, x: sd.jacobian_sparsity(e, x)),
    "same": Call(lambda e, x: (sd.same(e, e * 1), sd.same(e, e + 1).equal)),
    "check_grad": Call(lambda e, x: sd.check_grad(e, {x: AT}, order=1)),
    "check_grad, order 2": Call(lambda e, x: sd.check_grad(e, {x: AT}), heavy=True),
    "check_adjoint": Call(lambda e, x: check_adjoint(e, {x: AT})),
    "Expr, pickled": Call(lambda e, x: pickle.loads(pickle.dumps(e)), 0, 1),
    "Expr, copied": Call(lambda e, x: copy.deepcopy(copy.copy(e)), 0, 1),
    "Expr, compared": Call(lambda e, x: (hash(e), e == x, e != e.args[0], e < x)),
    "Expr, freed": Call(freed),
}


def wrong(name: str, e: sd.Expr, x: sd.Expr, numbers: list[float]) -> str:
    """Make a call; what is wrong with its result, nothing if it is right."""
    call = CALLS[name]
    found = call.run(e, x)
    if call.order is None:
        return ""
    if isinstance(found, sd.Expr):
        size, most = nodes(found), call.growth * nodes(e) + 10
        if size > most:
            return f"{size} nodes, more than {most:.0f}"
        found = sd.evaluate(found, {x: AT})
    expected = numbers[call.order]
    return "" if math.isclose(found, expected, rel_tol=1e-9) else f"{found}, not {expected}"


def nodes(e: sd.Expr) -> int:
    return len(sd.walk.postorder([e]))
