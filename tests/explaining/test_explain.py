"""``explain``: every line of a derivation is true, and reads as a person would write it."""

import subprocess
import sys
from math import isfinite

import numpy as np
import pytest
from oracle.running import made
from oracle.subject import Subject

import symdiff as sd
from symdiff.cli import main
from symdiff.expr import OPS
from symdiff.rule import NonDiff
from symdiff.witness import mp_derivative, mp_evaluate

x, y = sd.vars("x y")
AT = {x: 0.37, y: 1.3}

EXACT = {
    x**2 * sd.sin(x): """\
1. product rule: d/dx[x**2*sin(x)] = d/dx[x**2]*sin(x) + x**2*d/dx[sin(x)]
2. power rule: d/dx[x**2] = 2*x   (DLMF 4.7.10)
3. table: d/dx[sin(x)] = cos(x)   (DLMF 4.20.1)
4. put together: d/dx[x**2*sin(x)] = 2*x*sin(x) + x**2*cos(x)
5. collect terms: 2*x*sin(x) + x**2*cos(x) = x*(x*cos(x) + 2*sin(x))
result: d/dx[x**2*sin(x)] = x*(x*cos(x) + 2*sin(x))""",
    sd.cos(x**3 + y) - 5: """\
1. difference rule: d/dx[cos(x**3 + y) - 5] = d/dx[cos(x**3 + y)]   (5 does not depend on x)
2. chain rule: d/dx[cos(x**3 + y)] = -sin(x**3 + y)*d/dx[x**3 + y]   (d/du[cos(u)] = -sin(u); \
DLMF 4.20.2)
3. sum rule: d/dx[x**3 + y] = d/dx[x**3]   (y does not depend on x)
4. power rule: d/dx[x**3] = 3*x**2   (DLMF 4.7.10)
5. put together: d/dx[cos(x**3 + y) - 5] = -sin(x**3 + y)*(3*x**2)
6. collect factors: -sin(x**3 + y)*(3*x**2) = -3*x**2*sin(x**3 + y)
result: d/dx[cos(x**3 + y) - 5] = -3*x**2*sin(x**3 + y)""",
    sd.sin(x) / x: """\
1. quotient rule: d/dx[sin(x)/x] = (d/dx[sin(x)]*x - sin(x)*d/dx[x])/x**2
2. table: d/dx[sin(x)] = cos(x)   (DLMF 4.20.1)
3. variable: d/dx[x] = 1
4. put together: d/dx[sin(x)/x] = (cos(x)*x - sin(x)*1)/x**2
5. order factors: cos(x)*x = x*cos(x)
6. collect factors: sin(x)*1 = sin(x)
result: d/dx[sin(x)/x] = (x*cos(x) - sin(x))/x**2""",
    sd.exp(sd.sin(x)) * sd.exp(sd.sin(x)) ** 2: """\
1. product rule: d/dx[exp(sin(x))*exp(sin(x))**2] = d/dx[exp(sin(x))]*exp(sin(x))**2 + \
exp(sin(x))*d/dx[exp(sin(x))**2]
2. chain rule: d/dx[exp(sin(x))] = exp(sin(x))*d/dx[sin(x)]   (d/du[exp(u)] = exp(u); DLMF 4.7.7)
3. table: d/dx[sin(x)] = cos(x)   (DLMF 4.20.1)
4. power rule, chain rule: d/dx[exp(sin(x))**2] = 2*exp(sin(x))*d/dx[exp(sin(x))]   (DLMF 4.7.10)
""",
    sd.floor(x) * y + 2: """\
1. sum rule: d/dx[floor(x)*y + 2] = d/dx[floor(x)*y]   (2 does not depend on x)
2. constant factor: d/dx[floor(x)*y] = d/dx[floor(x)]*y
3. zero slope: d/dx[floor(x)] = 0   (it is constant between integers)
4. put together: d/dx[floor(x)*y + 2] = 0*y
5. collect factors: 0*y = 0
result: d/dx[floor(x)*y + 2] = 0""",
    y + 1: """\
1. constant: d/dx[y + 1] = 0   (y + 1 does not depend on x)
result: d/dx[y + 1] = 0""",
}


