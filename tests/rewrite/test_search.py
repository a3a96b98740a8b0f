"""``simplify(e, effort=...)``: what each effort finds, and that it is the same function."""

from __future__ import annotations

import math
import random
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from oracle.array_running import made
from oracle.array_subject import Subject
from scalar_graphs import random_outputs

import symdiff as sd
from symdiff.expr import Expr
from symdiff.rewrite.cse import count_ops, shared
from symdiff.rewrite.engine import collected
from symdiff.rewrite.forms.identities import by_identities, identities
from symdiff.rewrite.row import Rule
from symdiff.rewrite.standard import EAGER, canonical
from symdiff.rewrite.table import Table
from symdiff.walk import postorder
from symdiff.witness import mp_evaluate

x, y, z, a, b, c = sd.vars("x y z a b c")
p = sd.Var("p", domain=sd.POSITIVE)
EFFORTS = (0, 1, 2, 3)


def ops(outputs: list[Expr]) -> int:
    return count_ops(shared(outputs))


FOUND = [
    (x**3 + 2 * x**2 + 3 * x + 4, "x*(x*(x + 2) + 3) + 4"),
    (x * y + x * z + y * z, "x*(y + z) + y*z"),
    (a * x + b * x + c, "x*(a + b) + c"),
    (a * sd.sin(x) ** 2 + b * sd.sin(x) + c, "(a*sin(x) + b)*sin(x) + c"),
    (x**2 * sd.exp(-x) - 4 * x * sd.exp(-x) + 2 * sd.exp(-x), "(x*(x - 4) + 2)*exp(-x)"),
    (sd.sin(x * y + x * z), "sin(x*(y + z))"),
    (x**2 + 2 * x * y + y**2, "(x + y)**2"),
    (2 * x**2 + 4 * x * y + 2 * y**2 + z, "2*(x + y)**2 + z"),
    (4 * x**2 - 4 * x * y + y**2 - 3, "(2*x - y)**2 - 3"),
    (sd.sqrt(x**2 - 2 * x * y + y**2), "abs(x - y)"),
    ((x + y) ** 2 - (x - y) ** 2, "4*x*y"),
    (a / x + b / x + 1 / p + c / p, None),
]  # fmt: skip


@pytest.mark.parametrize(("e", "text"), FOUND, ids=[str(e) for e, _ in FOUND])
def test_forms_that_normal_form_does_not_have(e: Expr, text: str | None) -> None:
    found = sd.simplify(e, effort=2)
    assert text is None or str(found) == text
    assert ops([found]) <= ops([sd.simplify(e)])


def test_identities_of_functions_are_tried() -> None:
    assert str(sd.simplify(sd.cos(x) ** 2 - sd.sin(x) ** 2, effort=3)) == "cos(2*x)"
    assert str(sd.simplify(4 * sd.sin(x) * sd.cos(x) * y, effort=3)) == "2*y*sin(2*x)"


def test_effort_0_has_no_rules_on_functions() -> None:
    e = sd.exp(sd.log(x)) + x * x + x * x - y / y
    assert str(sd.simplify(e, effort=0)) == "2*x**2 + exp(log(x)) - 1"
    assert str(sd.simplify(sd.sin(x) ** 2 + sd.cos(x) ** 2, effort=0)) == "sin(x)**2 + cos(x)**2"


@pytest.mark.parametrize("effort", [-1, 4, 1.5, None, "2"])
def test_another_effort_is_an_error(effort: object) -> None:
    with pytest.raises(ValueError, match="effort is 0, 1, 2 or 3"):
        sd.simplify(x, effort=effort)  # type: ignore[arg-type]


@pytest.mark.parametrize("effort", [0, 2, 3])
def test_what_is_found_stays(effort: int) -> None:
    for seed in range(21_000, 21_100):
        once = sd.simplify(random_outputs(seed), effort=effort)
        twice = sd.simplify(once, effort=effort)
        assert all(s is t for s, t in zip(once, twice, strict=True)), (seed, once, twice)


def random_arithmetic(seed: int) -> Expr:
    """A sum of products of variables, functions and sums, some of them divided."""
    r = random.Random(seed)
    pool = [x, y, z, p, sd.sin(x), sd.exp(y), x + y, z - 1, x**2 + 1]
    terms = []
    for _ in range(r.randint(2, 5)):
        factors = [r.choice(pool) ** r.choice([1, 1, 1, 2, 3]) for _ in range(r.randint(1, 3))]
        term = math.prod(factors, start=sd.Const(r.choice([1, 1, 2, 3, -1, 4])))
        terms.append(term / r.choice([x**2 + 1, p, sd.exp(z)]) if r.random() < 0.3 else term)
    total = sum(terms, sd.Const(r.choice([0, 1, -2])))
    return r.choice([sd.atan, sd.exp, lambda e: e, lambda e: e, lambda e: e**2 + x * e])(total)


