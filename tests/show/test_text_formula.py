"""Unicode and LaTeX formulas: exact forms, balance, escapes, cuts."""

from __future__ import annotations

import re
from fractions import Fraction

import numpy as np
import pytest
from text_samples import NAMES, array_graphs, random_array_graph, random_graph

import symdiff as sd
from symdiff.expr import OPS, Expr
from symdiff.leaves import Const, Var, var

x, y, z = sd.vars("x y z")
C = sd.Const
X = sd.Var("X", (3, 4))

PRETTY = [
    (x**2 * y + sd.sin(x) + 2, "x²·y + sin(x) + 2"),
    (sd.sqrt(x) + sd.sqrt(x + 1), "√x + √(x + 1)"),
    (sd.sqrt(x) ** 2, "√x²"),
    (sd.pi * x <= y, "π·x ≤ y"),
    (sd.eq(x, y) | ~sd.ne(x, 0), "(x = y) ∨ ¬(x ≠ 0)"),
    (x**-2 * C(3), "x⁻²·3"),
    (x**y, "x^y"),
    (x ** (y + 1), "x^(y + 1)"),
    (x**y**z, "x^(y^z)"),
    ((x**2) ** 3, "(x²)³"),
    ((-x) ** 12, "(−x)¹²"),
    (-(x**2), "−x²"),
    (-(x * y), "−x·y"),
    (x - -y, "x − (−y)"),
    (x + C(-2) * y, "x − 2·y"),
    (x * C(-2), "x·(−2)"),
    (C(-2) * x, "−2·x"),
    (abs(x) + sd.floor(y) + sd.ceil(x / 2), "|x| + ⌊y⌋ + ⌈x/2⌉"),
    (x / (y * z), "x/(y·z)"),
    (C(Fraction(1, 3)) * x, "1/3·x"),
    (x ** C(Fraction(1, 2)), "x^(1/2)"),
    (C(float("inf")) - sd.gamma(x), "∞ − Γ(x)"),
    (sd.sigmoid(x) * sd.exp(-x), "σ(x)·exp(−x)"),
    (X[0, :2], "X[0, :2]"),
    (X[None] * X[0, 1], "X[None, :]·X[0, 1]"),
    (sd.Index(X, index=(0,)), "X[..., 0]"),
    (sd.Index(X, index=((2,), (1, 3))), "X[:2, 1:3]"),
    ((X + 1)[0] ** 2, "(X + 1)[0]²"),
    (sd.sqrt(X)[0] + sd.sqrt(X[0]), "(√X)[0] + √X[0]"),
    (sd.sin(X)[0] - abs(X)[0], "sin(X)[0] − |X|[0]"),
    ((X**2)[1], "(X∘²)[1]"),
    (sd.stack([sd.stack([x * y, x**2]), sd.stack([-y, C(-2)])]), "[[x·y, x²], [−y, −2]]"),
    (sd.stack([x, y])[0], "[x, y][0]"),
    (x * sd.stack([-x, y]), "x·[−x, y]"),
    (sd.stack([X, X], axis=1), "stack([X, X], axis=1)"),
    (sd.Var("a\nb") + 1, "a\\nb + 1"),
    ((x % y) * 2, "(x % y)·2"),
]

