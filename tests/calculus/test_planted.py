"""The harness catches wrong rules: each plant replaces one rule, and the checks must object."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from row_checks import SMOOTH, cases, check_broadcast, check_first, check_row, check_second

import symdiff as sd
from symdiff.calculus import rules
from symdiff.errors import SymdiffError
from symdiff.expr import OPS, Expr, Op
from symdiff.leaves import const
from symdiff.ops import arrays
from symdiff.ops.compare import where
from symdiff.rule import Custom, Linear, Partials, Rule
from symdiff.testing import check_adjoint, check_grad

CAUGHT = (AssertionError, SymdiffError)


@contextmanager
def planted(op: Op, rule: Rule) -> Iterator[None]:
    right = op.rule
    op.rule = rule
    try:
        yield
    finally:
        op.rule = right


def partials_of(op: Op) -> tuple[Callable[..., Any], ...]:
    assert isinstance(op.rule, Partials)
    return op.rule.each


def _one_changed(op: Op, i: int, change: Callable[[Any], Any]) -> Partials:
    each = list(partials_of(op))
    right = each[i]
    each[i] = lambda *args: change(right(*args))
    return Partials(*each)


WITH_PARTIALS = [
    (op, i)
    for op in SMOOTH
    if isinstance(op.rule, Partials) and op.rule.all is None
    for i in range(op.arity or 0)
    if not ("order" in op.facts and i == 0)
]
STEPS = {"heaviside"}  # their partials are 0 but at the jump: a factor changes nothing
FACTORS: dict[str, Callable[[Any], Any]] = {
    "sign": lambda p: -p, "0.1 % off": lambda p: p * 1.001, "twice": lambda p: 2 * p,
    "nothing": lambda p: const(0),
}  # fmt: skip


def _wrong_is_caught(op: Op, i: int, change: Callable[[Any], Any]) -> None:
    with planted(op, _one_changed(op, i, change)), pytest.raises(CAUGHT):
        check_first(cases(op)[-1])


@pytest.mark.parametrize("change", FACTORS)
@pytest.mark.parametrize(
    ("op", "i"),
    [(op, i) for op, i in WITH_PARTIALS if op.name not in STEPS],
    ids=lambda v: getattr(v, "name", v),
)
def test_every_partial_with_a_wrong_factor_is_caught(op: Op, i: int, change: str) -> None:
    _wrong_is_caught(op, i, FACTORS[change])


@pytest.mark.parametrize(("op", "i"), WITH_PARTIALS, ids=lambda v: getattr(v, "name", v))
def test_every_partial_with_something_added_is_caught(op: Op, i: int) -> None:
    _wrong_is_caught(op, i, lambda p: p + 1e-7)


# rules that are wrong in the ways that people get them wrong
PLANTS: dict[str, tuple[str, Rule]] = {
    "swapped arguments": ("div", Partials(lambda x, y, out: -out / y, lambda x, y, out: 1 / y)),
    "swapped signs of atan2": ("atan2", Partials(
        lambda y, x, out: -x / sd.hypot(x, y) ** 2, lambda y, x, out: y / sd.hypot(x, y) ** 2)),
    "chain factor of exp2 missing": ("exp2", Partials(lambda x, out: out)),
    "chain factor of log10 missing": ("log10", Partials(lambda x, out: 1 / x)),
    "value in place of argument": ("tanh", Partials(lambda x, out: 1 - x * x)),
    "argument in place of value": ("sqrt", Partials(lambda x, out: 1 / (2 * x))),
    "power not lowered": ("pow", Partials(
        lambda x, y, out: y * x**y, lambda x, y, out: out * sd.log(x))),
    "sign of x lost": ("abs", Partials(lambda x, out: const(1))),
    "digits lost": ("expm1", Partials(lambda x, out: out + 1)),
    "digits lost near the edge": ("acos", Partials(
        lambda x, out: -1 / sd.sqrt(1 - x * x * (1 + 1e-13)))),
    "a product of two for three": ("mul", Partials(
        all=lambda args, out: [args[1], args[0], args[0]])),
    "the last factor forgotten": ("mul", Partials(
        all=lambda args, out: [*[out / a for a in args[:-1]], out])),
    "a transpose with the wrong sign": ("sub", Linear(lambda g, node, i: g)),
    "add scaled": ("add", Linear(lambda g, node, i: g * 1.001)),
    "neg forgotten": ("neg", Linear(lambda g, node, i: g)),
    "branches swapped": ("where", Custom(
        lambda node, dots: where(
            node.args[0], *[const(0) if d is None else d for d in dots[:0:-1]]),
        lambda g, node, i: (None, None) if i == 0
        else (g, node.args[0] if i == 2 else ~node.args[0]))),
    "modes apart": ("maximum", Custom(
        lambda node, dots: next((d for d in dots if d is not None), None),
        OPS["maximum"].rule.cotangent)),  # type: ignore[union-attr]
    "ties not shared": ("minimum", Custom(
        OPS["minimum"].rule.tangent,  # type: ignore[union-attr]
        lambda g, node, i: (g, (node.args[i] <= node.args[1 - i])))),
    "the jump forgotten": ("heaviside", Partials(
        lambda x, h, out: const(0), lambda x, h, out: const(0))),
    "outside of clip": ("clip", Custom(
        OPS["clip"].rule.tangent, lambda g, node, i: (g, None))),  # type: ignore[union-attr]
}  # fmt: skip


@pytest.mark.parametrize("name", PLANTS)
def test_wrong_rules_are_caught(name: str) -> None:
    op_name, rule = PLANTS[name]
    op = OPS[op_name]
    check_row(op)
    with planted(op, rule), pytest.raises(CAUGHT):
        check_row(op)
    check_row(op)


def _summed_wrongly(g: Expr, core: Any, wanted: Any) -> Expr:
    """Keeps the first slice in place of the sum."""
    right = arrays.sum_to(g, core, wanted)
    return right / 2 if right is not g else g


@pytest.mark.parametrize(
    "wrong", [_summed_wrongly, lambda g, core, wanted: g], ids=["halved", "not summed"]
)
def test_wrong_undoing_of_broadcasts_is_caught(
    wrong: Callable[..., Expr], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "sum_to", wrong)
    with pytest.raises(CAUGHT):
        check_broadcast(cases(OPS["hypot"])[0])


@pytest.mark.parametrize(
    ("name", "transpose", "move"),
    [
        ("transpose", lambda g, node, i: sd.reshape(g, node.args[0].shape), sd.transpose),
        ("sum", lambda g, node, i: sd.broadcast_to(g, node.args[0].shape) / 2, sd.sum),
        ("index", lambda g, node, i: sd.broadcast_to(g, node.args[0].shape), lambda x: x[0]),
        ("reshape", lambda g, node, i: sd.reshape(g[::-1], (2, 3)), lambda x: sd.reshape(x, 6)),
        ("stack", lambda g, node, i: g[1 - i], lambda x: sd.stack([x, 3 * x])),
    ],
)
def test_wrong_transposes_are_caught(
    name: str, transpose: Callable[..., Expr], move: Callable[[Expr], Expr]
) -> None:
    x = sd.Var("x", shape=(2, 3))
    at = {x: [[0.3, 1.0, 2.0], [4.0, 5.0, 7.0]]}
    check_adjoint(sd.exp(move(x)), at)
    with planted(OPS[name], Linear(transpose)), pytest.raises(CAUGHT):
        check_adjoint(sd.exp(move(x)), at)


def test_a_wrong_second_derivative_is_caught() -> None:
    """A first derivative that is right, by a function whose own derivative is wrong."""
    cosine = OPS["cos"]
    with planted(cosine, _one_changed(cosine, 0, lambda p: p * 1.001)):
        check_first(cases(OPS["sin"])[0])
        with pytest.raises(CAUGHT):
            check_second(cases(OPS["sin"])[0])


@pytest.mark.parametrize("change", [lambda p: -p, lambda p: p * 1.001])
def test_check_grad_catches_them_too(change: Callable[[Any], Any]) -> None:
    x, y = sd.vars("x y")
    f = sd.sin(x * y) + sd.exp(sd.sin(x))
    check_grad(f, at={x: 0.7, y: 1.3})
    wrong = planted(sd.sin, _one_changed(sd.sin, 0, change))
    with wrong, pytest.raises(AssertionError, match="expected"):
        check_grad(f, at={x: 0.7, y: 1.3})
    with planted(sd.cos, _one_changed(sd.cos, 0, change)):
        check_grad(f, at={x: 0.7, y: 1.3}, order=1)
        with pytest.raises(AssertionError, match="over"):
            check_grad(f, at={x: 0.7, y: 1.3}, order=2)