@pytest.mark.parametrize("f", EXACT, ids=str)
def test_the_text_to_the_letter(f):
    assert str(sd.explain(f, x)).startswith(EXACT[f])


def check(derivation):
    """Every claim of a derivation at a point: derivatives by mpmath, from values alone."""
    parts = 0
    for number, step in enumerate(derivation, 1):
        assert step.number == number
        after = mp_evaluate(step.after, AT)
        if step.kind == "simplify":
            expected = mp_evaluate(step.before, AT)
        else:
            expected = mp_derivative(step.before, AT, [(derivation.wrt, ())])
        assert abs(after - expected) <= 1e-12 * (1 + abs(expected)), str(step)
        slopes = {}
        for part in step.parts:
            explained = derivation.steps[part.step - 1]
            assert explained.before is part.of
            slopes[part.symbol] = explained.after
        if slopes:
            parts += 1
            filled = mp_evaluate(sd.subs(step.formula, slopes), AT)
            assert abs(filled - after) <= 1e-12 * (1 + abs(after)), str(step)
        for symbol, function, slope in step.table:
            symbols = [v for v in function.args if v.op is sd.Var]
            at = {v: 0.4 + 0.13 * i for i, v in enumerate(symbols)}
            assert_in_table(function, symbol, slope, at)
    return parts


def assert_in_table(function, symbol, slope, at):
    expected = mp_derivative(function, at, [(symbol, ())])
    if isfinite(expected):  # the function is defined there
        assert abs(mp_evaluate(slope, at) - expected) <= 1e-12 * (1 + abs(expected)), str(function)


FORMULAS = [
    *EXACT,
    x, 3 * x, -x, x / 7, 7 / x, 1 / sd.sin(x), x**2, x**0.5, (x + 1) ** -2, 2**x, y ** sd.sin(x),
    x**x, sd.sin(x) ** sd.cos(x), x * y * sd.sin(x) * sd.exp(x),
    sd.Mul(*[x + i for i in range(12)]),
    sd.Add(x, x, x * x), x - sd.sin(x), y - sd.sin(x), sd.sqrt(1 + x**2), sd.log(sd.sigmoid(x)),
    sd.atan2(x, y * x + 1), sd.atan2(y, x), sd.hypot(x, x), sd.maximum(x, x**2),
    sd.where(x > y, x, x**3),
    sd.clip(sd.sin(x), 0.1, y), sd.jn(2, x * y), sd.polygamma(1, x), sd.beta(x, y), sd.xlogy(x, x),
    sd.Mod(x, y), sd.tanh(sd.tanh(sd.tanh(x))),
    sd.Var("u") * sd.sin(x / 2),
]  # fmt: skip


@pytest.mark.parametrize("f", FORMULAS, ids=str)
def test_every_line_is_true(f):
    AT[sd.Var("u")] = 0.9
    derivation = sd.explain(f, x)
    check(derivation)
    expected = mp_evaluate(sd.derivative(f, x), AT)
    assert abs(mp_evaluate(derivation.result, AT) - expected) <= 1e-12 * (1 + abs(expected))
    assert len(set(str(derivation).splitlines())) == len(derivation) + 1


@pytest.mark.parametrize("start", range(0, 60, 20))
def test_every_line_of_random_derivations_is_true(start):
    for index in range(start, start + 20):
        subject = Subject(made(1, "scalars", index))
        check_derivations(subject.f, subject.by_variable(subject.case.points[-1]))


def check_derivations(f, values):
    for v in values:
        derivation = sd.explain(f, v)
        for step in derivation:
            after = mp_evaluate(step.after, values)
            before = expected = mp_evaluate(step.before, values)
            if step.kind != "simplify":
                expected = mp_derivative(step.before, values, [(v, ())])
            if isfinite(before) and isfinite(expected):  # no pole, as in a branch not taken
                assert abs(after - expected) <= 1e-9 * (1 + abs(expected)), str(step)


def inside(interval):
    low, high = max(interval.low, -3.0), min(interval.high, 3.0)
    return low + 0.61 * (high - low)


SCALAR = [op for op in OPS.values() if op.elementwise and not isinstance(op.rule, NonDiff)]


