"""Ten thousand random graphs at eight points each: the simplified function is the original one.

Values are compared in floats, within the rounding errors that the graphs may make, and over the
reals at many digits, where huge and tiny numbers have room.  Derivatives are compared over the
reals, on kinks too.  Simplifying again changes nothing, and what is printed reads back.
"""

from __future__ import annotations

import math
import random
import struct
from fractions import Fraction
from typing import Any

import pytest
from as_written import as_written
from oracle.array_running import made
from oracle.array_subject import Subject
from scalar_checks import Point, compare_exactly, compare_in_floats, is_defined
from scalar_graphs import inside, points, random_outputs

import symdiff as sd
from symdiff.expr import Expr
from symdiff.leaves import Const, Var
from symdiff.rewrite.simplify import simplify
from symdiff.rewrite.standard import canonical
from symdiff.walk import postorder

BLOCK = 100
slow = pytest.mark.slow


def blocks(count: int, full: int) -> list[Any]:
    """The first seeds of blocks: ``count`` graphs in every run, up to ``full`` in the slow one."""
    later = [pytest.param(i, marks=slow) for i in range(count, full, BLOCK)]
    return [*range(0, count, BLOCK), *later]


def variables(e: Expr) -> list[Expr]:
    return [v for v in postorder([e]) if v.op is Var and v.kind == "real"]


@pytest.mark.parametrize("start", blocks(300, 10_000))
def test_simplified_equals_original_where_finite(start: int) -> None:
    floats = exact = total = 0
    for seed in range(start, start + BLOCK):
        outputs = random_outputs(seed)
        at = points(seed, outputs)
        for e, s in zip(outputs, simplify(outputs), strict=True):
            if at[0]:
                found = compare_in_floats(e, s, at)
                assert not found.wrong, (seed, found.wrong[0])
                floats += found.count
            found = compare_exactly([e], [s], at)
            assert not found.wrong, (seed, found.wrong[0])
            exact += found.count if e is not s else sum(is_defined(e, p) for p in at)
            total += len(at)
    assert floats > total / 2
    assert exact > total / 2


@pytest.mark.parametrize("start", blocks(100, 10_000))
def test_derivatives_of_simplified_equal_those_of_the_original(start: int) -> None:
    compared = 0
    for seed in range(start, start + BLOCK):
        outputs = random_outputs(seed, 10)
        everywhere = points(seed, outputs)
        for e, s in zip(outputs, simplify(outputs), strict=True):
            wrt = variables(e)
            at: list[Point] = [p for p in everywhere if wrt and is_defined(e, p)]
            if not at:
                continue
            raw = sd.grad(e, wrt, simplify=False)
            for other in (sd.grad(s, wrt, simplify=False), simplify(raw)):
                found = compare_exactly(raw, other, at)
                assert not found.wrong, (seed, found.wrong[0], str(e))
                compared += found.count
    assert compared > 2 * BLOCK


SPECIALS = [0.0, -0.0, 1.5, -2.25, math.inf, -math.inf, math.nan, 1e300, 1e-310]


def test_exact_simplification_keeps_every_bit() -> None:
    for seed in range(300):
        outputs = random_outputs(seed, 10)
        after = simplify(outputs, exact=True)
        again = simplify(after, exact=True)
        assert all(a is b for a, b in zip(after, again, strict=True)), seed
        r = random.Random(seed)
        inputs = [v for v in postorder(outputs) if v.op is Var]
        for _ in range(4):
            at = {v: inside(v, r.choice(SPECIALS if v.kind == "real" else [0, 7])) for v in inputs}
            pairs = zip(as_written(outputs, at), as_written(after, at), strict=True)
            assert all(_bits(old) == _bits(new) for old, new in pairs), (seed, at)


def _bits(value: float) -> bytes:
    return b"nan" if math.isnan(value) else struct.pack("d", value)


@pytest.mark.parametrize("start", blocks(300, 20_000))
def test_simplify_is_idempotent(start: int) -> None:
    for seed in range(start, start + BLOCK):
        _settled(seed, random_outputs(seed, 20))


@pytest.mark.parametrize("start", blocks(100, 2000))
def test_simplify_is_idempotent_on_derivatives(start: int) -> None:
    for seed in range(start, start + BLOCK):
        outputs = random_outputs(seed, 12)
        wrt = variables(outputs[0])
        _settled(seed, [*outputs, *sd.grad(outputs[0], wrt, simplify=False)])


@pytest.mark.parametrize("start", blocks(100, 2000))
def test_simplify_is_idempotent_on_arrays(start: int) -> None:
    for seed in range(start, start + BLOCK):
        subject = Subject(made(seed, "arrays", 0))
        _settled(seed, [subject.out])
        _settled(seed, subject.raw[1])


def _settled(seed: int, outputs: list[Expr]) -> None:
    once = simplify(outputs)
    twice = simplify(once)
    for a, b in zip(once, twice, strict=True):
        assert a is b, (seed, str(a), str(b))


def _reads_back(seed: int, e: Expr) -> None:
    """The functional text gives the node itself, the formula what is the same sum or product."""
    nodes = postorder([e])
    known = {v.name: v for v in nodes if v.op is Var}
    text = sd.to_text(e, limit=None, max_ops=None)
    again = sd.parse(text, known)
    assert sd.to_text(again, limit=None, max_ops=None) == text, seed
    if any(n.op is Const and n.shape for n in nodes):
        return  # every array is a constant of its own
    assert sd.parse(sd.to_text(e, limit=None, functional=True), known) is e, seed
    same = canonical(again) is canonical(e) if any(map(_is_wide, nodes)) else again is e
    assert same, (seed, text)


def _is_wide(node: Expr) -> bool:
    """Sums of three terms are read as sums of two, fractions as quotients."""
    if node.op is Const:
        return isinstance(node.value, Fraction)
    return node.op.arity is None and len(node.args) > 2


@pytest.mark.parametrize("start", blocks(200, 10_000))
def test_printed_text_reads_back(start: int) -> None:
    for seed in range(start, start + BLOCK):
        outputs = random_outputs(seed, 20)
        for e in (*outputs, *simplify(outputs)):
            _reads_back(seed, e)


@pytest.mark.parametrize("start", blocks(100, 2000))
def test_printed_text_of_arrays_reads_back(start: int) -> None:
    for seed in range(start, start + BLOCK):
        subject = Subject(made(seed, "arrays", 0))
        for e in (subject.out, simplify(subject.out), *sd.grad(subject.out, subject.inputs)):
            _reads_back(seed, e)
