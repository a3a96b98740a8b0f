"""Quotients of what grows have values, derivatives and short formulas far out."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import mpmath
import pytest

import symdiff as sd
from symdiff.expr import Expr
from symdiff.leaves import Var
from symdiff.rewrite.check import judged
from symdiff.rewrite.tables.stabilise import stabilise
from symdiff.walk import postorder
from symdiff.witness import mp_derivative, mp_evaluate

x, y, z, u, v = sd.vars("x y z u v")
exp = sd.exp
three = exp(x) + exp(y) + exp(z)
five = exp(x) + 2 * exp(y) + 3 * exp(z) + exp(u) / 7 + 5 * exp(v) + 1

FAR = [
    (x / (1 / sd.cosh(x) + x), {x: 500.0}),
    (exp(x) / (exp(x) + exp(-(x**2))), {x: -489.0}),
    (exp(x) / (exp(x) + exp(-(x**2))), {x: 489.0}),
    (sd.sin(1 / (exp(y) - 1)), {y: 602.0}),
    (exp(x) / three, {x: 800.0, y: 799.0, z: 801.0}),
    (exp(x) / three, {x: -800.0, y: -799.0, z: -801.0}),
    ((2 * exp(x) - y * exp(z)) / three, {x: 800.0, y: 0.3, z: 801.0}),
    (exp(z) / five, {x: 800.0, y: 799.0, z: 801.0, u: 802.0, v: 798.5}),
    (exp(z) / five, {x: -800.0, y: -799.0, z: 3.0, u: -802.0, v: 1.5}),
    (3 / (1 + 2 * exp(-x)), {x: -800.0}),
]  # fmt: skip


@pytest.mark.parametrize(("f", "at"), FAR, ids=[f"{f}, {[*at.values()]}" for f, at in FAR])
def test_values_slopes_and_curvatures_far_out(f: Expr, at: dict[Expr, float]) -> None:
    wrt = list(at)
    curves = sd.hessian(f, wrt, blocks=True)
    outputs = [f, *sd.grad(f, wrt), *[curves[i][i] for i in range(len(wrt))]]
    truth = [
        mp_evaluate(f, at, 400),
        *[mp_derivative(f, at, [(w, ())], 1000) for w in wrt],
        *[mp_derivative(f, at, [(w, ()), (w, ())], 1000) for w in wrt],
    ]
    for e, found, exact in zip(outputs, sd.compile(outputs, wrt)(*at.values()), truth, strict=True):
        assert abs(found - exact) <= 1e-9 * abs(exact) + 1e-300, (e, found, float(exact))


def test_logsumexp_of_what_grows_itself() -> None:
    curve = sd.derivative(sd.logsumexp(sd.expm1(x)), x, 2)
    assert sd.evaluate(curve, {x: 365.0}) == pytest.approx(3.2e158, rel=0.1)


SHORT = [
    (exp(x) * (1 / three - exp(x) / three**2), exp(x) * (exp(y) + exp(z)) / three**2),
    (exp(x) * (1 / (exp(x) + exp(y)) - exp(x) / (exp(x) + exp(y)) ** 2),
     exp(x + y) / (exp(x) + exp(y)) ** 2),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "short"), SHORT, ids=[str(short) for _, short in SHORT])
def test_the_short_form_is_as_good_as_the_raw_one(raw: Expr, short: Expr) -> None:
    assert judged([raw], [short])
    assert judged([short], [raw])


def test_the_slope_of_a_share_is_written_as_in_the_book() -> None:
    assert str(sd.grad(exp(x) / three, x)) == (
        "exp(x)*(exp(y) + exp(z))/(exp(x) + exp(y) + exp(z))**2"
    )


def test_five_terms_are_no_longer_than_before() -> None:
    f = exp(z) / five
    wrt = [n for n in postorder([f]) if n.op is Var]
    assert len(sd.compile(f, wrt).program.instructions) <= 20


@pytest.mark.parametrize("exponent", [0.5, 1.5, 2.5, Fraction(3, 10)])
@pytest.mark.parametrize("grows", [sd.sinh, sd.cosh, lambda x: sd.exp(x) + 1, lambda x: x**2 + 4])
def test_a_broken_power_of_a_divisor_is_kept_whole(grows: Any, exponent: Any) -> None:
    for e in (sd.cosh(x) / grows(x) ** exponent, 1 / grows(x) ** exponent, sd.exp(x) / grows(x)):
        for f in (e, *[sd.derivative(e, x, n, simplify=False) for n in (1, 2)]):
            for form in (sd.stable(f), sd.simplify(f)):
                before, after = (mp_evaluate(g, {x: 0.75}, digits=50) for g in (f, form))
                assert mpmath.almosteq(before, after, 1e-30), (str(f), str(form))


# -- drawn quotients ------------------------------------------------------------------------------


def _growing(r: random.Random) -> Expr:
    """What grows, or a length, to a power."""
    p, q = (r.choice([x, y, z, -x, 2 * x, x + y, x - y, 2 * x + y]) for _ in range(2))
    base = r.choice([
        exp(p), exp(p), sd.cosh(p), sd.sinh(p), sd.expm1(p), exp(p) + exp(q), exp(p) - exp(q),
        exp(p) + 1, 1 - exp(p), 3 + 2 * exp(p), exp(p) + exp(q) + exp(z), x**2 + y**2, x**2 + 1,
        sd.hypot(x, y),
    ])  # fmt: skip
    return base ** r.choice([1, 1, 2, 3, 0.5, 1.5, 2.5])


def _drawn(r: random.Random) -> Expr:
    """A quotient of products, with sums above or below the bar."""
    grows = [_growing(r) for _ in range(8)]
    top = grows[0] * r.choice([grows[1], grows[1] * grows[2], x, -y, z * grows[1]])
    if r.random() < 0.4:
        top = r.choice([top + x * grows[3], top - grows[3], grows[3] * (top - z * grows[4])])
    if r.random() < 0.2:
        top = top * (z / grows[5] - grows[4] / (grows[5] * grows[6]))
    below = grows[5] * r.choice([1, 1, x, grows[6], grows[5]])
    return top / (below + z * grows[7] if r.random() < 0.2 else below)


@pytest.mark.parametrize("seed", range(4))
def test_drawn_quotients_keep_their_values(seed: int) -> None:
    r = random.Random(seed)
    for _ in range(60):
        e = _drawn(r)
        for form in {*stabilise([e]), *stabilise([e], fast=False)} - {e}:
            at = {w: r.uniform(-2, 2) for w in (x, y, z)}
            before, after = (mp_evaluate(g, at, digits=50) for g in (e, form))
            if isinstance(before, mpmath.mpf) and mpmath.isfinite(before):
                assert abs(before - after) <= 1e-13 * (1 + abs(before)), (str(e), str(form), at)