@pytest.mark.parametrize("op", SCALAR, ids=str)
def test_every_scalar_row_is_explained(op):
    """Arguments that are inside the row's domain and move at different speeds."""
    count = op.arity or 3
    test = [*op.test, *[op.test[-1]] * count][:count]
    args = [inside(t) + (x - AT[x]) * (i + 1) / 4 for i, t in enumerate(test)]
    if "order" in op.facts:
        args[0] = sd.Const(2)
    if op is sd.Where:
        args[0] = x > 0
    derivation = sd.explain(op(*args), x)
    assert check(derivation)
    assert derivation.steps[0].source == op.source or op.infix


def test_rules_of_simplification_are_named():
    derivation = sd.explain(sd.sin(x) / sd.cos(x), x)
    (step,) = [s for s in derivation if s.rule == "Pythagoras"]
    assert str(step) == "7. Pythagoras: cos(x)**2 - -sin(x)**2 = 1"
    large = sum(((-1) ** i * sd.sin(i * x) ** 2 for i in range(200)), sd.sin(-x) * sd.cosh(-x))
    last = sd.explain(large, x)[-1]
    assert last.rule.startswith("collect and order, ")
    assert "odd function" in last.rule
    assert "even function" in last.rule


def test_what_is_held_fixed_has_no_slope():
    derivation = sd.explain(sd.stop_gradient(x) * x, x)
    assert derivation[1].reason == "sd.stop_gradient holds it fixed"
    assert derivation.result is sd.derivative(sd.stop_gradient(x) * x, x)


def test_a_shared_subexpression_is_explained_once():
    inner = sd.sin(x**2)
    derivation = sd.explain(inner * sd.exp(inner) + inner, x)
    explained = [s.before for s in derivation if s.kind == "differentiate"]
    assert len(explained) == len(set(explained))
    uses = [p.step for s in derivation for p in s.parts if p.of is inner]
    assert len(uses) == 3
    assert len(set(uses)) == 1


def test_arrays_take_one_step_with_the_name_of_the_rule():
    a = np.array([[1.0, 2.0], [3.0, 4.0]])
    v = sd.stack([x, x**2])
    derivation = sd.explain(sd.sum(sd.sin(a @ v)), x)
    names = [step.rule for step in derivation]
    assert "contraction rule" in names
    assert "stack, element by element" in names
    found = sd.evaluate(derivation.result, AT)
    z = a @ [0.37, 0.37**2]
    assert found == pytest.approx(np.cos(z) @ a @ [1, 2 * 0.37], rel=1e-14)


@pytest.mark.parametrize("levels", [80, pytest.param(300, marks=pytest.mark.slow)])
def test_large_formulas_are_elided_and_steps_counted(levels):
    f = sd.sin(x)
    for i in range(levels):
        f = sd.sin(f * y + i)
    derivation = sd.explain(f, x)
    text = str(derivation)
    lines = text.splitlines()
    assert len(lines) == 102
    assert lines[100] == f"… {len(derivation) - 100:,} more steps"
    for line in lines:
        left, _, rest = line.partition(": ")[2].partition("] = ")
        assert len(left) <= 200 + len("d/dx[")
        assert len(rest.partition("   (")[0]) <= 200
    assert "…" in lines[0]
    assert len(derivation.text(limit=None).splitlines()) == len(derivation) + 1
    assert derivation.text(limit=0).startswith(f"… {len(derivation):,} more steps\nresult: ")


@pytest.mark.parametrize("width", [600, pytest.param(3000, marks=pytest.mark.slow)])
def test_wide_formulas(width):
    terms = [sd.sin((i + 1) * x) for i in range(width)]
    for f in (sd.Add(*terms), sd.Mul(*terms)):
        derivation = sd.explain(f, x)
        assert len(str(derivation)) < 30_000
        assert len(derivation.latex()) < 60_000


def test_a_larger_width_writes_everything():
    derivation = sd.explain(sd.Add(*[sd.sin((i + 1) * x) for i in range(300)]), x)
    for written in (derivation.text(1, 10**5), derivation.latex(1, 10**5)):
        first = max(written.splitlines()[:2], key=len)
        assert first.count("300") == 2
        assert "derivative" not in first


