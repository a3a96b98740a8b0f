"""What ``simplify`` prints, what it must never do, and how the result grows."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

import pytest
from counting import calls_of
from deep_calls import DEPTHS

import symdiff as sd
from symdiff.errors import NotAnExpression
from symdiff.expr import Expr, make
from symdiff.leaves import const
from symdiff.rewrite.cse import count_ops
from symdiff.rewrite.facts.facts import Facts
from symdiff.rewrite.simplify import LARGE, simplify
from symdiff.rewrite.standard import canonical
from symdiff.walk import postorder, reachable

x, y, z = sd.vars("x y z")
p = sd.Var("p", domain=sd.POSITIVE)
q = sd.Var("q", domain=sd.NONNEGATIVE)
n = sd.Var("n", kind="int")

TEXTBOOK = [  # (function, its first derivative by x as printed)
    (x**2 * y + y + 2, "2*x*y"),
    (sd.sin(x**2), "2*x*cos(x**2)"),
    (sd.log(x**2 + 1), "2*x/(x**2 + 1)"),
    (sd.exp(-(x**2) / 2), "-x*exp(-x**2/2)"),
    (x * sd.exp(x), "(x + 1)*exp(x)"),
    (x**3, "3*x**2"),
    (1 / x, "-1/x**2"),
    (sd.sqrt(x), "1/(2*sqrt(x))"),
    (sd.tanh(x), "1 - tanh(x)**2"),
    (sd.tanh(3 * x + 1), "3*(1 - tanh(3*x + 1)**2)"),
    (sd.sigmoid(x), "sigmoid(x)*(1 - sigmoid(x))"),
    (sd.softplus(x), "sigmoid(x)"),
    (sd.atan(x), "1/(x**2 + 1)"),
    (sd.asin(x), "1/sqrt(1 - x**2)"),
    (sd.acos(x), "-1/sqrt(1 - x**2)"),
    (sd.atanh(x), "1/(1 - x**2)"),
    (sd.asinh(x), "1/sqrt(x**2 + 1)"),
    (sd.tan(x), "tan(x)**2 + 1"),
    (sd.sin(x) * sd.cos(x), "cos(2*x)"),
    (sd.sin(x) ** 2, "sin(2*x)"),
    (sd.log(x) / x, "(1 - log(x))/x**2"),
    (x * sd.log(x), "log(x) + 1"),
    (sd.sqrt(x**2 + 1), "x/sqrt(x**2 + 1)"),
    (1 / (x**2 + 1), "-2*x/(x**2 + 1)**2"),
    (x**2 / 3, "2*x/3"),
    (sd.exp(2 * x), "2*exp(2*x)"),
    (sd.erf(x), "2*exp(-x**2)/sqrt(pi)"),
    (sd.gamma(x), "gamma(x)*digamma(x)"),
    (sd.atan2(y, x), "-y/(x**2 + y**2)"),
    (sd.log10(x), "1/(x*log(10))"),
]


@pytest.mark.parametrize(("f", "text"), TEXTBOOK, ids=[t for _, t in TEXTBOOK])
def test_derivatives_read_as_in_a_textbook(f: Expr, text: str) -> None:
    assert str(sd.grad(f, x)) == text


def test_the_first_example() -> None:
    f = x**2 * y + y + 2
    assert [str(g) for g in sd.grad(f, [x, y])] == ["2*x*y", "x**2 + 1"]
    slopes = sd.grad(f, [x, y])
    assert [[str(h) for h in sd.grad(g, [x, y])] for g in slopes] == [["2*y", "2*x"], ["2*x", "0"]]


SHORTER = [
    (x - x, "0"),
    (x / x, "1"),
    (0 * x, "0"),
    (x**0, "1"),
    (const(1) / 3, "1/3"),
    (sd.sqrt(x) ** 2, "x"),
    (sd.sqrt(x**2), "abs(x)"),
    (sd.sqrt(p**2), "p"),
    (sd.sqrt(x**4), "x**2"),
    (sd.exp(sd.log(x)), "x"),
    (sd.log(sd.exp(x)), "x"),
    (0.1 * (2 * x), "0.2*x"),
    (2.0 * x + 3.0 * x, "5.0*x"),
    ((x + 1e16) - 1e16, "x + 1e+16 - 1e+16"),
    (-(x + y), "-x - y"),
    (-(x - y), "y - x"),
    (x - (y - x), "2*x - y"),
    (y * -(x + y), "-y*(x + y)"),
    ((x + y) / (-x - y), "-1"),
    (sd.sqrt(x) * sd.sqrt(x), "x"),
    (x * y * z / (x * z), "y"),
    (sd.sin(-x), "-sin(x)"),
    (sd.cos(-2 * x), "cos(2*x)"),
    (sd.erf(-x), "-erf(x)"),
    (3 * sd.sin(x) ** 2 + 3 * sd.cos(x) ** 2 + y, "y + 3"),
    (1 + sd.tan(x) ** 2, "tan(x)**2 + 1"),
    (sd.exp(x) * sd.exp(y), "exp(x + y)"),
    (sd.exp(x) * sd.exp(-x), "1"),
    (sd.exp(x) ** 2, "exp(2*x)"),
    ((1 - x) * (1 + x), "1 - x**2"),
    (x * x * x + x**3, "2*x**3"),
    (sd.abs(-2 * x), "2*abs(x)"),
    (sd.where(x > 0, y, y), "y"),
    (sd.where(p > 0, x, y), "x"),
    (sd.where(q < 0, x, y), "y"),
    (sd.where(~(x > 0), y, z), "where(x > 0, z, y)"),
    (sd.maximum(2, 3), "3"),
    (sd.floor(n + 1), "n + 1"),
    (sd.sqrt(const(16)), "4"),
    (sd.cos(sd.pi), "-1"),
    (const(2) ** 10, "1024"),
    (x / 2 + x / 3, "5*x/6"),
    ((y - 1) - 1, "y - 2"),
    (sum([x, y]), "x + y"),
    (3 - x**2, "3 - x**2"),
    (z + y + x**2 + 1, "x**2 + y + z + 1"),
    (sd.xlogy(p, y), "p*log(y)"),
    (x ** const(0.5), "sqrt(x)"),
    (x**-0.5, "1/sqrt(x)"),
    (x ** Fraction(3, 2), "x**(3/2)"),
    (sd.Var("x10") * sd.Var("x9"), "x9*x10"),
    (x / 3.0, "x/3.0"),
    (x * y * y * sd.sin(x * y), "x*y**2*sin(x*y)"),
    (-(y * (y - q) + sd.tanh(y)) - 1.5, "y*(q - y) - tanh(y) - 1.5"),
    (-(x + 1.0) * y, "-y*(x + 1.0)"),
    (sd.where(sd.ne(x, 0), y + sd.where(sd.eq(x, 0), 0, 1 / x), 0), "where(ne(x, 0), y + 1/x, 0)"),
    (sd.grad(sd.hypot(x, y), x), "where(tie(hypot(x, y), 0), 0, x/hypot(x, y))"),
    (
        sd.grad(sd.grad(sd.hypot(x, y), x), y),
        "where(tie(hypot(x, y), 0), 0, -x*y/((x**2 + y**2)*hypot(x, y)))",
    ),
]


@pytest.mark.parametrize(("e", "text"), SHORTER, ids=[t for _, t in SHORTER])
def test_short_forms(e: Expr, text: str) -> None:
    found = simplify(e)
    assert sd.to_text(found) == text
    assert simplify(found) is found


def test_stop_gradient_stays() -> None:
    e = sd.stop_gradient(x + x) * x
    assert str(simplify(e)) == "x*stop_gradient(2*x)"
    assert str(sd.grad(e, x)) == "stop_gradient(2*x)"


def test_maximum_with_zero_is_not_relu() -> None:
    assert "relu" not in str(simplify(sd.maximum(x, 0)))


def test_slopes_at_kinks_are_kept() -> None:
    for e in (sd.abs(q), sd.relu(q), sd.abs(q + q**2), sd.abs(x) * sd.sign(x)):
        v = x if "x" in str(e) else q
        before = sd.evaluate(sd.grad(e, v, simplify=False), {v: 0.0})
        assert (
            sd.evaluate(
                sd.grad(simplify(e), v),
                {v: 0.0} if v in postorder([sd.grad(simplify(e), v)]) else {},
            )
            == before
            == 0
        )
    assert simplify(sd.abs(x**2 + y**2)) is simplify(x**2 + y**2)


def test_facts() -> None:
    facts = Facts()
    assert all(map(facts.positive, [x**2 + 1, sd.exp(x), p * p + q, sd.hypot(x, 1)]))
    assert not any(map(facts.positive, [sd.sin(x) + 1, x, q, x**2, sd.sqrt(x)]))
    assert all(map(facts.nonnegative, [sd.abs(x), x * x, sd.sqrt(x), q, sd.maximum(x, 0)]))
    assert not any(map(facts.nonnegative, [x, -p, x**3, p - q, sd.minimum(x, 1)]))
    assert facts.nonzero(sd.cosh(x))
    assert not facts.nonzero(q)
    assert facts.of(n * 2 + 1).whole
    assert not facts.of(n / 2).whole


def test_huge_powers_neither_hang_nor_fold() -> None:
    tower = const(9) ** (const(9) ** (const(9) ** 9))
    assert "9" in str(simplify(tower))
    e: Expr = const(3)
    for _ in range(60):
        e = e * e
    bits = [n.value.numerator.bit_length() for n in postorder([simplify(e)]) if n.op is sd.Const]
    assert max(bits) < 1 << 20


def test_infinities_and_nans_stay_what_they_are() -> None:
    for value in (math.inf, -math.inf, math.nan):
        found = simplify(x + const(value))
        assert str(sd.evaluate(found, {x: 1.0})) == str(value)
    assert math.isfinite(sd.evaluate(simplify(x * 1e-200 * 1e-200 * 1e300), {x: 1e200}))


def test_structures_are_kept_and_shared_together() -> None:
    found = simplify({"a": [x + 0, (y * 1,)], "b": 3})
    assert found == {"a": [x, (y,)], "b": const(3)}
    with pytest.raises(NotAnExpression):
        simplify([None])


def test_shared_prefix_sums_stay_shared() -> None:
    xs = [sd.Var(f"x{i}") for i in range(60)]
    sums = [xs[0]]
    for v in xs[1:]:
        sums.append(sums[-1] + v)
    bindings, outputs = sd.cse(simplify(sums))
    assert (
        count_ops([*[value for _, value in bindings], *outputs]) <= 1.5 * 59
    )  # pairs are shared, too


def rosenbrock(xs: list[Expr]) -> Expr:
    return sum((100 * (b - a**2) ** 2 + (1 - a) ** 2 for a, b in pairwise(xs)), const(0))


def test_rosenbrock_gradient_has_few_operations() -> None:
    xs = [sd.Var(f"x{i}") for i in range(1000)]
    f = rosenbrock(xs)
    slopes = sd.grad(f, xs)
    bindings, named = sd.cse(slopes)
    assert count_ops([*[value for _, value in bindings], *named]) <= 1.2 * count_ops(f)
    assert count_ops(slopes) <= 1.2 * count_ops(f)


@pytest.mark.parametrize("nested", [True, False])
def test_gradient_of_a_product_is_linear(nested: bool) -> None:
    xs = [sd.Var(f"x{i}") for i in range(500)]
    f = math.prod(xs[1:], start=xs[0]) if nested else make(sd.Mul, tuple(xs))
    assert count_ops(sd.grad(f, xs)) <= 3 * 500


@pytest.mark.parametrize("depth", DEPTHS)
def test_deep_graphs(depth: int) -> None:
    e = x
    for _ in range(depth):
        e = sd.sin(e) + x
    found = simplify(e)
    assert simplify(found) is found
    assert simplify(e, exact=True) is e


@pytest.mark.parametrize("depth", [4_000, pytest.param(20_000, marks=pytest.mark.slow)])
def test_tangents_of_deep_graphs(depth: int) -> None:
    """Products nested in sums nested in products: no rule walks down them."""
    e = chain(lambda e: sd.sin(e) + x, depth)
    found = sd.jvp(e, x, 1)
    assert simplify(found) is found
    nested = simplify(1 + chain(lambda e: (1 + e) * sd.cos(x), depth // 4))
    assert simplify(nested) is nested


def test_graphs_that_are_exponential_as_trees() -> None:
    e = x
    for _ in range(60):
        e = sd.sin(e) * sd.cos(e)
    found = simplify(e)
    assert simplify(found) is found
    slope = sd.grad(e, x)
    assert count_ops(slope) <= 10 * 60
    assert simplify(slope) is slope


def test_arrays_keep_their_shape() -> None:
    X, Y = sd.Var("X", shape=(3,)), sd.Var("Y", shape=(2, 3))
    for e in (
        X - X,
        0 * Y,
        X / X + Y,
        X * Y / X,
        sd.where(X > 0, X, 0 * Y),
        Y + X * 0,
        sd.sin(X - X),
    ):
        found = simplify(e)
        assert found.shape == e.shape
        values = {
            v: [[0.5, 1.5, 2.5]] * 2 if v is Y else [0.5, 1.0, 2.0]
            for v in postorder([e])
            if v.op is sd.Var
        }
        kept = {v: values[v] for v in postorder([found]) if v.op is sd.Var}
        assert (abs(sd.evaluate(found, kept) - sd.evaluate(e, values)) < 1e-12).all()
    assert simplify(X + 0 * X) is X
    assert str(simplify(sd.sum(2 * X) - sd.sum(X))) == str(sd.sum(X))


def test_canonical_form_does_not_depend_on_nesting() -> None:
    a, b = x * (y * z) + (x + (y + z)), (x + y) + (z + (z * y) * x)
    assert canonical(a) is canonical(b)
    assert canonical(x - y) is canonical(-y + x) is canonical(-(y - x))
    assert canonical(x / y / z) is canonical(x / (y * z))


@pytest.mark.parametrize("times", [3, pytest.param(10, marks=pytest.mark.slow)])
def test_work_grows_with_the_graph(times: int) -> None:
    counts = []
    for size in (200, 200 * times):
        xs = [sd.Var(f"x{i}") for i in range(size)]
        raw = sd.grad(rosenbrock(xs), xs, simplify=False)
        counts.append(calls_of(lambda raw=raw: simplify(raw)))
    assert counts[1] <= 1.1 * times * counts[0]


def test_a_round_takes_few_calls_a_node() -> None:
    """Above the size where rounds are repeated; a row tried in vain on every node shows here."""
    xs = [sd.Var(f"x{i}") for i in range(2000)]
    wide = sd.grad(rosenbrock(xs), xs, simplify=False)
    e = x
    for _ in range(6000):
        e = sd.sin(e) + x
    deep = [sd.grad(e, x, simplify=False)]
    for outputs in (wide, deep):
        nodes = len(reachable(outputs))
        assert nodes > LARGE
        assert calls_of(lambda outputs=outputs: simplify(outputs)) <= 60 * nodes


def log_losses(count: int) -> list[Expr]:
    """The gradient of a sum of cross entropies."""
    total = sd.Const(0)
    for i in range(count):
        p, label = sd.sigmoid(x * sd.Var(f"a{i}") + y), sd.Var(f"b{i}")
        total -= label * sd.log(p) + (1 - label) * sd.log(1 - p)
    return sd.grad(total, [x, y], simplify=False)


def margins(count: int) -> list[Expr]:
    """The gradient of many logs of exponentials: a sum of many terms that rules may start at."""
    total = sum([sd.log(1 + sd.exp(-(x * i + y))) for i in range(count)], sd.Const(0))
    return sd.grad(total, [x, y], simplify=False)


def neighbours(link: Callable[[Expr, Expr], Expr]) -> Callable[[int], list[Expr]]:
    """The gradient of a sum over pairs of neighbours."""

    def gradient(count: int) -> list[Expr]:
        xs = [sd.Var(f"x{i}") for i in range(count)]
        total = sum([link(a, b) for a, b in pairwise(xs)], sd.Const(0))
        return sd.grad(total, xs, simplify=False)

    return gradient


WIDE = {  # a gradient, and how many calls a node may take in all rounds
    "log losses": (log_losses, 150),
    "margins": (margins, 150),
    "quotients": (neighbours(lambda a, b: (a - b) / (a**2 + b**2 + 1)), 330),
    "bells": (neighbours(lambda a, b: sd.exp(-((a - b) ** 2) / 2) * sd.log(1 + a**2)), 210),
    "reciprocals": (
        lambda n: [sd.derivative(chain(LINKS["reciprocal"], n), x, simplify=False)],
        240,
    ),
}


@pytest.mark.parametrize("times", [2, pytest.param(4, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", WIDE)
def test_all_rounds_take_few_calls_a_node(name: str, times: int) -> None:
    """Numerators written out in vain, or a round more than needed, show here."""
    gradient, limit = WIDE[name]
    counts = []
    for size in (150, 150 * times):
        outputs = gradient(size)
        counts.append(calls_of(lambda outputs=outputs: simplify(outputs)))
        assert counts[-1] <= limit * sum([len(reachable([out])) for out in outputs])
    assert counts[1] <= 1.1 * times * counts[0]


LINKS = {
    "abs": lambda e: sd.abs(-2 * e),
    "where": lambda e: sd.where(e > 0, e, x),
    "exp": sd.exp,
    "log": sd.log,
    "square": lambda e: (e * x) ** 2,
    "product": lambda e: 1 - e * e,
    "reciprocal": lambda e: 1 / e + e,
    "sigmoid": lambda e: sd.sigmoid(e) * (1 - e),
    "hypot": lambda e: sd.hypot(e, 1),
    "half": lambda e: -e / 2,
    "root": lambda e: sd.sqrt(e * e),
    "maximum": lambda e: sd.maximum(e, 0) + e,
}


def chain(link: Callable[[Expr], Expr], depth: int) -> Expr:
    e = x
    for _ in range(depth):
        e = link(e)
    return e


GROWING = [name for name in LINKS if name != "square"]  # its exponents grow up to level 1024


@pytest.mark.parametrize("times", [2, pytest.param(5, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", GROWING)
def test_work_grows_with_the_depth(name: str, times: int) -> None:
    counts = []
    for depth in (1200, 1200 * times):  # above the level where numbers get too long to multiply
        e = chain(LINKS[name], depth)
        counts.append(calls_of(lambda e=e: simplify(e)))
    assert counts[1] <= 1.1 * times * counts[0]


@pytest.mark.parametrize("name", ["abs", "where", "exp", "log", "half", "root", "square"])
@pytest.mark.parametrize("depth", DEPTHS[:2])
def test_deep_graphs_of_every_kind(name: str, depth: int) -> None:
    """Numbers that grow with the depth (half, abs) do not make it quadratic."""
    found = simplify(chain(LINKS[name], depth))
    assert simplify(found) is found


def test_truth_values_that_are_known_are_numbers_in_arithmetic():
    x, y = sd.vars("x y")
    p = sd.Var("p", domain=sd.POSITIVE)
    yes, no = sd.Const(True), sd.Const(False)
    for before, after in [
        (x * yes, x), (x + no, x), (sd.Add(yes, yes, x), x + 2), (sd.Mul(x, no, y), sd.Const(0)),
        (x / yes - yes, x - 1), (x ** ((y - 1) * yes), x ** (y - 1)), (-yes, sd.Const(-1)),
    ]:  # fmt: skip
        for effort in (0, 1):
            assert sd.simplify(before, effort=effort) is sd.simplify(after), before
    assert sd.simplify(x ** ((y - 1) * sd.ne(p, 0))) is x ** (y - 1)
    assert sd.simplify(x * (p > 0) + (p < 0)) is x


def test_a_product_of_sums_that_is_0_in_disguise() -> None:
    """``(x + abs(x))*(x - abs(x))`` is 0 once it is multiplied out, above a bar or below it."""
    for text in ("(x + abs(x))*(x - abs(x))*y + x", "(x + abs(x))**2*(x - abs(x))*(y + 1)/abs(x)"):
        f = sd.parse(text, sd.vars("x y"))
        for e in (f, *sd.grad(f, f.variables, simplify=False)):
            plain, short = sd.compile([e, sd.simplify(e)], f.variables)(-1.7, 0.6)
            assert short == pytest.approx(plain, abs=1e-13)
