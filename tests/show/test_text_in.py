"""What a person types: names, numbers, signs of Unicode, definitions; and what is refused, how."""

from __future__ import annotations

import warnings

import pytest

import symdiff as sd
from symdiff.errors import ParseError
from symdiff.expr import OPS, Expr
from symdiff.ops.names import FUNCTIONS

x, y, z, r = sd.vars("x y z r")
X, Y = sd.Var("X", (2, 3)), sd.Var("Y", (2, 3))
C = sd.Const

READ = [
    ("max(x, y)", sd.maximum(x, y)),
    ("max(x, 0)", sd.maximum(x, 0)),
    ("min(x, y, 2, z)", sd.minimum(sd.minimum(sd.minimum(x, y), 2), z)),
    ("max([x, y])", sd.max(sd.stack([x, y]))),
    ("max(X, axis=0)", sd.max(X, axis=0)),
    ("max(X, 0)", sd.maximum(X, 0)),
    ("1_000 + 0x1F + 0o17 + 0b1_1 + 1_0.5_0e0_1", C(1000) + 31 + 15 + 3 + 105.0),
    ("x² + x⁻¹ - 2²", x**2 + x**-1 - C(2) ** 2),
    ("-x²", -(x**2)),
    ("-2²", -(C(2) ** 2)),
    ("2**x²", C(2) ** (x**2)),
    ("x²³", x**23),
    ("√x + √(x + 1)*∛y", sd.sqrt(x) + sd.sqrt(x + 1) * sd.cbrt(y)),
    ("√x²", sd.sqrt(x) ** 2),
    ("√-x", sd.sqrt(-x)),
    ("−x − 1", -x - 1),
    ("2·x×y⋅z÷3", 2 * x * y * z / 3),
    ("2·X + X×x", 2 * X + X * x),
    ("π*x", sd.pi * x),
    ("`π` + pi", sd.Var("π") + sd.pi),
    ("μ*µ", sd.Var("μ") * sd.Var("μ")),  # the letter, and the sign on a keyboard
    ("x₁", sd.Var("x1")),
    ("x ≤ y", x <= y),
    ("(x ≥ y) ∧ (x ≠ y) ∨ ¬(x < 1)", (x >= y) & sd.ne(x, y) | ~(x < 1)),
    ("∞ - 1", C(float("inf")) - 1),
    ("|x + 1|", abs(x + 1)),
    ("2*|x|·|y|/|z|²", 2 * abs(x) * abs(y) / abs(z) ** 2),
    ("||x| - |y||", abs(abs(x) - abs(y))),
    ("(x > 0) | (|y| > 0)", (x > 0) | (abs(y) > 0)),
    ("-√|-x|", -sd.sqrt(abs(-x))),
    ("r = |x|\n⌊r⌋ + ⌈max(|x|, y)⌉", sd.floor(abs(x)) + sd.ceil(sd.maximum(abs(x), y))),
    ("Γ(x) + Γ·ψ(y)", sd.gamma(x) + sd.Var("Γ") * sd.digamma(y)),
    ("Xᵀ", X.T),
    ("r = sqrt(x**2 + y**2); 1/r", 1 / sd.sqrt(x**2 + y**2)),
    ("r = x + y\ns = r*z\ns**2 + s", ((x + y) * z) ** 2 + (x + y) * z),
    ("r = x + y\n(1 - r)**2", (1 - (x + y)) ** 2),
    ("r = x\n[r, y]", sd.stack([x, y])),
    ("r = x;\n\n-r;", -x),
    ("r = (x\n(y)\n", None),
    ("r = sum([x,\n y], axis=\n0); r", sd.sum(sd.stack([x, y]), axis=0)),
    ("r = t1; t1*r\nwhere t1 = x + 1", (x + 1) * (x + 1)),
    ("beta = 2; beta*x", C(2) * x),
    ("lambda = 2; lambda*x", C(2) * x),
]


@pytest.mark.parametrize(("text", "e"), READ, ids=[repr(text) for text, _ in READ])
def test_what_is_read(text: str, e: Expr | None) -> None:
    if e is None:
        with pytest.raises(ParseError):
            sd.parse(text)
    else:
        assert sd.parse(text, [X, Y] if set("XY") & set(text) else None) is e