def test_more_effort_is_never_longer() -> None:
    shorter = 0
    for seed in range(40):
        e = random_arithmetic(seed)
        found = [sd.simplify(e, effort=k) for k in (1, 2)]
        counts = [ops([f]) for f in found]
        assert counts[1] <= counts[0], seed
        shorter += counts[1] < counts[0]
        for values in ((0.3, -1.7, 2.2, 0.4), (0.0, 1.0, -1.0, 3.0), (-2.0, 0.0, 1.0, 1e-3)):
            point = dict(zip((x, y, z, p), values, strict=True))
            here, there = mp_evaluate([e, found[1]], point)
            assert abs(here - there) <= 1e-30 * (1 + abs(here)), (seed, str(e), str(found[1]))
        assert sd.simplify(found[1], effort=2) is found[1], seed
    assert shorter >= 8


def test_slopes_are_searched_together() -> None:
    f = (x - y) ** 2 * sd.exp(x * y) + sd.sin(x * y)
    first = sd.simplify(sd.grad(f, [x, y]))
    second = sd.simplify(first, effort=2)
    assert ops(second) <= ops(first)
    point = {x: 0.3, y: -1.2}
    for s, t in zip(mp_evaluate(first, point), mp_evaluate(second, point), strict=True):
        assert abs(s - t) < 1e-40


POLES = [  # at some point a part is infinite and the value is not
    (x + 1 / sd.log(x) + 1 / sd.log(x) ** 2 * y, {x: 0.0, y: 2.0}),
    (sd.atan(1 / x**2 + 1 / y**2), {x: 0.0, y: 0.0}),
    (sd.exp(-1 / x**2 - y / x**4), {x: 0.0, y: 1.0}),
    (1 / (1 / x + 1 / y + 1 / z), {x: 0.0, y: 0.0, z: 1.0}),
    (sd.where(sd.ne(x, 0), sd.sin(x) / x + y / x, 1), {x: 0.0, y: 1.0}),
    (sd.maximum(sd.log(x) * y + sd.log(x) * z, -5), {x: 0.0, y: 1.0, z: 2.0}),
    (sd.tanh(y * sd.log(x) + z / sd.log(x)), {x: 0.0, y: 1.0, z: 1.0}),
]


@pytest.mark.parametrize(("e", "point"), POLES, ids=[str(e) for e, _ in POLES])
@pytest.mark.parametrize("effort", [2, 3])
def test_values_beside_poles_stay(e: Expr, point: dict[Expr, float], effort: int) -> None:
    before, first, found = mp_evaluate([e, sd.simplify(e), sd.simplify(e, effort=effort)], point)
    if abs(first - before) < 1e-30:
        assert abs(found - before) < 1e-30


ROWS = [row for row in identities() if isinstance(row.left, Expr)]
ADDITIONS = """
    sin(y)*cos(z) + cos(y)*sin(z)                sin(y + z)
    a*b*sin(x + y)*cos(x) - a*b*sin(x)*cos(x + y)   a*b*sin(y)
    cos(y)*cos(z) + sin(y)*sin(z)                cos(y - z)
    sin(y)*sin(z) - cos(y)*cos(z)                -cos(y + z)
    sinh(y)*cosh(z) - cosh(y)*sinh(z)            sinh(y - z)
    3*cosh(y)*cosh(z) - 3*sinh(y)*sinh(z)        3*cosh(y - z)
    cos((a - b)*x)/2 - cos((a + b)*x)/2          sin(a*x)*sin(b*x)
    cos((a - b)*x) + cos((a + b)*x)              2*cos(a*x)*cos(b*x)
    sin((a - b)*x) + sin((a + b)*x)              2*sin(a*x)*cos(b*x)
    sin((a - b)*x) - sin((a + b)*x)              -2*sin(b*x)*cos(a*x)
    sinh((a - b)*x) + sinh((a + b)*x)            2*sinh(a*x)*cosh(b*x)
    cosh((a - b)*x) - cosh((a + b)*x)            -2*sinh(a*x)*sinh(b*x)
    sin(2*x)/(2*sin(x)**2)                       1/tan(x)
    sinh(2*x)/(2*sinh(x)**2)                     1/tanh(x)
    sin(2*x)/sin(x)                              2*cos(x)
    (1 - cos(2*x))/sin(x)                        2*sin(x)
"""
PAIRS = [tuple(re.split("   +", line.strip())) for line in ADDITIONS.strip().splitlines()]


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_identities_hold(row: Rule) -> None:
    (wild,) = [n for n in postorder([row.pattern]) if n.op is sd.Var]
    left, right = sd.subs([row.pattern, row.template], {wild: x})
    for value in (0.3, -1.7, 2.9, 11.0, 1e-9):
        before, after = mp_evaluate([left, right], {x: value})
        assert abs(before - after) <= 1e-40 * (1 + abs(before))
    assert [str(e) for e in by_identities(canonical(left))] not in ([], [str(canonical(left))])


