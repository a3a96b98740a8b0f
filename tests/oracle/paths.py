"""The ways from a text to its numbers: every public road that a formula may take."""

from __future__ import annotations

import ast
import random
from collections.abc import Callable, Iterator
from itertools import product
from typing import NamedTuple

import numpy as np

import symdiff as sd
from symdiff.errors import KindError, LimitError, NotPolynomial
from symdiff.walk import postorder

from .shrink import is_truth
from .subject import Own, Reading, Subject, flat
from .truth import jet, value

Readings = Iterator[Reading]


class Path(NamedTuple):
    """One way, and the share of cases that take it unless it is asked for."""

    walk: Callable[[Subject], Readings]
    share: float = 1.0


def _all(s: Subject) -> range:
    return range(len(s.raw))


def raw(s: Subject) -> Readings:
    """The graphs of the calculus as they are, evaluated, and node by node."""
    yield Reading("raw, node by node", _all(s), s.floats, s.raw)
    yield Reading("raw", _all(s), s.evaluated(s.raw))


def of_value(s: Subject) -> Readings:
    """The value alone: simplified, and compiled as it is."""
    found = sd.simplify(s.f)
    yield Reading("simplify f", [0], s.evaluated([found]), [found])
    yield Reading("compile f", [0], s.called(sd.compile(s.f, s.variables)))


def verbs(s: Subject) -> Readings:
    """simplify, grad and hessian as a user calls them."""
    yield Reading("verbs", _all(s), s.evaluated(s.simple), s.simple)


def effort(level: int, all_of_them: bool = True) -> Callable[[Subject], Readings]:
    """simplify of the raw graphs together; the slow search is spared the Hessian."""

    def walk(s: Subject) -> Readings:
        graphs = s.raw if all_of_them else s.raw[: 1 + len(s.names)]
        found = sd.simplify(graphs, effort=level)
        yield Reading(f"simplify {level}", range(len(graphs)), s.evaluated(found), found)

    return walk


def exact(s: Subject) -> Readings:
    found = sd.simplify(s.raw, exact=True)
    yield Reading("simplify exact", _all(s), s.evaluated(found), found)


def stable(s: Subject) -> Readings:
    found = sd.stable(s.raw)
    yield Reading("stable", _all(s), s.evaluated(found), found)


def compiled_raw(s: Subject) -> Readings:
    compiled = sd.compile(s.raw, s.variables)
    yield Reading("compile raw", _all(s), s.called(compiled))


def compiled_slow(s: Subject) -> Readings:
    compiled = sd.compile(s.raw, s.variables, fast=False)
    yield Reading("compile raw, fast=False", _all(s), s.called(compiled))


def joint(s: Subject) -> Readings:
    """Value, gradient and Hessian of the verbs, compiled together."""
    compiled = sd.compile(s.simple, s.variables)
    yield Reading("joint", _all(s), s.called(compiled), s.simple)


def stacked(s: Subject) -> Readings:
    """The gradient and the Hessian as one array each."""
    slopes, second = sd.grad(s.f, s.variables), sd.hessian(s.f, s.variables)
    compiled = sd.compile([s.f, slopes, second], s.variables)
    yield Reading("stacked", _all(s), s.called(compiled), s.simple)


def alone(s: Subject) -> Readings:
    """Each simplified entry compiled by itself."""
    for i, graph in enumerate(s.simple):
        compiled = sd.compile(graph, s.variables)
        yield Reading("compile alone", [i], s.called(compiled), [graph])


def batch(s: Subject) -> Readings:
    """All points at once."""
    compiled = sd.compile(s.simple, s.variables)
    columns = [np.array([float(at[n]) for at in s.case.points]) for n in s.names]
    found = compiled(*columns)
    rows = [[column[i] for column in found] for i in range(len(s.case.points))]
    yield Reading("batch", _all(s), rows, s.simple)


def modes(s: Subject) -> Readings:
    """The Hessian by all four orders of forward and reverse."""
    n = len(s.names)
    for order in product(("forward", "reverse"), repeat=2):
        for simplify in (True, False):
            found = flat(sd.hessian(s.f, s.variables, modes=order, blocks=True, simplify=simplify))
            label = f"hessian {order} simplify={simplify}"
            yield Reading(label, range(1 + n, 1 + n + n * n), s.evaluated(found), found)


