"""Showing an expression takes work in proportion to its size, whatever its form."""

import functools
import itertools
import operator

import pytest
from counting import lines_of

import symdiff as sd
from symdiff.show import label

x, y = sd.vars("x y")
V, A = sd.Var("v", (3,)), sd.Var("A", (3, 3))


def names(n):
    return [sd.Var(f"x{i}") for i in range(n)]


def nested(step, start, n):
    return functools.reduce(lambda e, i: step(e, i), range(n), start)


def products(start, factors):
    return list(itertools.accumulate(factors, operator.mul, initial=start))


FORMS = {
    "sum": lambda n: sd.Add(*names(n)),
    "sum with signs": lambda n: sd.Add(*[(-1) ** i * i * v for i, v in enumerate(names(n))]),
    "sum of vectors": lambda n: sd.Add(*[v * V for v in names(n)]),
    "sum of matrices": lambda n: sd.Add(A, *[v * A for v in names(n)]),
    "sum with an identity": lambda n: sd.Add(sd.eye(3), A, *names(n)),
    "sum of rows and columns": lambda n: sd.Add(A, *[v * V for v in names(n)], V[:, None]),
    "sum of two, then of that": lambda n: nested(lambda e, i: e + sd.sin(x + i), x, n),
    "differences": lambda n: nested(lambda e, i: e - sd.Var(f"x{i}"), x, n),
    "a sum in a sum": lambda n: nested(lambda e, i: sd.Var(f"x{i}") + e, x, n),
    "product": lambda n: sd.Mul(*names(n)),
    "product of vectors": lambda n: sd.Mul(V, *names(n)),
    "product of products": lambda n: nested(lambda e, i: e * sd.Var(f"x{i}"), -x, n),
    "a product in a product": lambda n: nested(lambda e, i: sd.Var(f"x{i}") * e, -x, n),
    "minus": lambda n: nested(lambda e, i: -e, x, n),
    "quotients": lambda n: nested(lambda e, i: e / sd.Var(f"x{i}"), x, n),
    "powers": lambda n: nested(lambda e, i: e**2, x, n),
    "numerators": lambda n: nested(lambda e, i: e / sd.Var(f"x{i}"), -x, n),
    "minus in numerators": lambda n: nested(lambda e, i: -(e / sd.Var(f"x{i}")), x, n),
    "many minuses": lambda n: nested(lambda e, i: e / sd.Var(f"x{i}"), FORMS["minus"](n), n),
    "quotients of products": lambda n: nested(lambda e, i: e * sd.Var(f"x{i}") / y, -x, n),
    "quotients in quotients": lambda n: nested(lambda e, i: sd.Var(f"x{i}") / e, -x, n),
    "sum of all products": lambda n: sd.Add(*products(-x, names(n))),
    "sum of all quotients": lambda n: sd.Add(*[p / y for p in products(-x, names(n))]),
    "products in a matrix product": lambda n: nested(lambda e, i: e * (A + i), A, n) @ A,
    "matrix products of products": lambda n: sd.Add(*[p @ A for p in products(A, names(n))]),
    "a matrix product in one": lambda n: nested(lambda e, i: (A + i) @ e, A, n),
    "matrix products on both sides": lambda n: nested(lambda e, i: A @ (e @ A), A, n),
    "matrix products of vectors": lambda n: nested(lambda e, i: A @ e, V, n),
    "vectors times matrices": lambda n: nested(lambda e, i: e @ A, V, n),
    "squares of matrices": lambda n: nested(lambda e, i: e @ e, A, n // 2),
    "matrix products": lambda n: nested(lambda e, i: e @ A, A, n),
    "transposes": lambda n: nested(lambda e, i: (e + A).T, A, n),
    "list": lambda n: sd.stack(names(n)),
    "lists": lambda n: sd.stack([sd.stack([v, x]) for v in names(n)]),
    "calls": lambda n: nested(lambda e, i: sd.sin(e), x, n),
    "choices": lambda n: nested(lambda e, i: sd.where(x > i, e, y), x, n),
    "indices": lambda n: sd.Add(*[sd.Var(f"v{i}", (3,))[i % 3] for i in range(n)]),
    "many users": lambda n: sd.Add(*[sd.sin(x) * v for v in names(n)]),
    "shared": lambda n: nested(lambda e, i: sd.sin(e) * sd.cos(e), x, n // 2),
    "conditions": lambda n: functools.reduce(operator.and_, [v > 0 for v in names(n)]),
}
WRITERS = {
    "text": lambda e: sd.to_text(e, limit=None),
    "short text": repr,
    "pretty": lambda e: sd.pretty(e, limit=None),
    "latex": lambda e: sd.latex(e, limit=None),
    "notebook": lambda e: e._repr_latex_(),
    "calls": lambda e: sd.to_text(e, functional=True, limit=None),
    "dot": lambda e: sd.to_dot(e, max_nodes=None),
}
SIZES = (200, 400, 800)  # the smallest one is beyond every length at which a text is cut
PAIRS = [  # in every run each form is written in one way, and each way has several forms
    pytest.param(form, writer, marks=[pytest.mark.slow] if (i - j) % len(WRITERS) else [])
    for (i, form), (j, writer) in itertools.product(enumerate(FORMS), enumerate(WRITERS))
]


@pytest.mark.parametrize(("form", "writer"), PAIRS)
def test_work_grows_with_the_size(form, writer, monkeypatch):
    monkeypatch.setattr(label, "FORMULA_LENGTH", 40)  # of each node of a drawing: quick to write
    write = WRITERS[writer]
    write(FORMS[form](10))  # tables are made
    least, middle, most = [lines_of(lambda e=e: write(e)) for e in map(FORMS[form], SIZES)]
    assert most - middle <= 2.2 * (middle - least) + 2000  # work in n**2 would give 4