@pytest.mark.parametrize(("before", "after"), PAIRS, ids=[before for before, _ in PAIRS])
def test_addition_theorems(before: str, after: str) -> None:
    names = {"x": x, "y": y, "z": z, "a": a, "b": b}
    e = sd.parse(before, names)
    found = sd.simplify(e)
    assert str(found) == after
    at = {v: 0.3 + 0.21 * i for i, v in enumerate(names.values())}
    assert abs(mp_evaluate(e, at) - mp_evaluate(found, at)) < 1e-40
    assert sd.simplify(found) is found


def test_sums_of_functions_by_addition_theorems_at_random_angles() -> None:
    draw = random.Random(5)
    angles = [x, y, x + y, x - y, (a + b) * x, (a - b) * x, 2 * x]
    pairs = [(sd.sin, sd.cos), (sd.sinh, sd.cosh)]
    moved = 0
    for _ in range(150):
        pair = draw.choice(pairs)
        chosen = [(draw.choice([0, 1]), draw.choice(angles)) for _ in range(4)]
        if draw.random() < 0.5:
            chosen[2:] = [(1 - k, angle) for k, angle in chosen[:2]]
        functions = [pair[k](angle) for k, angle in chosen]
        c, d, sign = draw.choice([1, -2, 3]), draw.choice([a, sd.Const(1)]), draw.choice([1, -1])
        e = c * d * functions[0] * functions[1] + sign * c * d * functions[2] * functions[3]
        if draw.random() < 0.3:
            e = c * functions[0] + sign * c * functions[2]
        (start,), _ = collected([e], Table(), EAGER)
        (found,) = [*by_identities(start)] or [start]
        moved += found is not start
        at = {v: draw.uniform(-2, 2) for v in (x, y, a, b)}
        assert abs(mp_evaluate(e, at) - mp_evaluate(found, at)) < 1e-35
    assert moved > 50


def test_graphs_beyond_the_limit_are_simplified_only() -> None:
    total: Expr = x
    for i in range(4000):
        total = sd.sin(total) * (i + 2) + y
    assert sd.simplify(total, effort=2) is sd.simplify(total)


def test_long_sums_take_bounded_work() -> None:
    xs = [sd.Var(f"x{i}") for i in range(40)]
    f = sum((100 * (t - s**2) ** 2 + (1 - s) ** 2 for s, t in pairwise(xs)), x)
    slopes = sd.grad(f, xs)
    found = sd.simplify(slopes, effort=2)
    assert ops(found) <= ops(slopes)


def test_arrays_are_searched_too() -> None:
    X, Y = sd.Var("X", (3,)), sd.Var("Y", (3,))
    e = sd.sum(X * Y + X * sd.sin(Y) + X)
    found = sd.simplify(e, effort=2)
    assert ops([found]) <= ops([sd.simplify(e)])
    values = {X: [0.5, -1.0, 2.0], Y: [1.0, 0.2, -0.7]}
    assert math.isclose(sd.evaluate(found, values), sd.evaluate(e, values), rel_tol=1e-14)


def test_random_array_graphs_keep_their_values() -> None:
    for seed in range(30):
        subject = Subject(made(seed, "arrays", 0))
        found = sd.simplify(subject.out, effort=2)
        assert sd.simplify(found, effort=2) is found
        got = sd.evaluate(found, dict(zip(subject.inputs, subject.point.values(), strict=True)))
        assert math.isclose(got, subject.truth[0], rel_tol=1e-9, abs_tol=1e-9), (seed, str(found))


def test_structures_are_kept() -> None:
    found = sd.simplify({"f": [x * y + x * z], "g": x * y + x * z + 1}, effort=2)
    assert str(found["g"]) == "x*(y + z) + 1"
    assert str(found["f"][0]) == "x*(y + z)"


PROGRAM = """
import symdiff as sd
x, y, z = sd.vars("x y z")
e = sd.grad((x*y + z)**3*sd.sin(x*z + y*z) + sd.cos(x*z + y*z)/(x**2 + y**2), [x, y, z])
print(sd.simplify(e, effort=3))
"""


def test_the_search_is_the_same_in_every_process() -> None:
    root = str(Path(sd.__file__).parent.parent)
    texts = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": root},
            capture_output=True, check=True, text=True,
        ).stdout
        for seed in ("1", "77")
    }  # fmt: skip
    assert len(texts) == 1