def singles(s: Subject) -> Readings:
    """One variable at a time, by every verb that has one."""
    n = len(s.names)
    first = range(1, 1 + n)
    for label, verb in {
        "grad of one": lambda v: sd.grad(s.f, v),
        "derivative": lambda v: sd.derivative(s.f, v),
        "jvp": lambda v: sd.jvp(s.f, v, 1),
        "vjp": lambda v: sd.vjp(s.f, v, 1),
        "jacobian": lambda v: sd.jacobian(s.f, v, mode="forward"),
    }.items():
        found = [verb(v) for v in s.variables]
        yield Reading(label, first, s.evaluated(found), found)
    squares = [1 + n + i * n + i for i in range(n)]
    for label, verb in {
        "second derivative": lambda v: sd.derivative(s.f, v, 2),
        "hvp": lambda v: sd.hvp(s.f, v, 1),
    }.items():
        found = [verb(v) for v in s.variables]
        yield Reading(label, squares, s.evaluated(found), found)


def resimplified(s: Subject) -> Readings:
    """Derivatives of the simplified value."""
    slopes = [sd.grad(s.simple[0], v) for v in s.variables]
    second = [sd.grad(slope, v) for slope in slopes for v in s.variables]
    found = [s.simple[0], *slopes, *second]
    yield Reading("grad of simplified", _all(s), s.evaluated(found), found)


def nodes(s: Subject) -> Readings:
    """The derivative by a node inside, in a list with the variables."""
    r = random.Random(s.case.text)
    inside = [n for n in ast.walk(ast.parse(s.case.text, mode="eval").body)
              if isinstance(n, (ast.BinOp, ast.Call)) and not is_truth(n)]  # fmt: skip
    if not inside:
        return
    chosen = ast.unparse(r.choice(inside))
    node = sd.parse(chosen, vars=s.variables)
    text = _replaced(s.case.text, chosen, "node_")
    found = sd.grad(s.f, [node, *s.variables])
    rest = range(1, 1 + len(s.names))
    values = s.evaluated(found)
    yield Reading("grad by [node, ...]", rest, [row[1:] for row in values], found[1:])
    truths = [jet(text, {**at, "node_": value(chosen, at)}, ["node_"]) for at in s.case.points]
    base = sd.grad(s.f, node, simplify=False)
    plain = [row[0] for row in s.plainly([base])]
    own = Own(f"d({chosen})", base, [truth.gradient[0] for truth in truths], plain)
    yield Reading("grad by [node, ...]", [0], [row[:1] for row in values], found[:1], own)


def _replaced(text: str, old: str, new: str) -> str:
    class Swap(ast.NodeTransformer):
        def generic_visit(self, node: ast.AST) -> ast.AST:
            if isinstance(node, ast.expr) and ast.unparse(node) == old:
                return ast.Name(new, ast.Load())
            return super().generic_visit(node)

    return ast.unparse(Swap().visit(ast.parse(text, mode="eval").body))


def printed(s: Subject) -> Readings:
    """Text that is printed and read again, exact and as a formula for people; LaTeX has to go
    through.
    """
    texts = [sd.to_text(graph) for graph in s.simple]
    found = [sd.parse(text, vars=s.variables) for text in texts]
    for graph in s.simple:
        sd.latex(graph)
    yield Reading("parse of print", _all(s), s.evaluated(found), found)
    yield _read("parse of str", s, [str(graph) for graph in s.simple])


def unicode(s: Subject) -> Readings:
    """Formulas as people write them, ``|x|·√y``, alone and behind definitions, read back.

    An equation is printed as ``x = 1``, which in a text would be a definition.
    """
    if any(n.op is sd.Eq for n in postorder(s.simple)):
        return
    yield _read("parse of pretty", s, [sd.pretty(graph, max_ops=None) for graph in s.simple])
    texts = []
    for graph in s.simple:
        bindings, out = sd.cse(graph)
        lines = [f"{sd.pretty(name)} = {sd.pretty(part)}" for name, part in bindings]
        texts.append("; ".join([*lines, sd.pretty(out)]))
    yield _read("parse of definitions", s, texts)