LATEX = [
    (x**2 * y + sd.sin(x) + 2, r"x^{2} y + \sin\left(x\right) + 2"),
    (x / (y + 1), r"\frac{x}{y + 1}"),
    ((x / y) ** 2, r"\left(\frac{x}{y}\right)^{2}"),
    (-x / y, r"-\frac{x}{y}"),
    (x - -x / y, r"x - \left(-\frac{x}{y}\right)"),
    (C(2) * 3 * x, r"2 \cdot 3 x"),
    (x * 2, r"x \cdot 2"),
    (x * C(2) ** y, r"x \cdot 2^{y}"),
    (C(2) * C(Fraction(1, 3)), r"2 \cdot \frac{1}{3}"),
    (x * C(-2), r"x \left(-2\right)"),
    (x + C(-2) * y, r"x - 2 y"),
    (x - (y - 2), r"x - \left(y - 2\right)"),
    (sd.sin(x) ** 2, r"\sin^{2}\left(x\right)"),
    (sd.sin(x) ** -1, r"\sin\left(x\right)^{-1}"),
    (sd.erfinv(x) ** 2, r"\operatorname{erf}^{-1}\left(x\right)^{2}"),
    (sd.log2(x) + sd.log10(x), r"\log_{2}\left(x\right) + \log_{10}\left(x\right)"),
    (sd.exp(-(x**2) / 2), r"e^{-\frac{x^{2}}{2}}"),
    (sd.exp(x) ** 2, r"\left(e^{x}\right)^{2}"),
    (sd.sqrt(x) / sd.cbrt(y), r"\frac{\sqrt{x}}{\sqrt[3]{y}}"),
    (abs(x + y) ** 2, r"\left|x + y\right|^{2}"),
    (x ** (y * z), r"x^{y z}"),
    ((x**y) ** z, r"\left(x^{y}\right)^{z}"),
    (sd.where(x > 0, x, -x),
     r"\begin{cases} x & \text{if } x > 0 \\ -x & \text{otherwise} \end{cases}"),
    ((x > 0) & ~(y <= 1), r"\left(x > 0\right) \land \lnot \left(y \le 1\right)"),
    (sd.maximum(x, y), r"\max\left(x, y\right)"),
    (sd.polygamma(1, x) + sd.jn(2, x), r"\psi^{(1)}\left(x\right) + J_{2}\left(x\right)"),
    (sd.pi * sd.e**x, r"\pi e^{x}"),
    (sd.stack([x, y + 1]), r"\begin{pmatrix} x \\ y + 1 \end{pmatrix}"),
    (sd.stack([sd.stack([x, y]), sd.stack([y, z])]),
     r"\begin{pmatrix} x & y \\ y & z \end{pmatrix}"),
    (x * C(-2.5e-7), r"x \left(-2.5 \cdot 10^{-7}\right)"),
    (C(1e-5) * x + C(float("inf")), r"10^{-5} x + \infty"),
    (C(np.ones((20, 3))), r"\mathrm{array}_{20 \times 3}"),
    (sd.Var("alpha_1") * sd.Var("x_1") * sd.Var("t12"), r"\alpha_{1} x_{1} t_{12}"),
    (sd.Var("foo") * sd.Var("v_max"), r"\mathrm{foo} \, v_{\mathrm{max}}"),
    (sd.Var("β") + sd.Var("Omega"), r"\beta + \Omega"),
    (sd.Var("e") + sd.e, r"\mathtt{e} + e"),
    (sd.Var("a%b_c") + 1, r"\mathrm{a\%b\_c} + 1"),
    (sd.Var("</script>"), r"\mathrm{{<}/script{>}}"),
    (sd.Var("\\input{x}"), r"\mathrm{{\backslash}{\backslash}input\{x\}}"),
    (var("y_bar", tag=2), r"y_{\mathrm{bar}}^{\left(2\right)}"),
    (x % y + 1, r"\left(x \bmod y\right) + 1"),
    (sd.expm1(x), r"\operatorname{expm1}\left(x\right)"),
    (X[0, :2], r"X_{0,:2}"),
    (X[1] ** 2, r"X_{1}^{2}"),
    (X[None], r"X_{\mathrm{None},:}"),
    (sd.Index(X, index=(-1,)), r"X_{\dots,-1}"),
    ((X + 1)[0], r"\left(X + 1\right)_{0}"),
    (sd.sin(X)[0], r"\left(\sin\left(X\right)\right)_{0}"),
    (X[0][1], r"\left(X_{0}\right)_{1}"),
    (sd.Var("x_1", 3)[0], r"\left(x_{1}\right)_{0}"),
    (var("g", (2,), tag=3)[0], r"\left(g^{\left(3\right)}\right)_{0}"),
    (var("g", tag=3) ** 2, r"\left(g^{\left(3\right)}\right)^{2}"),
    (sd.stack([x, y])[0], r"\begin{pmatrix} x \\ y \end{pmatrix}_{0}"),
    (sd.stack([X, x * X], axis=1),
     r"\operatorname{stack}\left(\left[X, x X\right], \mathrm{axis=1}\right)"),
]  # fmt: skip


@pytest.mark.parametrize(("e", "text"), PRETTY, ids=[text for _, text in PRETTY])
def test_pretty(e: Expr, text: str) -> None:
    assert sd.pretty(e) == text


@pytest.mark.parametrize(("e", "text"), LATEX, ids=[text for _, text in LATEX])
def test_latex(e: Expr, text: str) -> None:
    assert sd.latex(e) == text
    check_latex(text)


GROUP = r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}"  # braces, at most three deep


def check_latex(text: str) -> None:
    """Braces, \\left and \\right, environments nest; no double scripts; no raw special signs."""
    stack: list[str] = []
    tokens = re.findall(r"\\left|\\right|\\(?:begin|end)\{\w+\}|\\[a-zA-Z]+|\\.|.", text, re.DOTALL)
    pairs = {"}": "{", r"\right": r"\left"}
    for token in tokens:
        if token in ("{", r"\left") or token.startswith(r"\begin"):
            stack.append(token)
        elif token in pairs:
            assert stack, text
            assert stack.pop() == pairs[token], text
        elif token.startswith(r"\end"):
            assert stack.pop() == token.replace(r"\end", r"\begin"), text
        elif token == "&":
            assert any(opened.startswith(r"\begin") for opened in stack), text
        else:
            assert token not in ("#", "$", "%", "~", "\n", "\x00"), text
    assert not stack, text
    assert not re.search(rf"_{GROUP}_|\^{GROUP}\^", text), text