def balanced(text):
    return (
        text.count("{") == text.count("}")
        and text.count(r"\left") == text.count(r"\right")
        and text.count(r"\begin") == text.count(r"\end")
    )


LATEX = r"""\begin{align}
D[\sin\left(x^{2}\right)] &= \cos\left(x^{2}\right) D[x^{2}] && \text{chain rule},\ U[\sin\left(\
u\right)] = \cos\left(u\right),\ \text{DLMF 4.20.1} \\
D[x^{2}] &= 2 x && \text{power rule},\ \text{DLMF 4.7.10} \\
D[\sin\left(x^{2}\right)] &= \cos\left(x^{2}\right) \left(2 x\right) && \text{put together} \\
\cos\left(x^{2}\right) \left(2 x\right) &= 2 x \cos\left(x^{2}\right) && \text{collect factors} \\
D[\sin\left(x^{2}\right)] &= 2 x \cos\left(x^{2}\right) && \text{result} \notag
\end{align}"""


def test_latex_is_an_align_block():
    derivation = sd.explain(sd.sin(x**2), x)
    expected = LATEX.replace("(\\\n", "(")
    for short, variable in (("D", "x"), ("U", "u")):
        expected = expected.replace(f"{short}[", rf"\frac{{d}}{{d {variable}}}\left[")
    expected = expected.replace(")]", r")\right]").replace("}]", r"}\right]")
    assert derivation.latex() == expected
    block = expected.replace("{align}", "{aligned}").replace(r" \notag", "")
    assert derivation._repr_latex_() == rf"$\displaystyle {block}$"  # set by every front end


@pytest.mark.parametrize("f", FORMULAS, ids=str)
def test_latex_is_balanced_row_by_row(f):
    rows = sd.explain(f, x).latex().splitlines()
    assert (rows[0], rows[-1]) == (r"\begin{align}", r"\end{align}")
    assert all(map(balanced, rows[1:-1]))


def test_a_symbol_of_the_table_is_no_variable_of_the_formula():
    u, v = sd.vars("u v")
    first = sd.explain(sd.sin(u * v), u)[0]
    assert str(first).endswith("(d/dw[sin(w)] = cos(w); DLMF 4.20.1)")


def test_errors_are_named():
    with pytest.raises(sd.KindError, match="2 is a number"):
        sd.explain(x**2, 2)
    with pytest.raises(sd.NotAnExpression, match=r"sd\.Var"):
        sd.explain(x**2, "x")
    for names, words in [
        ({"h": y}, "not there"), ({"x": x**2}, "is a variable"), ({"h": 2}, '"h1"'),
    ]:  # fmt: skip
        with pytest.raises(sd.ArgumentError, match=words):
            sd.explain(x**2, x, names=names)
    with pytest.raises(sd.NotDifferentiable):
        sd.explain(sd.jn(x, 2.0), x)
    with pytest.raises(sd.NotAnExpression):
        sd.explain("x**2", x)


