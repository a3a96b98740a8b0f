"""Derivatives as the tables of textbooks print them, to the letter."""

from __future__ import annotations

import re

import pytest

import symdiff as sd
from symdiff.rewrite.simplify import simplify

x, b, n = sd.vars("x b n")
a = sd.Var("a", domain=sd.POSITIVE)
NAMES = {"x": x, "a": a, "b": b, "n": n}

FIRST = """
    x**n                          n*x**(n - 1)
    a**x                          log(a)*a**x
    2**x                          log(2)*2**x
    log(x)/log(a)                 1/(x*log(a))
    exp(-a*x)                     -a*exp(-a*x)
    exp(1/x)                      -exp(1/x)/x**2
    exp(x)/x                      (x - 1)*exp(x)/x**2
    x**2*exp(x)                   x*(x + 2)*exp(x)
    exp(-x)*cos(x)                -exp(-x)*(sin(x) + cos(x))
    exp(a*x)*sin(b*x)             (a*sin(b*x) + b*cos(b*x))*exp(a*x)
    exp(-x**2/2)/sqrt(2*pi)       -x*exp(-x**2/2)/sqrt(2*pi)
    exp(x)/(1 + exp(x))           sigmoid(x)*(1 - sigmoid(x))
    log(abs(x))                   1/x
    log(a*x + b)                  a/(a*x + b)
    log(log(x))                   1/(x*log(x))
    log(x)**2                     2*log(x)/x
    log((1 + x)/(1 - x))/2        1/(1 - x**2)
    1/log(x)                      -1/(x*log(x)**2)
    x/log(x)                      (log(x) - 1)/log(x)**2
    x*log(x) - x                  log(x)
    log(cos(x))                   -tan(x)
    1/cos(x)                      sin(x)/cos(x)**2
    1/sin(x)                      -cos(x)/sin(x)**2
    cos(x)/sin(x)                 -1/sin(x)**2
    cos(x)/(1 - sin(x))           1/(1 - sin(x))
    sin(x)/(1 + cos(x))           1/(cos(x) + 1)
    sin(x)/x                      (x*cos(x) - sin(x))/x**2
    sin(x)**3                     3*sin(x)**2*cos(x)
    sin(1/x)                      -cos(1/x)/x**2
    sin(cos(x))                   -sin(x)*cos(cos(x))
    cos(a*x + b)                  -a*sin(a*x + b)
    cos(x)**n                     -n*sin(x)*cos(x)**(n - 1)
    x*cos(x)                      cos(x) - x*sin(x)
    x**2*sin(x)                   x*(x*cos(x) + 2*sin(x))
    tan(x) - x                    tan(x)**2
    sqrt(sin(x))                  cos(x)/(2*sqrt(sin(x)))
    atan(sqrt(x))                 1/(2*sqrt(x)*(x + 1))
    asin(x**2)                    2*x/sqrt(1 - x**4)
    x*atan(x) - log(1 + x**2)/2   atan(x)
    cosh(x)/sinh(x)               -1/sinh(x)**2
    1/cosh(x)                     -tanh(x)/cosh(x)
    (1 - x)/(1 + x)               -2/(x + 1)**2
    x/(1 - x)                     1/(1 - x)**2
    x/(x**2 + 1)                  (1 - x**2)/(x**2 + 1)**2
    x**2/(x**2 + 1)               2*x/(x**2 + 1)**2
    (x**2 + 1)/(x**2 - 1)         -4*x/(x**2 - 1)**2
    (a*x + b)/(2*x + 3)           (3*a - 2*b)/(2*x + 3)**2
    x**2/(x + 1)                  x*(x + 2)/(x + 1)**2
    (x**2 + 1)**10                20*x*(x**2 + 1)**9
    (3*x + 2)**4                  12*(3*x + 2)**3
    sqrt(a**2 - x**2)             -x/sqrt(a**2 - x**2)
    x*sqrt(1 - x)                 (2 - 3*x)/(2*sqrt(1 - x))
    sqrt(x)/(1 + x)               (1 - x)/(2*sqrt(x)*(x + 1)**2)
    x/sqrt(x**2 + 1)              1/(x**2 + 1)**(3/2)
    1/sqrt(x)                     -1/(2*x**(3/2))
    erfc(x)                       -2*exp(-x**2)/sqrt(pi)
    j0(x)                         -j1(x)
    maximum(x, 0)                 where(x > 0, 1, 0)
"""

