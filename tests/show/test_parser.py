"""Text in: the language, its other spellings, its errors and its limits."""

from __future__ import annotations

from fractions import Fraction

import pytest

import symdiff as sd
from symdiff.errors import ArityError, KindError, LimitError, NameClash, ParseError, ShapeError
from symdiff.expr import Expr

x, y, z = sd.vars("x y z")
C = sd.Const
X = sd.Var("X", (3, 4))

READ = [
    ("x", x),
    ("  x\n +\ty ", x + y),
    ("x^2*y + y + 2", x**2 * y + y + 2),
    ("x**y^z", x**y**z),
    ("-x^2", -(x**2)),
    ("-2*x", C(-2) * x),
    ("- 2*x", C(-2) * x),
    ("-2**x", -(C(2) ** x)),
    ("-2^x", -(C(2) ** x)),
    ("2**-1", C(2) ** -1),
    ("2**-x*y", C(2) ** -x * y),
    ("x - 2", x - 2),
    ("x-2", x - 2),
    ("x - -2", x - C(-2)),
    ("x--2", x - C(-2)),
    ("+x", x),
    ("x + +y", x + y),
    ("--x", sd.Neg(-x)),
    ("~x > 0", ~x > 0),
    ("((((x))))", x),
    ("x/y/z", x / y / z),
    ("x % 2", x % 2),
    ("x == y", sd.eq(x, y)),
    ("x != y", sd.ne(x, y)),
    ("(x > 0) & (y < 1) | (z >= 2)", (x > 0) & (y < 1) | (z >= 2)),
    ("x > y + 1", x > y + 1),
    ("ln(x)", sd.log(x)),
    ("arcsin(x) + arctan2(y, x)", sd.asin(x) + sd.atan2(y, x)),
    ("Add(x, y, Const(2))", sd.Add(x, y, 2)),
    ("Const(-0.0)", C(-0.0)),
    ("Const(Fraction(-1, 3))", C(Fraction(-1, 3))),
    ("Const(True)", C(True)),
    ("True & False", C(True) & C(False)),
    ("1.5e3 + .5 + 2. + 1E-3", C(1500.0) + 0.5 + 2.0 + 0.001),
    ("7 + 0x1F", C(7) + 31),
    ("inf - nan", C(float("inf")) - C(float("nan"))),
    ("-inf", C(float("-inf"))),
    ("pi**e", sd.pi**sd.e),
    ("Pi()*E()", sd.pi * sd.e),
    ("E*Beta", sd.Var("E") * sd.Var("Beta")),
    ("`sin` + `a b`", sd.Var("sin") + sd.Var("a b")),
    (r"`\`\\\n\x00\u2028`", sd.Var("`\\\n\x00\u2028")),
    ("`x` + x", x + x),
    ("été*α", sd.Var("été") * sd.Var("α")),
    ("t*t\nwhere t = x + 1", (x + 1) * (x + 1)),
    ("b\nwhere a = x\n  where b = a*a", x * x),
    ("where(x > 0, x, -x)", sd.where(x > 0, x, -x)),
    ("where (x > 0, x,\nwhere(y > 0, 1, 2))", sd.where(x > 0, x, sd.where(y > 0, 1, 2))),
    ("stack([x, y])", sd.stack([x, y])),
    ("stack ( [x, y] , axis = 0 )", sd.stack([x, y])),
    ("stack([x, y], axis=-1)*2", sd.stack([x, y]) * 2),
    ("stack([[x, y], [y, x]], axis=1)", sd.stack([sd.stack([x, y]), sd.stack([y, x])], axis=1)),
    ("stack([stack([[x]], axis=-1)])", sd.stack([sd.stack([sd.stack([x])], axis=-1)])),
    ("Stack(x, y, axis=-1)", sd.stack([x, y])),
    ("Stack([x], [y], axis=-1)", sd.stack([sd.stack([x]), sd.stack([y])], axis=-1)),
    ("[x, y]", sd.stack([x, y])),
    ("[ [x , y],\n[y + 1, 2] ]", sd.stack([sd.stack([x, y]), sd.stack([y + 1, 2])])),
    ("[x]", sd.stack([x])),
    ("[[[x]]]", sd.stack([sd.stack([sd.stack([x])])])),
    ("[(x), -y, sin(x)] + [1, 2, 3]", sd.stack([x, -y, sd.sin(x)]) + sd.stack([1, 2, 3])),
    ("-[x, y]**2", -(sd.stack([x, y]) ** 2)),
    ("2*[x, y][1]", 2 * sd.stack([x, y])[1]),
    ("[x, y] [0]", sd.stack([x, y])[0]),
    ("[[x, y], [y, x]][0][1]", sd.stack([sd.stack([x, y]), sd.stack([y, x])])[0][1]),
    ("sum([x, y])", sd.sum(sd.stack([x, y]))),
    ("sum([[x, y]], axis=1)", sd.sum(sd.stack([sd.stack([x, y])]), axis=1)),
    ("[x, y][-1]**-[x, y][0]", sd.stack([x, y])[-1] ** -sd.stack([x, y])[0]),
    ("t[0] + t[1]\nwhere t = [x, y]", sd.stack([x, y])[0] + sd.stack([x, y])[1]),
    ("x[None]", x[None]),
    ("x[...]", x[...]),
    ("pi[None] + (2)[None]", sd.pi[None] + C(2)[None]),
    ("9**9**9**9", C(9) ** (C(9) ** (C(9) ** C(9)))),
]