def test_the_object():
    derivation = sd.explain(x**2, x)
    assert repr(derivation) == "<Derivation of x**2 by x: 1 steps>"
    assert derivation.result is 2 * x
    assert list(derivation) == list(derivation.steps)
    step = derivation[0]
    assert (step.rule, step.kind, step.before, step.after) == (
        "power rule",
        "differentiate",
        x**2,
        2 * x,
    )
    assert callable(sd.explain)
    script = (
        "import symdiff.explaining.derivation as d, symdiff as sd; assert sd.explain is d.explain"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


# -- several variables, inner nodes, arrays, numbers -----------------------------------------------


def test_several_variables_one_after_the_other():
    f = x**2 * y + y + 2
    both = sd.explain(f, [x, y])
    assert [d.result for d in both] == sd.grad(f, [x, y])
    assert str(both) == f"{sd.explain(f, x)}\n\n{sd.explain(f, y)}"
    assert str(sd.explain(f)) == str(both)
    assert both.latex().count(r"\begin{align}") == 2
    assert str(sd.explain(sd.sin(x))) == str(sd.explain(sd.sin(x), x))


def test_by_an_inner_node():
    u = x**2
    f = sd.sin(u) * u + x
    derivation = sd.explain(f, u)
    assert (
        str(derivation)
        == """\
with u = x**2
1. sum rule: d/du[sin(u)*u + x] = d/du[sin(u)*u]   (x does not depend on u)
2. product rule: d/du[sin(u)*u] = d/du[sin(u)]*u + sin(u)*d/du[u]
3. table: d/du[sin(u)] = cos(u)   (DLMF 4.20.1)
4. variable: d/du[u] = 1
5. put together: d/du[sin(u)*u + x] = cos(u)*u + sin(u)*1
6. order factors: cos(u)*u = u*cos(u)
7. collect factors: sin(u)*1 = sin(u)
result: d/du[sin(u)*u + x] = u*cos(u) + sin(u)"""
    )
    assert derivation.result is sd.subs(sd.derivative(sd.sin(y) * y, y), {y: u})
    assert derivation.wrt is derivation[3].before is u
    assert str(sd.explain(f, u, names={"area": u})).splitlines()[0] == "with area = x**2"
    assert str(sd.explain(u * sd.Var("u"), u)).startswith("with v = x**2\n")


def test_names_of_inner_nodes():
    h = sd.tanh(x * y)
    named = sd.explain(h**2 + y, x, names={"h1": h})
    assert str(named).splitlines()[:3] == [
        "with h1 = tanh(x*y)",
        "1. sum rule: d/dx[h1**2 + y] = d/dx[h1**2]   (y does not depend on x)",
        "2. power rule, chain rule: d/dx[h1**2] = 2*h1*d/dx[h1]   (DLMF 4.7.10)",
    ]
    assert "d/dx[h1²] = 2·h1·d/dx[h1]" in named.pretty()
    assert r"&\text{with }h_{1} = \tanh\left(x y\right) \notag" in named.latex()
    plain = [sd.explain(h**2 + y, x) for _ in range(2)]
    assert str(plain[0]) == str(plain[1])
    count = [step.kind for step in named].index("simplify")
    assert list(map(str, named.steps[:count])) == list(map(str, plain[0].steps[:count]))
    assert str(named).endswith("result: d/dx[h1**2 + y] = 2*h1*y*(1 - h1**2)")
    check(named)
    inner = sd.exp(h)
    both = {"h1": h, "E": inner, "s": x * y}
    derivation = sd.explain(inner * h + sd.sin(inner), x * y, names=both)
    assert str(derivation).endswith("d/ds[E*h1 + sin(E)] = E*(h1 + cos(E) + 1)*(1 - h1**2)")
    for step in derivation:
        if step.kind == "simplify":
            assert sd.same(step.before, step.after), str(step)
    assert sd.same(derivation.result, sd.grad(inner * h + sd.sin(inner), x * y))


def test_numbers_at_a_point():
    f = sd.exp(sd.sin(x) * y) + x**3
    derivation = sd.explain(f, x, at={"x": 0.37, y: 1.3})
    assert str(derivation).startswith("at x = 0.37, y = 1.3\n1. sum rule: ")
    for step in derivation:
        if step.kind == "simplify":
            assert step.value is None
        else:
            expected = float(mp_derivative(step.before, AT, [(x, ())]))
            assert step.value == pytest.approx(expected, rel=1e-12)
            assert f"{expected:.6g}" in str(step)
    assert derivation.value == pytest.approx(float(mp_derivative(f, AT, [(x, ())])), rel=1e-12)
    exact = sd.explain(x**2 * y + y + 2, x, at={x: 3, y: 4})
    assert str(exact).endswith("result: d/dx[x**2*y + y + 2] = 2*x*y = 24")
    assert r"d x}\left[x^{2}\right] &= 2 x = 6 &&" in exact.latex()
    assert sd.explain(x + y, x, at={x: 3, y: 4}).value == 1


X, w, t = sd.Var("X", (5, 3)), sd.Var("w", 3), sd.Var("t", 5)


def test_a_gradient_as_in_matrix_calculus():
    assert (
        str(sd.explain(sd.sum((X @ w - t) ** 2), w))
        == """\
1. contraction rule: d[sum((X @ w - t)**2)] = sum(d[(X @ w - t)**2])
2. power rule, chain rule: d[(X @ w - t)**2] = 2*(X @ w - t)*d[X @ w - t]   (DLMF 4.7.10)
3. difference rule: d[X @ w - t] = d[X @ w]   (t does not depend on w)
4. contraction rule: d[X @ w] = X @ dw
5. put together: d[sum((X @ w - t)**2)] = sum(2*(X @ w - t)*(X @ dw))
6. simplify: sum(2*(X @ w - t)*(X @ dw)) = 2*(X @ w - t) @ X @ dw
7. read off the gradient: 2*(X @ w - t) @ X @ dw = sum(2*X.T @ (X @ w - t)*dw)
result: d/dw[sum((X @ w - t)**2)] = 2*X.T @ (X @ w - t)"""
    )
    assert str(sd.explain(X @ w, w)).endswith("result: d[X @ w] = X @ dw")
    assert r"d\left[X w\right] &= X d w" in sd.explain(X @ w, w).latex()


ARRAYS = {
    "logistic": (sd.mean(sd.softplus(X @ w) - t * (X @ w)) + 0.1 * (w @ w), w),
    "normal": (sd.sum((X @ w - t) ** 2) / 2, X),
    "logdet": (sd.logdet(X.T @ X + sd.eye(3)), X),
    "norm": (sd.norm(w) * sd.sum(sd.exp(-(w**2))), w),
    "softmax": (sd.sum(sd.softmax(X @ w) * t), w),
    "by an inner node": (sd.sum(sd.tanh(X @ w) * t) + sd.sum(X @ w), X @ w),
    "parts": (w[0] * w[1] / w[2] + sd.max(w) - sd.where(w[0] > 0, w[1], w[2]) ** 2, w),
    "constant": (sd.sum(t), w),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_every_line_of_a_gradient_is_true(name):
    """Differentials along a direction, and the gradient, by differences of values."""
    f, by = ARRAYS[name]
    rng = np.random.default_rng(7)
    point = {v: rng.normal(size=v.shape) for v in (X, w, t)}
    direction = rng.normal(size=by.shape)
    derivation = sd.explain(f, by, at=point)
    dx = next((v for v in sd.walk.postorder([s.after for s in derivation])
               if v.op is sd.Var and v.params[4] is not None), None)  # fmt: skip
    place = sd.Var("place", by.shape)
    middle = sd.evaluate(by, point)

    def along(e, h):
        moved = sd.subs(e, {by: place})
        found = sd.evaluate(moved, {**point, place: middle + h * direction})
        return np.asarray(found, dtype=float)

    for step in derivation:
        given = point if dx is None else {**point, dx: direction}
        after = sd.evaluate(step.after, given)
        if step.kind == "simplify":
            expected = sd.evaluate(step.before, given)
        else:
            expected = (along(step.before, 1e-6) - along(step.before, -1e-6)) / 2e-6
        np.testing.assert_allclose(after, expected, rtol=2e-8, atol=2e-8, err_msg=str(step))
    assert sd.sum(derivation.result * direction)(**{v.name: a for v, a in point.items()}) == (
        pytest.approx((along(f, 1e-6) - along(f, -1e-6)) / 2e-6, rel=2e-8, abs=2e-8)
    )
    assert derivation.value.shape == by.shape


@pytest.fixture
def cli(capsys):
    def call(*argv):
        code = main(["explain", *argv])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def test_the_command(cli):
    text = EXACT[x**2 * sd.sin(x)] + "\n"
    assert cli("x**2*sin(x)", "--wrt", "x") == (0, text, "")
    assert cli("x**2*sin(x)") == (0, text, "")
    assert cli("x**2", "--latex")[1] == sd.explain(x**2, x).latex() + "\n"
    assert cli("-x**2", "--limit", "1")[1].splitlines()[1].endswith("more steps")


def test_the_command_says_what_is_wrong(cli):
    assert cli("2")[2].startswith("symdiff: explain differentiates by variables")
    assert cli("x", "--wrt", "z") == (2, "", "symdiff: --wrt z: the variables are x\n")
    assert cli("x", "--limit", "-1") == (2, "", "symdiff: --limit is 0 or more, got -1\n")