def _read(label: str, s: Subject, texts: list[str]) -> Reading:
    """The simplified graphs by texts that leave out what holds by convention."""
    named = {sd.pretty(v): v for v in s.variables}
    read = [sd.parse(text, vars=named) for text in texts]
    rows = zip(by_convention(s), s.evaluated(read), s.evaluated(s.simple), strict=True)
    values = [[there if at else here for at, here, there in zip(*row, strict=True)] for row in rows]
    return Reading(label, _all(s), values, read)


def by_convention(s: Subject) -> list[list[bool]]:
    """By point, whether the value of each simplified graph is one by a convention that a formula
    leaves out: where what a row says is read in its place has another value.
    """
    found: list[list[bool]] = [[] for _ in s.case.points]
    for graph in s.simple:
        said = [n for n in postorder([graph]) if n.op.reading is not None]
        read = [n.op.reading(*n.args) for n in said]
        for row, values in zip(found, s.plainly([*said, *read]), strict=True):
            pairs = zip(values[: len(said)], values[len(said) :], strict=True)
            row.append(any(a != b for a, b in pairs))
    return found


def forms(s: Subject) -> Readings:
    """Named forms of the value and of the gradient."""
    n = 1 + len(s.names)
    x = s.variables[0]
    for label, form in {
        "expand": lambda e: sd.expand(e, limit=2000),
        "together": sd.together,
        "factor_terms": sd.factor_terms,
        "collect": lambda e: sd.collect(e, x, limit=2000),
        "horner": lambda e: sd.horner(e, x, limit=2000),
    }.items():
        for i in range(n):
            try:
                found = form(s.simple[i])
            except (LimitError, NotPolynomial, KindError):
                continue
            yield Reading(label, [i], s.evaluated([found]), [found])


def sharing(s: Subject) -> Readings:
    """Common parts named, and put back."""
    bindings, found = sd.cse(s.simple)
    for name, part in reversed(bindings):
        found = sd.subs(found, {name: part})
    yield Reading("cse and back", _all(s), s.evaluated(found), found)


def substituted(s: Subject) -> Readings:
    """A variable renamed, shifted, and shifted back by its value."""
    new = [sd.Var(f"{v.name}_") for v in s.variables]
    moved = sd.subs(s.simple, {v: w - 1 for v, w in zip(s.variables, new, strict=True)})
    found = sd.simplify(sd.subs(moved, {w: v + 1 for v, w in zip(s.variables, new, strict=True)}))
    yield Reading("subs", _all(s), s.evaluated(found), found)


PATHS: dict[str, Path] = {
    "value": Path(of_value),
    "raw": Path(raw, 0.3),
    "verbs": Path(verbs, 0.35),
    "joint": Path(joint, 0.35),
    "compile": Path(compiled_raw, 0.3),
    "simplify": Path(effort(1), 0.1),
    "effort0": Path(effort(0), 0.1),
    "effort2": Path(effort(2, False), 0.03),
    "effort3": Path(effort(3, False), 0.03),
    "exact": Path(exact, 0.05),
    "stable": Path(stable, 0.1),
    "slow": Path(compiled_slow, 0.05),
    "stacked": Path(stacked, 0.05),
    "alone": Path(alone, 0.05),
    "batch": Path(batch, 0.05),
    "modes": Path(modes, 0.03),
    "singles": Path(singles, 0.05),
    "resimplified": Path(resimplified, 0.05),
    "nodes": Path(nodes, 0.1),
    "print": Path(printed, 0.1),
    "unicode": Path(unicode, 0.1),
    "forms": Path(forms, 0.08),
    "cse": Path(sharing, 0.1),
    "subs": Path(substituted, 0.05),
}


def chosen(r: random.Random, wanted: list[str] | None) -> list[str]:
    """The paths that a case takes."""
    if wanted is not None:
        return wanted
    return [name for name, path in PATHS.items() if r.random() < path.share]
