"""Names in formulas: Greek, words, natural order; lists of formulas; LaTeX for matplotlib."""

from __future__ import annotations

import pytest
from text_samples import array_graphs, random_array_graph, random_graph, scalar_rows

import symdiff as sd
from symdiff.cli import main
from symdiff.errors import ArgumentError
from symdiff.expr import make

x, y, s = sd.vars("x y s")


def test_greek_letters_in_unicode_as_in_latex() -> None:
    mu, tau, beta = sd.vars("mu tau_1 beta2")
    assert sd.pretty(mu * tau / beta) == "μ·τ_1/β2"
    assert sd.latex(mu * tau / beta) == r"\frac{\mu \tau_{1}}{\beta_{2}}"
    assert sd.pretty(sd.Var("Omega") + sd.Var("mule") + sd.Var("pi")) == "Ω + mule + pi"
    assert sd.pretty(sd.exp(-(mu**2))) == "exp(−μ²)"
    assert str(mu * tau) == "mu*tau_1"


def test_words_stand_apart_in_latex() -> None:
    eps, mass = sd.vars("eps mass")
    assert sd.latex(48 * eps * s**6) == r"48 \, \mathrm{eps} \, s^{6}"
    assert sd.latex(eps * mass / x) == r"\frac{\mathrm{eps} \, \mathrm{mass}}{x}"
    assert sd.latex(x * eps**2) == r"x \, \mathrm{eps}^{2}"
    assert sd.latex(x * y * sd.Var("mu")) == r"x y \mu"
    assert sd.latex(eps * sd.Const(2)) == r"\mathrm{eps} \cdot 2"


@pytest.mark.parametrize("long", [60, 100, 150])
def test_lists_and_dicts_show_whole_formulas(long: int) -> None:
    f = sd.exp(-sd.sin(x * y) / (1 + x**2))
    while len(str(f)) < long:
        f = f + sd.cos(f) if len(str(f)) < 60 else f + x * sd.Var("another")
    assert len(str(f)) <= 200
    assert repr([f]) == f"[{f}]"
    assert repr({"f": (f, f)}) == "{'f': (" + f"{f}, {f})" + "}"
    for seed in range(300):
        e = random_graph(seed, 12)
        if len(str(e)) <= 200:
            assert repr(e) == str(e)
        assert len(repr(e)) < 300


def test_names_are_in_natural_order(capsys: pytest.CaptureFixture[str]) -> None:
    main(["grad", "x10 + x2*x1"])
    lines = [line.split()[0] for line in capsys.readouterr().out.splitlines() if "df/" in line]
    assert lines == ["df/dx1", "df/dx2", "df/dx10"]
    terms = [sd.Var(f"x{i}") for i in (10, 2, 1)]
    assert str(sd.simplify(terms[0] + terms[1] + terms[2])) == "x1 + x2 + x10"
    assert str(sd.simplify(terms[0] * terms[1] * terms[2])) == "x1*x2*x10"


def test_what_matplotlib_shows() -> None:
    a = sd.stack([sd.stack([x, y]), sd.stack([y, s])])
    assert sd.latex(a, flavour="mathtext") == r"\left( x ,\  y ;\  y ,\  s \right)"
    assert sd.latex(sd.where(x >= 0, x, 1), flavour="mathtext") == (
        r"\left\{ x \  \text{if } x \geq 0 ,\  1 \  \text{otherwise} \right."
    )
    assert sd.latex(x / 2, flavour="mathtext") == sd.latex(x / 2)
    with pytest.raises(ArgumentError, match="'latex' or 'mathtext', got 'tex'"):
        sd.latex(x, flavour="tex")


def test_matplotlib_reads_all_that_is_written_for_it() -> None:
    mathtext = pytest.importorskip("matplotlib.mathtext")
    parser = mathtext.MathTextParser("agg")
    graphs = [random_graph(seed, 3 + seed % 20, wide=True) for seed in range(40)]
    graphs += [*array_graphs().values(), *[random_array_graph(seed, 12) for seed in range(20)]]
    for op in scalar_rows():
        count = 2 if op.arity is None else op.arity
        graphs.append(make(op, tuple(sd.vars("x y z w")[:count])))
    for e in graphs:
        parser.parse(f"${sd.latex(e, flavour='mathtext', max_ops=40)}$")