@pytest.mark.parametrize(("text", "e"), READ, ids=[repr(text) for text, _ in READ])
def test_the_language(text: str, e: Expr) -> None:
    assert sd.parse(text) is e


INDICES = {
    "0": X[0], "-3": X[-3], "0, 1": X[0, 1], " 2 ,\n- 1": X[2, -1], ":": X[:], ":, :": X[:],
    "1:": X[1:], ":2": X[:2], "::2": X[::2], "::-1": X[::-1], "0:3:1": X[0:3:1], "1::2": X[1::2],
    ":-1, -2:": X[:-1, -2:], "5:1:-2, 0": X[5:1:-2, 0], "None": X[None], "None, 0": X[None, 0],
    "...": X[...], "..., 0": X[..., 0], "0, ...": X[0, ...], "None, ..., None": X[None, ..., None],
    "0x1": X[1], "9223372036854775807:": X[2**63 - 1 :],
}  # fmt: skip


@pytest.mark.parametrize("inside", INDICES)
def test_indices(inside: str) -> None:
    e = INDICES[inside]
    assert sd.parse(f"X[{inside}]", [X]) is e
    assert sd.parse(f"-X [{inside}]**2", [X]) is -(e**2)
    assert sd.parse(f"(X + x)[{inside}]", [X]) is eval(f"(X + x)[{inside}]", {"X": X, "x": x})
    assert sd.parse(f"sin(X)[{inside}] + Y[{inside}]", {"X": X, "Y": 2 * X}) is eval(
        f"sin(X)[{inside}] + (2*X)[{inside}]", {"X": X, "sin": sd.sin}
    )


def test_wrong_numbers_of_arguments_and_parameters() -> None:
    cases = [
        (lambda: sd.Add(), "Add takes at least 1 argument, got 0"),
        (lambda: sd.Mul(), "Mul takes at least 1 argument, got 0"),
        (lambda: sd.Stack(axis=-1), "Stack takes at least 1 argument, got 0"),
        (lambda: sd.Sin(x, mode=1), "Sin takes no parameters, got 1"),
        (lambda: sd.Stack(x, y), "Stack takes the parameter axis, got 0"),
        (lambda: sd.Sum(X, axes=(-1,)), "Sum takes the parameters axes, keepdims, got 1"),
    ]
    for build, message in cases:
        with pytest.raises(ArityError) as caught:
            build()
        assert str(caught.value) == message


def test_lists_broadcast_as_their_row_does() -> None:
    assert sd.parse("[X, x]", [X]) is sd.Stack(X, x, axis=-3)
    assert sd.parse("[x, [y, z]]") is sd.Stack(x, sd.stack([y, z]), axis=-2)
    assert sd.parse("stack([x, X], axis=-1)", [X]) is sd.Stack(x, X, axis=-1)
    with pytest.raises(ShapeError, match=r"\(2,\) and \(3,\)"):
        sd.parse("[[x, y], [x, y, z]]")
    with pytest.raises(ShapeError, match="they must be equal"):
        sd.parse("stack([x, X])", [X])


def test_indices_that_do_not_fit() -> None:
    for text, message in [("x[0]", "1 indices for 0 axes"), ("X[0, 0, 0]", "3 indices for 2 axes"),
                          ("X[3]", "3 is out of range"), ("[x, y][2]", "2 is out of range"),
                          ("sin(x)[0]", "for 0 axes"), ("X[0][0][0]", "for 0 axes")]:  # fmt: skip
        with pytest.raises(ShapeError, match=message):
            sd.parse(text, [X])


