"""Matrix notation: exact texts in three notations, round trips over random array graphs, errors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from text_samples import variables

import symdiff as sd
from symdiff.errors import LimitError, ParseError, ShapeError
from symdiff.expr import OPS, Expr, make
from symdiff.leaves import Const
from symdiff.ops.contraction import diag, diagonal, einsum, outer, trace
from symdiff.show.label import symbol
from symdiff.walk import postorder

X = sd.Var("X", (5, 3))
A, B = sd.Var("A", (3, 3)), sd.Var("B", (3, 3))
T = sd.Var("T", (2, 3, 4))
w, x, v = [sd.Var(name, 3) for name in "wxv"]
y = sd.Var("y", 5)
s = sd.Var("s")
I3 = sd.eye(3)


def words(node: Expr, subscripts: str, *others: Expr) -> Expr:
    return einsum(node, *others, subscripts=subscripts)


# expression, plain text, Unicode, LaTeX
FORMULAS = [
    ((A @ (B @ x)) @ X.T, "A @ (B @ x) @ X.T", "X·(A·B·x)", r"X \left(A B x\right)"),
    ((A @ (B @ x)) @ (A @ w), "A @ (B @ x) @ (A @ w)", "(A·B·x)ᵀ·A·w",
     r"\left(A B x\right)^\top A w"),
    ((A @ x) @ (A @ B) @ w, "A @ x @ (A @ B) @ w", "(A·x)ᵀ·A·B·w", r"\left(A x\right)^\top A B w"),
    (2 * X.T @ (X @ w - y), "2*X.T @ (X @ w - y)", "2·Xᵀ(X·w − y)",
     r"2 X^\top \left(X w - y\right)"),
    (2 * (X.T @ y), "2*(X.T @ y)", "2·Xᵀ·y", r"2 X^\top y"),
    ((A + A.T) @ x, "(A + A.T) @ x", "(A + Aᵀ)·x", r"\left(A + A^\top\right) x"),
    (A.T @ (A @ x), "A.T @ (A @ x)", "Aᵀ·A·x", r"A^\top A x"),
    (A @ B @ x, "A @ B @ x", "A·B·x", "A B x"),
    (A @ (x + w), "A @ (x + w)", "A·(x + w)", r"A \left(x + w\right)"),
    (x @ w, "x @ w", "xᵀ·w", r"x^\top w"),
    (x @ A, "x @ A", "Aᵀ·x", r"A^\top x"),
    (x @ A.T, "x @ A.T", "A·x", "A x"),
    (x @ A @ w, "x @ A @ w", "xᵀ·A·w", r"x^\top A w"),
    (x @ A @ B, "x @ A @ B", "Bᵀ·Aᵀ·x", r"B^\top A^\top x"),
    ((A @ x) @ w, "A @ x @ w", "(A·x)ᵀ·w", r"\left(A x\right)^\top w"),
    (-x @ A, "-x @ A", "Aᵀ(−x)", r"A^\top \left(-x\right)"),
    (-(x @ A), "-(x @ A)", "−Aᵀ·x", r"-A^\top x"),
    (A * B, "A*B", "A ⊙ B", r"A \odot B"),
    (s * A * B, "s*A*B", "s·A ⊙ B", r"s A \odot B"),
    ((A @ x) * w, "A @ x*w", "(A·x) ⊙ w", r"\left(A x\right) \odot w"),
    (w * (A @ x), "w*(A @ x)", "w ⊙ (A·x)", r"w \odot \left(A x\right)"),
    ((A * B) @ x, "A*B @ x", "(A ⊙ B)·x", r"\left(A \odot B\right) x"),
    (A @ x / s, "A @ x/s", "A·x/s", r"\frac{A x}{s}"),
    (X.T, "X.T", "Xᵀ", r"X^\top"),
    (X.T**2, "X.T**2", "(Xᵀ)∘²", r"\left(X^\top\right)^{\circ 2}"),
    ((A + B).T, "(A + B).T", "(A + B)ᵀ", r"\left(A + B\right)^\top"),
    (A**2 + x**2, "A**2 + x**2", "A∘² + 𝟏·(x²)ᵀ",
     r"A^{\circ 2} + \mathbf 1 \left(x^{2}\right)^\top"),
    (sd.transpose(T, (0, 2, 1)), "transpose(T, (0, 2, 1))", "Tᵀ", r"T^\top"),
    (sd.transpose(T, (2, 0, 1)), "transpose(T, (2, 0, 1))", "transpose(T, (2, 0, 1))",
     r"\operatorname{transpose}\left(T, \mathrm{(2,\ 0,\ 1)}\right)"),
    (sd.sum(X), "sum(X)", "∑(X)", r"\sum\left(X\right)"),
    (sd.sum(X, axis=0), "sum(X, axis=0)", "∑₀(X)", r"\sum_{0}\left(X\right)"),
    (sd.sum(T, axis=(0, 2)), "sum(T, axis=(0, 2))", "∑₀,₂(T)", r"\sum_{0,2}\left(T\right)"),
    (sd.sum(X, axis=0, keepdims=True), "sum(X, axis=0, keepdims=True)",
     "∑(X, axis=0, keepdims=True)", r"\sum\left(X, \mathrm{axis=0,\ keepdims=True}\right)"),
    (sd.sum((X @ w - y) ** 2), "sum((X @ w - y)**2)", "‖X·w − y‖²",
     r"\lVert X w - y \rVert^{2}"),
    (sd.sum(X**2), "sum(X**2)", "‖X‖_F²", r"\lVert X \rVert_F^{2}"),
    (x[:, None], "x[:, None]", "x[:, None]", r"x_{:,\mathrm{None}}"),
    (x[None] * A, "x[None, :]*A", "x[None, :] ⊙ A", r"x_{\mathrm{None},:} \odot A"),
    (sd.reshape(x, (3, 1, 1)), "x[:, None, None]", "x[:, None, None]",
     r"x_{:,\mathrm{None},\mathrm{None}}"),
    (sd.reshape(X, (3, 5)), "reshape(X, (3, 5))", "reshape(X, (3, 5))",
     r"\operatorname{reshape}\left(X, \mathrm{(3,\ 5)}\right)"),
    (sd.broadcast_to(x, (2, 3)), "broadcast_to(x, (2, 3))", "broadcast_to(x, (2, 3))",
     r"\operatorname{broadcast\_to}\left(x, \mathrm{(2,\ 3)}\right)"),
    (x + sd.broadcast_to(1, 3), "x + full(3, 1)", "x + 𝟏", r"x + \mathbf 1"),
    (A + I3, "A + eye(3)", "A + I₃", "A + I_{3}"),
    (sd.stack([x, w], axis=1), "stack([x, w], axis=1)", "stack([x, w], axis=1)",
     r"\operatorname{stack}\left(\left[x, w\right], \mathrm{axis=1}\right)"),
    (outer(x, w), "outer(x, w)", "x ⊗ w", r"x \otimes w"),
    (trace(A @ B), "trace(A @ B)", "tr(A·B)", r"\operatorname{tr}\left(A B\right)"),
    (diag(x) @ A, "diag(x) @ A", "diag(x)·A", r"\operatorname{diag}\left(x\right) A"),
    (diagonal(A), "diagonal(A)", "diagonal(A)", r"\operatorname{diagonal}\left(A\right)"),
    (diag(A), "Diag(A)", "diag(A)", r"\operatorname{diag}\left(A\right)"),
    (words(A, "ab,bc,c->a", B, x), 'einsum("ab,bc,c->a", A, B, x)', "[∑ⱼₖ Aᵢⱼ·Bⱼₖ·xₖ]ᵢ",
     r"\left[\sum_{jk} A_{ij} B_{jk} x_{k}\right]_{i}"),
    (words(A, "ij,ij->", B) * 2, 'einsum("ij,ij->", A, B)*2', "(∑ᵢⱼ Aᵢⱼ·Bᵢⱼ)·2",
     r"\left(\sum_{ij} A_{ij} B_{ij}\right) \cdot 2"),
    (words(A, "ab,cd->acbd", I3), 'einsum("ab,cd->acbd", A, eye(3))', "A ⊗ δ",
     r"A \otimes \delta"),
    (2 * words(I3, "ab,cd->acbd", A.T @ A), '2*einsum("ab,cd->acbd", eye(3), A.T @ A)',
     "2·(δ ⊗ (Aᵀ·A))",
     r"2 \left(\delta \otimes \left(A^\top A\right)\right)"),
]  # fmt: skip


@pytest.mark.parametrize(("e", "text", "unicode", "latex"), FORMULAS, ids=[f[1] for f in FORMULAS])
def test_exact_formulas(e: Expr, text: str, unicode: str, latex: str) -> None:
    assert sd.to_text(e) == text
    assert sd.pretty(e) == unicode
    assert sd.latex(e) == latex
    assert sd.parse(text, variables(e)) is e
    assert sd.parse(sd.to_text(e, functional=True), variables(e)) is e


CONSTANTS = [
    (np.array([[1.0, 2.0], [3.0, -4.0]]), "array([[1.0, 2.0], [3.0, -4.0]])"),
    (np.array([1, -2]), "array([1, -2])"),
    (np.array([True, False]), "array([True, False])"),
    (np.array([np.inf, -np.inf, np.nan, -0.0]), "array([inf, -inf, nan, -0.0])"),
    (np.zeros((0,)), "array([])"),
    (np.zeros((0, 3)), "array([], shape=(0, 3))"),
    (np.array([[[0.1]]]), "array([[[0.1]]])"),
    (np.array([0.1], np.float32), 'array([0.10000000149011612], dtype="<f4")'),
]


@pytest.mark.parametrize(("value", "text"), CONSTANTS, ids=[text for _, text in CONSTANTS])
def test_small_constants_come_back(value: np.ndarray, text: str) -> None:
    """Each array constant is a node of its own, so the value is compared."""
    assert sd.to_text(Const(value)) == text
    for functional in (False, True):
        found = sd.parse(sd.to_text(Const(value), functional=functional)).value
        assert (found.dtype, found.shape) == (value.dtype, value.shape)
        assert found.tobytes() == value.tobytes()


def test_large_constants_are_elided() -> None:
    e = Const(np.ones((100, 100))) @ sd.Var("z", 100)
    assert sd.to_text(e) == "array(…, shape=(100, 100)) @ z"
    with pytest.raises(ParseError, match="cut short"):
        sd.parse(sd.to_text(e))


def test_constants_as_matrices() -> None:
    c = Const(np.array([[1, 2], [3, 4]]))
    assert sd.pretty(c @ sd.Var("z", 2)) == "[[1, 2], [3, 4]]·z"
    assert sd.latex(c) == r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}"


def test_shapes_on_request() -> None:
    e = sd.sum((X @ w - s) ** 2)
    assert sd.to_text(e, shapes=True) == "sum((X @ w - s)**2)\nwhere X: 5×3, w: 3"
    assert sd.pretty(e, shapes=True) == "‖X·w − s‖²\nwhere X: 5×3, w: 3"
    assert sd.latex(e, shapes=True).endswith(
        r" \quad \text{where } X \in \mathbb{R}^{5 \times 3},\ w \in \mathbb{R}^{3}"
    )
    assert sd.to_text(s + 1, shapes=True) == "s + 1"


READ = [
    ("X.T@X", X.T @ X),
    ("sum(X, 0)", sd.sum(X, 0)),
    ("sum(X, (0, 1), True)", None),
    ("sum(X, axis=-1)", sd.sum(X, axis=1)),
    ("reshape(X, (-1,))", sd.reshape(X, -1)),
    ("reshape(X, 15)", sd.reshape(X, 15)),
    ("transpose(X)", X.T),
    ("X.T.T", X.T.T),
    ("-X.T[0]", -X.T[0]),
    ("einsum('ab,b->a', X, w)", words(X, "ab,b->a", w)),
    ("array([1, 2.5])[0]", None),
]


@pytest.mark.parametrize(("text", "e"), READ, ids=[text for text, _ in READ])
def test_other_spellings(text: str, e: Expr | None) -> None:
    found = sd.parse(text, [X, w])
    assert e is None or found is e


ERRORS = [
    ("X.real", 1, "no attributes"),
    ("X.Tx", 1, "no attributes"),
    ("X @", 3, "ends where a value"),
    ("@ X", 0, "a value should stand here"),
    ("X @ @ X", 4, "a value should stand here"),
    ('"ab"', 0, "no strings"),
    ('X + "ab"', 4, "no strings"),
    ('sin("ab")', 0, "sin"),
    ("sin((1, 2))", 0, "sin"),
    ("X @ (1, 2)", 6, "a comma separates"),
    ("sum((1, 2))", 0, "x is an expression"),
    ("sum(X, w)", 0, "axis is written out as numbers"),
    ("sum(X, axis=0.0)", 0, "axis is made of integers"),
    ("sum(X, keepdims=1)", 0, "keepdims is True or False"),
    ("sum(X, axes=0)", 0, "axes"),
    ("reshape(X, (2, w))", 13, "a comma separates"),
    ('einsum("ab,b->a" X, w)', 17, "a comma or ) should stand here"),
    ('einsum("ab->a)', 7, "cannot read"),
    ("concatenate(X, X)", 0, "takes a list"),
    ("array([[1, 2], [3]])", 6, "array: "),
    ("array([1, x])", 10, "a number, True"),
    ("array([1, 2)", 11, "a comma or ] should stand here"),
    ("array([1], kind=2)", 11, "shape= or dtype= should stand here"),
    ("array([1, 2], shape=(3,))", 6, "array: "),
    ("array(" + "[" * 70, 70, "64 axes at most"),
    ("arange(9)", 0, "unknown function"),
]


@pytest.mark.parametrize(("text", "position", "message"), ERRORS, ids=[e[0][:30] for e in ERRORS])
def test_errors_have_a_caret(text: str, position: int, message: str) -> None:
    with pytest.raises(ParseError) as caught:
        sd.parse(text, [X, w])
    assert message in caught.value.message
    assert caught.value.position == position
    assert str(caught.value).splitlines()[-1].strip() == "^"


def test_shapes_that_do_not_fit() -> None:
    with pytest.raises(ShapeError, match=r"\(5, 3\) and \(5,\)"):
        sd.parse("X @ y", [X, y])


@pytest.mark.parametrize(
    ("node", "label"),
    [(X.T, "ᵀ"), (X @ w, "@"), (sd.sum(X, axis=0), "sum axis=0"), (x[:, None], "[:, None]"),
     (sd.reshape(X, 15), "reshape (15,)"), (I3, "eye 3"), (sd.stack([x, w], 1), "stack axis=1"),
     (sd.transpose(T, (2, 0, 1)), "transpose (2, 0, 1)"), (sd.linalg.inv(A).T, "ᵀ"),
     (sd.linalg.solve(A, x), "solve")],
)  # fmt: skip
def test_labels_in_diagrams(node: Expr, label: str) -> None:
    assert symbol(node) == label


TEXTS = [
    "max(X, axis=0)", "min(T, axis=(0, 2), keepdims=True)", "prod(x)", "cumsum(X, axis=0)",
    "cumprod(x)", "logsumexp(X, axis=1)", "softmax(X, axis=1)", "log_softmax(x)", "norm(x)",
    "norm(X, axis=1)", "std(x)", "var(X, axis=0, ddof=1)", "argmax(X, axis=0)", "argsort(x)",
    "concatenate([A, B], axis=1)", "concatenate([x, y], axis=0)", "take(X, i, axis=1)", "tril(A)",
    "triu(A, 1)", "take_along_axis(X, argsort(X, axis=0), axis=0)", "inv(A)", "det(A)",
    "solve(A, x)", "solve(A.T, B)", "logdet(A)", "cholesky(A)", "matrix_power(A, -2)", "pinv(X)",
    "eigvalsh(A)", "where(X > 0, X, 0)", "softmax(A @ B.T/sqrt(3), axis=1) @ B",
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_calls_are_read_and_written_alike(text: str) -> None:
    known = [X, A, B, T, x, y, sd.Var("i", 2, kind="int")]
    e = sd.parse(text, known)
    assert sd.to_text(e) == text
    assert sd.parse(sd.to_text(e, functional=True), known) is e
    assert sd.pretty(e).count("(") == sd.pretty(e).count(")")
    assert sd.latex(e).count(r"\left") == sd.latex(e).count(r"\right")


UNICODE = [
    ("inv(A)", "A⁻¹", "A^{-1}"),
    ("norm(x)", "‖x‖", r"\left\|x\right\|"),
    ("det(A)", "det(A)", r"\det\left(A\right)"),
    ("solve(A, x)", "A⁻¹·x", "A^{-1} x"),
    ("inv(A).T", "A⁻ᵀ", r"A^{-\top}"),
    ("take(X, i, axis=1)", "take(X, i, axis=1)",
     r"\operatorname{take}\left(X, i, \mathrm{axis=1}\right)"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "unicode", "latex"), UNICODE)
def test_formulas_of_calls(text: str, unicode: str, latex: str) -> None:
    e = sd.parse(text, [X, A, x, sd.Var("i", 2, kind="int")])
    assert (sd.pretty(e), sd.latex(e)) == (unicode, latex)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('zeros(3, dtype="O")', "dtype"),
        ('zeros(3, dtype="i4,f8")', "dtype"),
        ("split(x, 3)", "several values"),
        ("arange(10**12)", "unknown function"),
    ],
)
def test_a_text_cannot_ask_for_much_or_for_objects(text: str, message: str) -> None:
    with pytest.raises(ParseError, match=message):
        sd.parse(text, [x])


BIG = ["zeros((1000000000, 10))", "tile(x, 99999999999)", "repeat(x, (400000, 400000, 400000))"]


@pytest.mark.parametrize("text", BIG)
def test_a_text_cannot_ask_for_many_elements(text: str) -> None:
    with pytest.raises(LimitError, match="max_elements"):
        sd.parse(text, [x])


def test_a_text_repeats_each_element_or_none() -> None:
    with pytest.raises(ShapeError, match="no number of times for size 3"):
        sd.parse("repeat(x, (99999, 99999))", [x])


def test_long_chains_of_products_and_transposes() -> None:
    chain, turned = x, A
    for _ in range(3000):
        chain, turned = A @ chain, (turned + A).T
    for e in (chain, turned, A @ turned @ x):
        assert sd.parse(sd.to_text(e, limit=None), [A, x]) is e
        assert len(sd.pretty(e, limit=500)) <= 1000
        assert len(sd.latex(e, limit=500)) <= 1500
    left = A
    for _ in range(3000):
        left = left @ A
    assert sd.parse(sd.to_text(left, max_ops=None), [A]) is left
    assert sd.pretty(left, max_ops=None) == "·".join("A" * 3001)


# -- random graphs ---------------------------------------------------------------------------------

SIZES = st.sampled_from([1, 2, 3])


@st.composite
def array_graphs(draw: st.DrawFn) -> Expr:
    """A graph over the rows of arrays, of at most three axes."""
    shapes = draw(st.lists(st.lists(SIZES, max_size=3).map(tuple), min_size=2, max_size=4))
    nodes = [sd.Var(f"V{i}", shape) for i, shape in enumerate(shapes)]
    nodes += [sd.Var("M", (3, 3)), sd.Var("u", 3), Const(2), sd.eye(3)]
    for _ in range(draw(st.integers(1, 12))):
        a, b = draw(st.sampled_from(nodes)), draw(st.sampled_from(nodes[-6:]))
        try:
            node = draw(st.sampled_from(STEPS))(draw, a, b)
        except (ShapeError, ValueError):
            continue
        if node.ndim <= 3 and node.size <= 100:
            nodes.append(node)
    return nodes[-1]


def _axes(draw: st.DrawFn, a: Expr) -> tuple[int, ...]:
    return tuple(draw(st.lists(st.sampled_from(range(max(a.ndim, 1))), unique=True, max_size=3)))


STEPS = [
    lambda draw, a, b: a + b,
    lambda draw, a, b: a * b,
    lambda draw, a, b: a - b,
    lambda draw, a, b: a / b,
    lambda draw, a, b: -a,
    lambda draw, a, b: a**2,
    lambda draw, a, b: sd.sin(a),
    lambda draw, a, b: a @ b,
    lambda draw, a, b: a @ b,
    lambda draw, a, b: sd.transpose(a, draw(st.permutations(range(a.ndim)))),
    lambda draw, a, b: sd.sum(a, _axes(draw, a), keepdims=draw(st.booleans())),
    lambda draw, a, b: make(OPS["sum"], (a,), (tuple(range(-a.ndim, 0)), draw(st.booleans()))),
    lambda draw, a, b: make(OPS["transpose"], (a,), ((-1, -2),)) if a.ndim > 1 else a,
    lambda draw, a, b: sd.reshape(a, draw(st.permutations([*a.shape, 1, 1]))),
    lambda draw, a, b: sd.reshape(a, -1),
    lambda draw, a, b: make(OPS["reshape"], (a,), (0, (1,))),
    lambda draw, a, b: sd.broadcast_to(a, (2, *a.shape)),
    lambda draw, a, b: make(OPS["broadcast_to"], (a,), (min(a.ndim, 1), (2, *a.shape[-1:]))),
    lambda draw, a, b: sd.stack([a, a + 1], draw(st.integers(-a.ndim - 1, a.ndim))),
    lambda draw, a, b: make(OPS["stack"], (a, b), (-1,)),
    lambda draw, a, b: a[None] if draw(st.booleans()) else a[..., None],
    lambda draw, a, b: outer(a, b),
    lambda draw, a, b: trace(a),
    lambda draw, a, b: diag(a),
    lambda draw, a, b: diagonal(a),
    lambda draw, a, b: words(a, draw(st.sampled_from(["ab,bc->ac", "ab,b->a", "a,bc->bca"])), b),
    lambda draw, a, b: make(OPS["eye"], (), (a.shape,)),
    lambda draw, a, b: sd.max(a, _axes(draw, a), keepdims=draw(st.booleans())),
    lambda draw, a, b: sd.cumsum(a, draw(st.integers(-a.ndim, a.ndim))),
    lambda draw, a, b: make(OPS["cumprod"], (a,), (-1, draw(st.booleans()), draw(st.booleans()))),
    lambda draw, a, b: sd.softmax(a, _axes(draw, a)),
    lambda draw, a, b: sd.logsumexp(a, _axes(draw, a)),
    lambda draw, a, b: sd.norm(a),
    lambda draw, a, b: sd.std(a, _axes(draw, a)),
    lambda draw, a, b: sd.concatenate([a, b, a], draw(st.integers(-a.ndim, a.ndim))),
    lambda draw, a, b: sd.take(a, INDEX, draw(st.integers(-a.ndim, a.ndim))),
    lambda draw, a, b: sd.sort(a, draw(st.integers(-a.ndim, a.ndim))),
    lambda draw, a, b: sd.tril(a, draw(st.integers(-1, 1))),
    lambda draw, a, b: sd.linalg.inv(a).T,
    lambda draw, a, b: sd.linalg.solve(a, b),
    lambda draw, a, b: sd.linalg.det(a),
]
INDEX = sd.Var("i", 2, kind="int")


@settings(max_examples=4 * settings.default.max_examples, deadline=None)
@given(array_graphs())
def test_random_graphs_come_back(e: Expr) -> None:
    for functional in (False, True):
        for most in (200, 1):
            text = sd.to_text(e, functional=functional, max_ops=most)
            assert sd.parse(text, variables(e)) is e
    for text in (sd.pretty(e), sd.latex(e)):
        assert text.count("(") == text.count(")")
        assert text.count("[") == text.count("]")
    assert sd.latex(e).count("{") == sd.latex(e).count("}")
    assert all(symbol(node) for node in postorder([e]))
