"""Depth and sharing: every public function at Python's own recursion limit, in linear size."""

import sys
from inspect import isfunction

import pytest
from deep_calls import CALLS, DEPTHS, LEAST, LESS, chain, derivatives, ladder, wrong

import symdiff as sd
from symdiff.ops.names import FUNCTIONS, public

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
    levels = max(depth // LESS, LEAST)
    assert not wrong(name, chain(x, levels), x, derivatives(chain, levels))


@pytest.mark.parametrize("name", CALLS)
def test_sixty_shared_levels(name):
    assert not wrong(name, ladder(x, 60), x, derivatives(ladder, 60))


def test_every_public_function_is_in_the_list():
    covered = {name.split(",")[0] for name in CALLS}
    rows = {*public(), *FUNCTIONS}
    functions = {n for n in dir(sd) if n[0] != "_" and n not in rows and isfunction(getattr(sd, n))}
    functions |= {"Compiled", "Dual", "Expr"}
    assert functions - NOT_OF_EXPRESSIONS <= covered
    assert covered - {"check_adjoint"} <= functions
