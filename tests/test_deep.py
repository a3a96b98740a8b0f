"""Depth and sharing: every public function at Python's own recursion limit, in linear size."""

import sys
from inspect import isfunction

import pytest
from deep_calls import CALLS, DEPTHS, LESS, chain, derivatives, ladder, wrong

import symdiff as sd

x = sd.Var("x")
NOT_OF_EXPRESSIONS = {"constant", "doctor", "primitive", "progress", "symbols", "vars"}
LIGHT = [name for name, call in CALLS.items() if not call.heavy]
HEAVY = [name for name, call in CALLS.items() if call.heavy]


@pytest.fixture(scope="module", params=DEPTHS)
def depth(request):
    assert sys.getrecursionlimit() <= 1000
    return request.param


@pytest.fixture(scope="module")
def deep(depth):
    return chain(x, depth), derivatives(chain, depth)


@pytest.mark.parametrize("name", LIGHT)
def test_a_deep_chain(deep, name):
    e, numbers = deep
    assert not wrong(name, e, x, numbers)


@pytest.mark.parametrize("name", HEAVY)
def test_a_deep_chain_with_second_derivatives(depth, name):
    levels = depth // LESS
    assert not wrong(name, chain(x, levels), x, derivatives(chain, levels))


@pytest.mark.parametrize("name", CALLS)
def test_sixty_shared_levels(name):
    assert not wrong(name, ladder(x, 60), x, derivatives(ladder, 60))


def test_every_public_function_is_in_the_list():
    covered = {part for name in CALLS for part in name.split(", ")}
    rows = {*sd.OPS, *(op.title for op in sd.OPS.values()), *sd.FUNCTIONS, *sd.ALIASES}
    public = {n for n in sd.__all__ if n not in rows and isfunction(getattr(sd, n))}
    public |= {"Compiled", "Dual", "Expr"}
    assert public - NOT_OF_EXPRESSIONS <= covered
    assert covered - {"check_adjoint"} <= public