def test_variables_that_are_given() -> None:
    p = sd.Var("p", domain=sd.POSITIVE)
    assert sd.parse("log(p)*x", [p]) is sd.log(p) * x
    assert sd.parse("f + 1", {"f": x * y}) is x * y + 1
    assert sd.parse("f + 1", {"f": 3}) is C(3) + 1
    assert sd.parse("sum(X)", [X]) is sd.sum(X)
    assert sd.parse("sum(X, axis=0, keepdims=True)", {"X": X}) is sd.sum(X, axis=0, keepdims=True)
    assert sd.parse("transpose(X)", [X]) is sd.transpose(X)
    assert sd.parse("gamma*x", [sd.Var("gamma")]) is sd.Var("gamma") * x
    with pytest.raises(NameClash):
        sd.parse("x", [x, sd.Var("x", domain=sd.POSITIVE)])
    with pytest.raises(KindError):
        sd.parse("x", [x + 1])
    with pytest.raises(KindError):
        sd.parse(x)  # type: ignore[arg-type]


ERRORS = [
    ("", 0, "ends where a value"),
    ("x +", 3, "ends where a value"),
    ("x + * y", 4, "a value should stand here"),
    ("2x", 1, "a product needs its"),
    ("2 x", 2, "a product needs its"),
    ("x y", 2, "a product needs its"),
    ("x (y)", 0, "unknown function 'x'"),
    ("x + x(y)", 4, "'x' is a variable"),
    ("(x)(y)", 3, "a product needs its"),
    ("2(x)", 1, "a product needs its"),
    ("foo(x)", 0, "unknown function 'foo'"),
    ("1 + sni(x)", 4, "do you mean sin"),
    ("arcsn(x)", 0, "do you mean arcsin"),
    ("sqr(x)", 0, "do you mean sqrt"),
    ("maxmum(x, 1)", 0, "do you mean maximum"),
    ("x if y else z", 2, "where(condition, a, b)"),
    ("x and y", 2, "for 'and' write &"),
    ("not x", 0, "for 'not' write ~"),
    ("if", 0, "where(condition, a, b)"),
    ("(x + 1", 0, "not closed"),
    ("sin(x", 0, "'sin(' is not closed"),
    ("x + 1)", 5, "not opened"),
    ("x, y", 1, "a comma separates"),
    ("(x, y)", 2, "a comma separates"),
    ("sin(x,)", 6, "a value should stand here"),
    ("sin()", 0, "takes 1 argument, got 0"),
    ("sin(x, y)", 0, "takes 1 argument, got 2"),
    ("x < y < z", 6, "do not chain"),
    ("x = 3", 2, "eq(a, b)"),
    ("[]", 0, "a list needs at least one value"),
    ("x + [[x], []]", 10, "a list needs at least one value"),
    ("stack([])", 6, "a list needs at least one value"),
    ("[x, y", 0, "'[' is not closed"),
    ("[[x, y]", 0, "'[' is not closed"),
    ("x + [x, [y, 1", 8, "'[' is not closed"),
    ("[x,]", 3, "a value should stand here"),
    ("[,x]", 1, "a value should stand here"),
    ("[x y]", 3, "a product needs its"),
    ("x]", 1, "not opened"),
    ("(x]", 2, "']' does not close '('"),
    ("sin(x]", 5, "']' does not close 'sin('"),
    ("[x)", 2, "')' does not close '['"),
    ("[(x, y)]", 3, "a comma separates"),
    ("[x, y=1]", 5, "eq(a, b)"),
    ("[x for y in z]", 3, "a product needs its"),
    ("[1:2]", 2, "in an index only"),
    ("[x, ...]", 4, "a value should stand here"),
    ("2[x]", 1, "in front of an index goes in brackets"),
    ("-2[None]", 2, "in front of an index goes in brackets"),
    ("x(y)[0", 0, "unknown function"),
    ("sin(x)[0", 6, "'[' is not closed"),
    ("x[", 1, "'[' is not closed"),
    ("x[0, ", 1, "'[' is not closed"),
    ("x[]", 2, "an index is made of integers"),
    ("x[0,]", 4, "an index is made of integers"),
    ("x[y]", 2, "an index is made of integers"),
    ("x[(0, 1)]", 2, "an index is made of integers"),
    ("x[[0]]", 2, "an index is made of integers"),
    ("x[True]", 2, "an index is made of integers"),
    ("x[0 1]", 4, "a comma or ] should stand here"),
    ("x[1 + 1]", 4, "a comma or ] should stand here"),
    ("x[9**9**9]", 3, "a comma or ] should stand here"),
    ("x[0)", 3, "a comma or ] should stand here"),
    ("x[1:2:3:4]", 7, "a comma or ] should stand here"),
    ("x[None:2]", 6, "a comma or ] should stand here"),
    ("x[1.0]", 2, "an integer should stand here"),
    ("x[inf]", 2, "an integer should stand here"),
    ("x[:-y]", 4, "an integer should stand here"),
    ("x + x[9223372036854775808]", 6, "this index is too large"),
    ("[x][::0]", 3, "cannot be zero"),
    ("[x][..., ...]", 3, "at most once"),
    ("x[" + "None, " * 130 + "0]", 2 + 6 * 129, "too many items"),
    ("x" + "[None]" * 70, 1 + 6 * 64, "dimension"),
    ("stack(x, y)", 0, "stack takes a list"),
    ("stack()", 0, "stack takes a list"),
    ("stack([x], y)", 9, "after the list"),
    ("stack([x][0])", 9, "after the list"),
    ("stack([x] + 1)", 10, "after the list"),
    ("stack([x]", 0, "'stack(' is not closed"),
    ("stack([x", 6, "'[' is not closed"),
    ("stack([x], axis=0", 17, "')' should stand here"),
    ("stack([x], axes=0)", 0, "stack: "),
    ("Stack(axis=-1)", 0, "Stack takes at least 1 argument, got 0"),
    ("Add()", 0, "Add takes at least 1 argument, got 0"),
    ("...", 0, "a value should stand here"),
    ("x...", 1, "three dots stand in an index only"),
    ("x.0", 1, "a product needs its"),
    ("x.real", 1, "no attributes"),
    ("x := 1", 2, "colon"),
    ("'x'", 0, "no strings"),
    ("x; y", 3, "one expression"),
    ("{x}", 0, "braces"),
    ("\\sin(x)", 0, "not LaTeX"),
    ("x\x00", 1, "cannot read '\\x00'"),
    ("`x", 0, "has no end"),
    ("``", 0, "at least one character"),
    (r"`\q`", 0, "unknown escape"),
    ("½", 0, "is not a name"),
    ("1e999", 0, "too large for a float"),
    ("0x", 1, "a product needs its"),
    ("1__0", 1, "a product needs its"),
    ("x#3", 0, "internal symbol"),
    ("sin(x, mode=1)", 0, "no parameters"),
    ("sum(x, axes=y)", 12, "a number, True, False, None or a tuple"),
    ("sum(x, axes=1, axes=2)", 15, "given twice"),
    ("sum(x, axes=1, y)", 13, "only such arguments"),
    ("sum(x, axes=(1 2))", 15, "a comma or a closing bracket"),
    ("sum(x, axes=(-1.0,), keepdims=True)", 0, "axes is made of integers"),
    ("sum(x, axes=(-1,), keepdims=1)", 0, "keepdims is True or False"),
    ("eye(shape=(True,))", 0, "shape is made of integers"),
    ("eye(x)", 0, "n is written out as numbers"),
    ("Const(x)", 6, "a number, True"),
    ("Const((1, 2))", 0, "Const takes a number"),
    ("Const(Fraction(1, 0))", 18, "not 0"),
    ("a\nwhere b = a\nwhere a = 1", 20, "used above the line"),
    ("a\nwhere a = 1\nwhere a = 2", 20, "defined twice"),
    ("a\nwhere a = a", 8, "by itself"),
    ("pi\nwhere pi = 3", 9, "meaning of its own"),
    ("t + 1\nwhere t = (x", 16, "not closed"),
    ("sin(x + … )", 8, "cut short"),
]