REFUSED = [
    ("2x", 1, "write 2*x)"),
    ("2 x", 2, "write 2*x)"),
    ("1/2x", 3, "write 2*x, or (2*x) if all of it is below the bar)"),
    ("2(x + 1)", 1, "write 2*(...))"),
    ("(x)(y)", 3, "write (...)*(...))"),
    ("2sin(x)", 1, "write 2*sin(...))"),
    ("2√x", 1, "write 2*√(...))"),
    ("x²y", 2, "write ...²*y)"),
    ("x(y)", 0, "write x*(...)"),
    ("sin x", 4, "write sin(x)"),
    ("sin**2(x)", 6, "written sin(x)**2"),
    ("sin²(x)", 4, "written sin(x)**2"),
    ("2|x|", 4, "a product is written 2*|x|"),
    ("|x|y", 3, "write |...|*y)"),
    ("2⌊x⌋", 1, "write 2*⌊...⌋)"),
    ("|x + 1", 0, "'|' is not closed"),
    ("(|x)|", 3, "')' does not close '|'"),
    ("|x, y|", 2, "a comma separates"),
    ("‖X‖", 0, "written norm(v)"),
    ("cot(x)", 0, "write 1/tan(x)"),
    ("SIN(x)", 0, "do you mean sin or"),
    ("007", 0, "write 7"),
    ("x + 00", 4, "write 0"),
    ("xⁿ", 0, "x**n"),
    ("n!", 1, "gamma(n + 1)"),
    ("f(x) = x**2", 0, "leave f(x) = out"),
    ("f = x**2", 2, "leave 'f =' out, or write eq(a, b)"),
    ("r = x\n-y", 2, "leave 'r =' out"),  # which reads as r = x - y
    ("pi = 3; pi", 0, "has a meaning of its own"),
    ("inf = 3; inf", 4, "cannot stand here"),
    ("r = r + 1; r", 0, "defined by itself"),
    ("r = 1; r = 2; r", 7, "defined twice"),
    ("s = r; r = 1; s", 7, "used above"),
    ("x\ny", 2, "one expression at a time"),
    ("x;y", 2, "definitions, name = formula"),
    ("(r = 1; r)", 3, "name = formula"),
    ("(x; y)", 2, "r = x + y; r**2"),
    (";x", 0, "a value should stand here"),
    ("max(X, Y, axis=0)", 0, "several values, or one array and axis="),
    ("X·Y", 1, "write * for a product value by value, @ for one of matrices"),
    ("None + 1", 0, "in an index"),
    ("x 'a'", 2, "no strings"),
]


@pytest.mark.parametrize(("text", "at", "message"), REFUSED, ids=[repr(t[0]) for t in REFUSED])
def test_what_is_refused_says_what_to_write(text: str, at: int, message: str) -> None:
    with pytest.raises(ParseError) as caught:
        sd.parse(text, [X, Y] if "X" in text else None)
    assert message in caught.value.message
    assert caught.value.position == at


def test_the_name_of_any_function_is_a_variable_where_it_is_not_called() -> None:
    constants = {op.name for op in OPS.values() if op.constant is not None}
    names = {*FUNCTIONS, *[op.title for op in OPS.values()], "lambda", "class", "is"} - constants
    assert len(names) > 200
    for name in names:
        v = sd.Var(name)
        assert str(v) == name
        assert sd.parse(f"{name}*x + {name}") is v * x + v
        assert sd.parse(str(sd.sin(v) + v**2)) is sd.sin(v) + v**2
    assert sd.parse("beta(beta, gamma) + gamma(x)") is sd.beta(
        sd.Var("beta"), sd.Var("gamma")
    ) + sd.gamma(x)


@pytest.mark.parametrize("name", ["pi", "π", "e", "inf", "nan", "True", "None", "and", "if", "µ"])
def test_other_names_stand_in_backquotes(name: str) -> None:
    v = sd.Var(name)
    assert str(v) == f"`{name}`"
    assert sd.parse(f"{v} + 1") is v + 1


@pytest.mark.parametrize("text", ["e*x", "x/e", "2*e", "m*e + 1", "r = m*e; r"])
def test_a_product_with_eulers_number_is_told_of(text: str) -> None:
    with pytest.warns(UserWarning, match=r"e is the number 2\.7183 here.*write `e`"):
        sd.parse(text)


@pytest.mark.parametrize("text", ["e**x", "e**(-x**2)*x", "E()*x", "`e`*x", "e + 1", "pi*x"])
def test_other_formulas_with_it_are_not(text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sd.parse(text)


def test_whoever_gives_the_variables_is_not_told() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert sd.parse("e*x", [x]) is sd.e * x


def test_given_variables_of_either_mu() -> None:
    micro, greek = sd.Var("µ"), sd.Var("μ")
    assert micro is not greek
    for text in ("µ*x", "μ*x"):
        assert sd.parse(text, [micro, x]) is micro * x
        assert sd.parse(text, [greek, x]) is greek * x
        assert sd.parse(text, [micro, greek, x]) is greek * x
    assert sd.parse("`µ`*x", [micro, greek, x]) is micro * x
    assert sd.parse(str(micro * greek), [micro, greek]) is micro * greek


def test_formulas_in_unicode_are_read_back() -> None:
    """Of numbers; among arrays one sign stands for two products."""
    for e in [
        x**2 * y + sd.sqrt(x + 1) / sd.pi, sd.sqrt(x) ** 2, sd.sqrt(x**2), -(x**2) - y**-3,
        2 * x * sd.sin(y) ** 2, sd.cbrt(x * y) / 3, sd.where((x <= y) & (y > 0), x, C(1) / y),
        abs(abs(x) - sd.floor(y)) / abs(x * y), sd.gamma(x) * sd.digamma(abs(y)),
    ]:  # fmt: skip
        assert sd.parse(sd.pretty(e)) is e