@pytest.mark.parametrize("name", [op.name for op in OPS.values() if op not in (Const, Var)])
def test_every_row_has_its_formulas(name: str) -> None:
    op = OPS[name]
    if op.shape is not None:
        return
    arity = 3 if op.arity is None else op.arity
    e = op(*[sd.Var(f"x_{i}") for i in range(arity)])
    for outer in (e, e**2, e * e, e + e, -e, sd.sin(e), e / e, x - e, sd.stack([e, e])):
        check_latex(sd.latex(outer))
        check_pretty(sd.pretty(outer))


def check_pretty(text: str) -> None:
    assert text.count("(") == text.count(")"), text
    assert text.count("|") % 2 == 0, text
    assert "{" not in text, text


@pytest.mark.parametrize("seed", range(100))
def test_random_formulas_are_balanced(seed: int) -> None:
    e = random_graph(seed, 20, wide=True)
    for limit in (None, 100):
        check_latex(sd.latex(e, limit=limit))
        check_latex(sd.latex(e, limit=limit, max_ops=3))
    assert sd.pretty(e)


def test_formulas_of_arrays_are_balanced() -> None:
    arrays = [random_array_graph(seed, 25) for seed in range(60)]
    for e in [*array_graphs().values(), *arrays]:
        for limit, most in ((None, 200), (None, 1), (60, 200)):
            check_latex(sd.latex(e, limit=limit, max_ops=most))
        check_pretty(sd.pretty(e))


def test_an_index_of_a_named_node_stands_apart() -> None:
    f = sd.sin(sd.stack([x, y]) * X[0, :2])
    text = sd.latex(f[0] + f[1], max_ops=1)
    assert text.startswith(r"\begin{aligned} & \left(t_{1}\right)_{0} + \left(t_{1}\right)_{1} \\")
    assert sd.pretty(f[0] + f[1], max_ops=1).startswith(
        "t1[0] + t1[1]\nwhere t1 = sin([x, y] ⊙ X[0, :2])"
    )


@pytest.mark.parametrize("name", [*NAMES, "a~b", "#", "$x$", "{", "}", "&", "^", "_", "x_", "_1",
                                  "2", "x__y", "\ud800", "🙂", "x'", "é_ü",
                                  "a-b", "%"])  # fmt: skip
def test_names_are_escaped(name: str) -> None:
    check_latex(sd.latex(sd.Var(name) ** 2))
    assert sd.pretty(sd.Var(name)).isprintable()


def test_different_names_differ_in_latex() -> None:
    names = ["e", "pi", "x", "xy", "x y", "x_y", "x-y", "x<y", "X", "2", "12"]
    assert len({sd.latex(sd.Var(name)) for name in names} | {r"\pi", "e", "12"}) == len(names) + 3


def test_shared_nodes_and_structures() -> None:
    e = x + sd.sin(y)
    for _ in range(8):
        e = e * e + 1
    text = sd.latex(e)
    assert text.startswith(r"\begin{aligned} & t_{8} t_{8} + 1 \\ & \text{where } t_{1} = ")
    assert text.endswith(r"\end{aligned}")
    check_latex(text)
    assert sd.pretty(e).splitlines()[1] == "where t1 = x + sin(y)"
    assert sd.latex([x, {"k_1": y}]) == r"\left[x, \left\{\mathtt{k\_1}: y\right\}\right]"
    assert sd.pretty([x, (y,)]) == "[x, (y,)]"


@pytest.mark.parametrize("levels", [7_000, pytest.param(33_000, marks=pytest.mark.slow)])
def test_a_long_chain_is_cut(levels: int) -> None:
    e = x
    for _ in range(levels):
        e = sd.exp(sd.sin(e) * e)
    for limit in (50, 1000, 20_000):
        text = sd.latex(e, limit=limit)
        assert len(text) < 4 * limit
        check_latex(text)
        assert "…" in sd.pretty(e, limit=limit)


def test_primitives_have_formulas() -> None:
    plain = sd.primitive("formula_f", lambda v: v, lambda v, out: 1)
    named = sd.primitive("formula_g", lambda v: v, lambda v, out: 1, latex=r"\operatorname{g}")
    drawn = sd.primitive(
        "formula_h", lambda v: v, lambda v, out: 1, latex=r"\hat{{{0}}}", pretty="h"
    )
    assert sd.latex(plain(x) ** 2) == r"\operatorname{formula\_f}^{2}\left(x\right)"
    assert sd.latex(named(x)) == r"\operatorname{g}\left(x\right)"
    assert sd.latex(drawn(x)) == r"\hat{x}"
    assert sd.pretty(plain(x) + drawn(x)) == "formula_f(x) + h(x)"