@pytest.mark.parametrize(("text", "position", "message"), ERRORS, ids=[repr(e[0]) for e in ERRORS])
def test_errors_name_what_is_wrong_and_where(text: str, position: int, message: str) -> None:
    with pytest.raises(ParseError) as caught:
        sd.parse(text)
    error = caught.value
    assert message in error.message
    assert error.position == position
    assert error.text == text
    last = str(error).splitlines()[-1]
    assert last.strip() == "^"


def test_the_caret_stands_under_the_position() -> None:
    with pytest.raises(ParseError) as caught:
        sd.parse("sin(x) + foo(y)")
    assert str(caught.value).splitlines()[1:] == ["  sin(x) + foo(y)", "           ^"]
    with pytest.raises(ParseError) as caught:
        sd.parse("t1 + 1\nwhere t1 = 2x\nwhere t2 = 3")
    assert str(caught.value).splitlines()[1:] == ["  where t1 = 2x", "              ^"]
    with pytest.raises(ParseError) as caught:
        sd.parse("x + " * 1000)
    assert str(caught.value).splitlines()[1:] == ["  " + "x + " * 10, "  " + " " * 40 + "^"]


def test_constants_that_are_also_variables_must_be_told_apart() -> None:
    e = sd.Var("e")
    with pytest.raises(ParseError, match="write `e` for the variable, E"):
        sd.parse("e*x", [e])
    assert sd.parse("`e`*x*E()", [e]) is e * x * sd.e
    assert sd.parse("`e` + e") is e + sd.e
    assert sd.parse("e + `e`") is sd.e + e