SECOND = """
    1/(1 + x**2)                  2*(3*x**2 - 1)/(x**2 + 1)**3
    x/(1 + x**2)                  2*x*(x**2 - 3)/(x**2 + 1)**3
    x**2/(x + 1)                  2/(x + 1)**3
    sqrt(1 - x**2)                -1/(1 - x**2)**(3/2)
    sqrt(x**2 + 1)                1/(x**2 + 1)**(3/2)
    x/sqrt(x**2 + 1)              -3*x/(x**2 + 1)**(5/2)
    asin(x)                       x/(1 - x**2)**(3/2)
    atanh(x)                      2*x/(1 - x**2)**2
    tanh(x)                       -2*tanh(x)*(1 - tanh(x)**2)
    tan(x)                        2*tan(x)*(tan(x)**2 + 1)
    sigmoid(x)                    sigmoid(x)*(1 - sigmoid(x))*(1 - 2*sigmoid(x))
    softplus(x)                   sigmoid(x)*(1 - sigmoid(x))
    log(x)/x                      (2*log(x) - 3)/x**3
    exp(-x**2)                    (4*x**2 - 2)*exp(-x**2)
    exp(x)/x                      (x**2 - 2*x + 2)*exp(x)/x**3
    exp(-x)*cos(x)                2*exp(-x)*sin(x)
    x**n                          n*(n - 1)*x**(n - 2)
    gamma(x)                      gamma(x)*(digamma(x)**2 + polygamma(1, x))
"""

OF_ARRAYS = """
    x  x@A@x                                          (A + A.T) @ x
    x  sqrt(x@A@x)                                    (A + A.T) @ x/(2*sqrt(x @ A @ x))
    x  x@A@x/(x@x)                          (A + A.T) @ x/sum(x**2) - 2*x*(x @ A @ x)/sum(x**2)**2
    x  a@x - lam*(x@A@x)/2                            a - lam*((A + A.T) @ x)/2
    x  x[::-1]@x                                      2*x[::-1]
    x  norm(x)**3                                     3*x*norm(x)
    p  sum((X@p - y)**2)                              2*X.T @ (X @ p - y)
    p  mean((X@p - y)**2)                             X.T @ (X @ p - y)/3
    p  mean(softplus(X@p) - y*(X@p))                  X.T @ (sigmoid(X @ p) - y)/6
    p  sum(exp(X@p) - y*(X@p))                        X.T @ (exp(X @ p) - y)
    r  mean(softplus(r@X.T) - y*(r@X.T))              (sigmoid(r @ X.T) - y) @ X/6
    k  sum((X@k - c)**2)                              2*X.T @ (X @ k - c)
    k  mean(softplus(X@k) - c*(X@k))                  X.T @ (sigmoid(X @ k) - c)/6
    A  trace(A.T@A@A.T@A)                             4*A @ A.T @ A
    A  a@A@x                                          outer(a, x)
    A  log(det(A))                                    inv(A).T
    A  trace(inv(A))                                  -inv(A).T @ inv(A).T
    A  trace(A@S@A.T)                                 A @ (S + S.T)
    X  logdet(X.T@X)                                  2*X @ inv(X.T @ X)
    p  sum(maximum(1 - y*(X@p), 0))                   X.T @ where(y*(X @ p) < 1, -y, 0)
    p  sum(-y*log(sigmoid(X@p)) - (1 - y)*log(1 - sigmoid(X@p)))  X.T @ (sigmoid(X @ p) - y)
    x  norm(x)**2                                     2*x
    x  sum(concatenate([x, a])**2)                    2*x
    x  softmax(x)@log(softmax(x))  softmax(x)*(log_softmax(x) - softmax(x) @ log_softmax(x))
"""
SHAPES = {
    "x": 4, "a": 4, "p": 4, "y": 6, "A": (4, 4), "S": (4, 4), "X": (6, 4), "r": (1, 4),
    "k": (4, 1), "c": (6, 1), "lam": (),
}  # fmt: skip
ARRAYS = {name: sd.Var(name, shape) for name, shape in SHAPES.items()}


def _rows(table: str, order: int) -> list[tuple[str, int, str]]:
    pairs = [line.strip().split("  ", 1) for line in table.strip().splitlines()]
    return [(f, order, text.strip()) for f, text in pairs]


ROWS = _rows(FIRST, 1) + _rows(SECOND, 2)


@pytest.mark.parametrize(("f", "order", "text"), ROWS, ids=[f"{f} {k}" for f, k, _ in ROWS])
def test_a_derivative_reads_as_in_the_book(f: str, order: int, text: str) -> None:
    found = sd.derivative(sd.parse(f, NAMES), x, order)
    assert str(found) == text
    assert simplify(found) is found


@pytest.mark.parametrize("line", OF_ARRAYS.strip().splitlines())
def test_a_gradient_reads_as_in_the_book(line: str) -> None:
    by, f, text = re.split(r"  +", line.strip())
    found = sd.grad(sd.parse(f, ARRAYS), ARRAYS[by])
    assert str(found) == text
    assert simplify(found) is found


def test_the_sheet_has_forty_formulas() -> None:
    assert len(_rows(FIRST, 1)) >= 40


def test_the_hessian_of_a_cross_entropy() -> None:
    f = sd.parse("sum(-y*log(sigmoid(X@p)) - (1 - y)*log(1 - sigmoid(X@p)))", ARRAYS)
    text = "X.T*(sigmoid(X @ p)*(1 - sigmoid(X @ p))) @ X"
    assert str(sd.hessian(f, ARRAYS["p"])) == text
