"""Sums, products and quotients made from the sides of identities and powers of their kernels."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from .cases import Case, first_defined, occurring


class Family(NamedTuple):
    """Functions that belong together: kernels, and identities as the terms of a zero sum.

    ``u`` and ``v`` stand for arguments, ``p`` and ``q`` for positive ones.
    """

    kernels: tuple[str, ...]
    zeros: tuple[tuple[str, ...], ...]


FAMILIES = (
    Family(  # circular functions
        ("sin(u)", "cos(u)", "tan(u)", "sin(2*u)", "cos(2*u)", "sin(u/2)"),
        (
            ("sin(u)**2", "cos(u)**2", "-1"),
            ("1", "cos(2*u)", "-2*cos(u)**2"),
            ("1", "-cos(2*u)", "-2*sin(u)**2"),
            ("sin(2*u)", "-2*sin(u)*cos(u)"),
            ("1/cos(u)**2", "-1", "-tan(u)**2"),
            ("cos(u)**2", "-sin(u)**2", "-cos(2*u)"),
            ("sin(u + v)", "-sin(u)*cos(v)", "-cos(u)*sin(v)"),
            ("sin(3*u)", "-3*sin(u)", "4*sin(u)**3"),
        ),
    ),
    Family(  # hyperbolic functions
        ("sinh(u)", "cosh(u)", "tanh(u)", "sech(u)", "exp(u)", "exp(-u)", "cosh(2*u)"),
        (
            ("cosh(u)**2", "-sinh(u)**2", "-1"),
            ("1", "-tanh(u)**2", "-sech(u)**2"),
            ("exp(u)", "exp(-u)", "-2*cosh(u)"),
            ("cosh(2*u)", "-1", "-2*sinh(u)**2"),
            ("sinh(2*u)", "-2*sinh(u)*cosh(u)"),
            ("exp(u)", "-sinh(u)", "-cosh(u)"),
            ("1/cosh(u)**2", "tanh(u)**2", "-1"),
        ),
    ),
    Family(  # exponentials
        (
            "exp(u)",
            "exp(-u)",
            "exp(2*u)",
            "exp(v)",
            "2**u",
            "(2**u)**(1/3)",
            "exp(u/2)",
            "expm1(u)",
        ),
        (
            ("exp(u)*exp(v)", "-exp(u + v)"),
            ("exp(2*u)", "-exp(u)**2"),
            ("exp(2*u)", "-1", "-(exp(u) - 1)*(exp(u) + 1)"),
            ("expm1(u)", "1", "-exp(u)"),
            ("2**(u + 1)", "-2*2**u"),
            ("exp(u)/exp(v)", "-exp(u - v)"),
            ("exp(u - v)*exp(v)", "-sqrt(exp(2*u))"),
        ),
    ),
    Family(  # the logistic family
        ("sigmoid(u)", "sigmoid(-u)", "tanh(u/2)", "(1 + exp(-u))", "exp(u)", "softplus(u)"),
        (
            ("sigmoid(u)", "sigmoid(-u)", "-1"),
            ("softplus(u)", "-softplus(-u)", "-u"),
            ("2*sigmoid(u)", "-1", "-tanh(u/2)"),
            ("1/(1 + exp(-u))", "-sigmoid(u)"),
            ("sigmoid(u)", "-sigmoid(u)**2", "-sigmoid(u)*sigmoid(-u)"),
            ("log(1 + exp(u))", "-softplus(u)"),
            ("exp(u)/(exp(u) + 1)", "-sigmoid(u)"),
            ("log(sigmoid(u))", "softplus(-u)"),
        ),
    ),
    Family(  # logarithms
        ("log(p)", "log(q)", "log(p/q)", "log(p*q)", "log1p(p)", "p", "q", "log2(p)", "p**q"),
        (
            ("log(p*q)", "-log(p)", "-log(q)"),
            ("log(p/q)", "-log(p)", "log(q)"),
            ("log(p**2)", "-2*log(p)"),
            ("log(1 + p)", "-log1p(p)"),
            ("log(p)", "-log(2)*log2(p)"),
            ("log(sqrt(p))", "-log(p)/2"),
            ("p**q", "-exp(q*log(p))"),
            ("log(x**2)", "-2*log(abs(x))"),
        ),
    ),
    Family(  # roots
        (
            "sqrt(p)",
            "p**(3/2)",
            "sqrt(p/q)",
            "sqrt(p/sqrt(3))",
            "(p**3)**(1/2)",
            "p**(1/3)",
            "(p/2**(2/3))**(1/2)",
            "(5*p)**(1/2)",
            "3**(1/2)",
            "sqrt(p*3**1.5)",
        ),
        (
            ("sqrt(p)*sqrt(q)", "-sqrt(p*q)"),
            ("sqrt(p/q)", "-sqrt(p)/sqrt(q)"),
            ("1/sqrt(p)", "-sqrt(p)/p"),
            ("p**(3/2)", "-p*sqrt(p)"),
            ("(p**(1/2))**3", "-sqrt(p**3)"),
            ("(p - q)", "-(sqrt(p) - sqrt(q))*(sqrt(p) + sqrt(q))"),
            ("sqrt(4*p)", "-2*sqrt(p)"),
            ("sqrt(p/4)*sqrt(3)", "-sqrt(3*p)/2"),
        ),
    ),
    Family(  # roots and powers of what may be negative
        (
            "sqrt(u**2)",
            "(u**2)**(3/2)",
            "cbrt(u)",
            "abs(u)",
            "u",
            "(u**3)**(2/3)",
            "sqrt(u**4)",
            "sign(u)",
            "(u**2)**(1/4)",
            "cbrt(u**2)",
            "(1 + u**2)**(1/2)",
        ),
        (
            ("sqrt(u**2)", "-abs(u)"),
            ("(u**2)**(3/2)", "-abs(u)**3"),
            ("cbrt(u)**3", "-u"),
            ("u*sign(u)", "-abs(u)"),
            ("u**2", "-abs(u)**2"),
            ("sqrt(u**4)", "-u**2"),
            ("sqrt(u**2*v**2)", "-abs(u)*abs(v)"),
            ("sqrt(1 - 2*u + u**2)", "-abs(1 - u)"),
        ),
    ),
    Family(  # rational functions
        ("u", "v", "(u + v)", "(u - v)", "(1 - u)", "(1 + u)", "(u**2 + 1)", "(u**2 - v**2)"),
        (
            ("u**2", "-v**2", "-(u - v)*(u + v)"),
            ("(u + v)**2", "-u**2", "-2*u*v", "-v**2"),
            ("1/u", "1/v", "-(u + v)/(u*v)"),
            ("1", "-u**2", "-(1 - u)*(1 + u)"),
            ("u/(u + v)", "v/(u + v)", "-1"),
            ("1/(1 - u)", "-1/(1 + u)", "-2*u/(1 - u**2)"),
            ("(u - v)**3", "-u**3", "3*u**2*v", "-3*u*v**2", "v**3"),
        ),
    ),
    Family(  # inverse functions
        ("atan(u)", "asin(u/4)", "acos(u/4)", "sqrt(1 - u**2/16)", "(1 + u**2)", "asinh(u)"),
        (
            ("asin(u/4)", "acos(u/4)", "-pi/2"),
            ("sin(acos(u/4))", "-sqrt(1 - u**2/16)"),
            ("tan(atan(u))", "-u"),
            ("asinh(u)", "-log(u + sqrt(u**2 + 1))"),
            ("cos(atan(u))", "-1/sqrt(1 + u**2)"),
            ("sinh(asinh(u))", "-u"),
            ("tanh(log(p))", "-(p**2 - 1)/(p**2 + 1)"),
        ),
    ),
    Family(  # choices
        ("abs(u)", "sign(u)", "relu(u)", "relu(-u)", "maximum(u, v)", "u", "where(u > v, u, v)"),
        (
            ("relu(u)", "-relu(-u)", "-u"),
            ("relu(u)", "relu(-u)", "-abs(u)"),
            ("maximum(u, v)", "minimum(u, v)", "-u", "-v"),
            ("where(u > v, u, v)", "-maximum(u, v)"),
            ("2*maximum(u, v)", "-u", "-v", "-abs(u - v)"),
            ("maximum(u, 0)", "-(u + abs(u))/2"),
        ),
    ),
    Family(  # the error function and Gauss' bell
        ("erf(u)", "erfc(u)", "exp(-u**2)", "exp(-u**2/2)", "erf(u/sqrt(2))", "u"),
        (
            ("erf(u)", "erfc(u)", "-1"),
            ("erfc(u)", "erfc(-u)", "-2"),
            ("exp(-u**2)", "-exp(-u**2/2)**2"),
            ("exp(-u**2)*exp(2*u*v)*exp(-v**2)", "-exp(-(u - v)**2)"),
        ),
    ),
    Family(  # sums of exponentials in logarithms
        ("logaddexp(u, v)", "exp(u)", "exp(v)", "sigmoid(u - v)", "softplus(u - v)", "hypot(u, v)"),
        (
            ("logaddexp(u, v)", "-log(exp(u) + exp(v))"),
            ("logaddexp(u, v)", "-v", "-softplus(u - v)"),
            ("exp(u)/(exp(u) + exp(v))", "-sigmoid(u - v)"),
            ("hypot(u, v)", "-sqrt(u**2 + v**2)"),
            ("hypot(u, v)**2", "-u**2", "-v**2"),
        ),
    ),
    Family(  # the gamma function
        ("gamma(p)", "gamma(p + 1)", "p", "lgamma(p)", "digamma(p)", "digamma(p + 1)"),
        (
            ("gamma(p + 1)", "-p*gamma(p)"),
            ("lgamma(p + 1)", "-lgamma(p)", "-log(p)"),
            ("digamma(p + 1)", "-digamma(p)", "-1/p"),
            ("log(gamma(p))", "-lgamma(p)"),
        ),
    ),
)
ARGUMENTS = ("x", "x", "x", "y", "2*x", "x*y", "x + y", "-x", "x/2", "x - y", "x**2", "sqrt(p)",
             "x/y", "p*x", "x - 1")  # fmt: skip
POSITIVES = ("p", "p", "p", "q", "p*q", "p/q", "p + 1", "p**2", "2*p", "exp(x)", "x**2 + 1")
MOST = 3  # variables of a text; the Hessian has the square of that
POWERS = ("", "", "", "**2", "**2", "**3", "**(-1)", "**(-2)", "**(1/2)", "**(3/2)", "**(-1/2)")
NUMBERS = ("1", "2", "-1", "3", "1/2", "-2", "0.5", "y", "b")
OUTER = ("exp", "log", "sqrt", "tanh", "atan", "sin", "log1p", "sigmoid", "softplus", "abs")


def make(r: random.Random) -> Case:
    return first_defined(r, identity_text)


def identity_text(
    r: random.Random,
    families: Sequence[Family] = FAMILIES,
    arguments: Sequence[str] = ARGUMENTS,
    positives: Sequence[str] = POSITIVES,
) -> str:
    """One or two identities times powers of their kernels, put together with what is left over."""
    family = r.choice(families)
    parts = [scattered(r, family) for _ in range(r.choice([1, 1, 2]))]
    parts += [monomial(r, family) for _ in range(r.choice([0, 1, 1]))]
    text = " + ".join(r.sample(parts, len(parts)))
    way = r.random()
    if way < 0.12:
        text = f"({text})/({monomial(r, family)})"
    elif way < 0.2:
        text = f"({text})*({monomial(r, family)} + 1)"
    elif way < 0.28:
        text = f"({text}){r.choice(POWERS[3:])}"
    elif way < 0.36:
        text = f"{r.choice(OUTER)}({text})"
    while True:
        chosen = {name: r.choice(arguments) for name in "uv"}
        chosen |= {name: r.choice(positives) for name in "pq"} | {"b": r.choice(["q", "y", "3"])}
        found = filled(text, chosen)
        if len(occurring(found)) <= MOST:
            return found


def scattered(r: random.Random, family: Family) -> str:
    """Some terms of an identity, each times the same product of kernels, or nearly so."""
    terms = r.choice(family.zeros)
    kept = r.sample(terms, r.randint(1, len(terms)))
    common = monomial(r, family)
    odd = r.random() < 0.15
    chosen = r.randrange(len(kept))
    factors = [monomial(r, family) if odd and i == chosen else common for i in range(len(kept))]
    if r.random() < 0.2:
        return f"({' + '.join(kept)})*{common}"
    return " + ".join(
        f"({term})*{factor}" if r.random() < 0.7 else f"{factor}*({term})"
        for term, factor in zip(kept, factors, strict=True)
    )


def monomial(r: random.Random, family: Family) -> str:
    """A number times up to three powers of kernels."""
    factors = [r.choice(NUMBERS)] if r.random() < 0.4 else []
    for _ in range(r.choice([0, 1, 1, 2, 2, 3])):
        kernel, power = r.choice(family.kernels), r.choice(POWERS)
        factors.append(f"({kernel}){power}" if power else kernel)
    return "*".join(factors) or "1"


def filled(text: str, chosen: Mapping[str, str]) -> str:
    """The text with arguments in the places of names."""
    out, word = [], ""
    for c in text + " ":
        if c.isalnum() or c == "_":
            word += c
            continue
        out.append(f"({chosen[word]})" if len(chosen.get(word, "")) > 1 else chosen.get(word, word))
        out.append(c)
        word = ""
    return "".join(out).strip()