def test_shapes_that_do_not_fit() -> None:
    with pytest.raises(ShapeError, match=r"\(3, 4\)"):
        sd.parse("X + Y", [X, sd.Var("Y", (2,))])


LIMITS = [
    ("x + x", {"max_length": 4}, "max_length"),
    ("x + x", {"max_tokens": 3}, "max_tokens"),
    ("t\nwhere t = x + x", {"max_tokens": 5}, "max_tokens"),
    ("((x))", {"max_depth": 1}, "max_depth"),
    ("[[x]]", {"max_depth": 1}, "max_depth"),
    ("([x])", {"max_depth": 1}, "max_depth"),
    ("stack([x])", {"max_depth": 1}, "max_depth"),
    ("x[" + "1" * 100 + "]", {"max_bits": 64}, "max_bits"),
    ("---x", {"max_depth": 2}, "max_depth"),
    ("x**x**x**x", {"max_depth": 2}, "max_depth"),
    ("sum(x, axes=(((1, 2), 2), 3))", {"max_depth": 2}, "max_depth"),
    ("1" * 100, {"max_bits": 64}, "max_bits"),
    ("0x" + "f" * 100, {"max_bits": 64}, "max_bits"),
    ("Const(" + "1" * 100 + ")", {"max_bits": 64}, "max_bits"),
]


@pytest.mark.parametrize(("text", "limits", "argument"), LIMITS)
def test_limits_name_their_argument(text: str, limits: dict[str, int], argument: str) -> None:
    with pytest.raises(LimitError, match=f"raise it with {argument}=") as caught:
        sd.parse(text, **limits)
    assert caught.value.argument == argument


def test_limits_are_exact() -> None:
    assert sd.parse("x + x", max_length=5, max_tokens=4) is x + x
    assert sd.parse("((x))", max_depth=2) is x
    assert sd.parse("[[x], [y]]", max_depth=2) is sd.stack([sd.stack([x]), sd.stack([y])])
    assert sd.parse("x[None][None, :][...]", max_depth=0) is x[None][None, :][...]
    assert sd.parse(str(2**64 - 1), max_bits=64) is C(2**64 - 1)
    with pytest.raises(LimitError):
        sd.parse(str(2**64), max_bits=64)
    assert sd.parse("1" * 5000, max_bits=20_000) is C(int("1" * 4000) * 10**1000 + int("1" * 1000))


def test_primitives_are_functions_of_the_language() -> None:
    bump = sd.primitive("parser_bump", lambda v: v * v, lambda v, out: 2 * v)
    assert sd.parse("parser_bump(x) + 1") is bump(x) + 1
    assert sd.parse(sd.to_text(bump(x), functional=True)) is bump(x)
    assert sd.parse(f"{sd.Var('parser_bump')} + 1") is sd.Var("parser_bump") + 1


def test_a_line_cannot_redefine_what_was_used_before() -> None:
    with pytest.raises(ParseError, match="used above the line"):
        sd.parse("b\nwhere b = a + 1\nwhere a = 2", {"a": y})
    with pytest.raises(ParseError, match="by itself"):
        sd.parse("a\nwhere a = a", {"a": y})
    assert sd.parse("a + b\nwhere a = b", {"a": x, "b": y}) is y + y
