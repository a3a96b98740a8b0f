"""Inputs that are no sizes, and inputs too large, are refused before any work is done."""

import numpy as np
import pytest

import symdiff as sd

x = sd.Var("x")
V = sd.Var("v", (3,))
BAD_SIZES = [(2.5,), (True,), "23", (np.bool_(True),), ("2",), 2.0, (None,), ((2,),), (1 + 0j,)]
SHAPED = {
    "Var": lambda shape: sd.Var("v", shape),
    "zeros": sd.zeros,
    "ones": sd.ones,
    "full": lambda shape: sd.full(shape, x),
    "broadcast_to": lambda shape: sd.broadcast_to(x, shape),
    "reshape": lambda shape: sd.reshape(x, shape),
}


@pytest.mark.parametrize("name", SHAPED)
@pytest.mark.parametrize("shape", BAD_SIZES, ids=repr)
def test_a_shape_is_made_of_whole_numbers(name, shape):
    with pytest.raises(sd.KindError, match=f"{name}|full"):
        SHAPED[name](shape)


@pytest.mark.parametrize("name", SHAPED)
def test_no_array_has_sizes_beyond_those_of_numpy(name):
    for shape in ((-2,), (2**63,), (2**32, 2**31), (0, 10**5000)):
        with pytest.raises(sd.ShapeError):
            SHAPED[name](shape)


def test_whole_numbers_of_any_type_are_sizes():
    assert sd.Var("v", np.array([2, 3])) is sd.Var("v", (np.int8(2), 3)) is sd.Var("v", [2, 3])
    assert sd.Var("v", 2) is sd.Var("v", iter((2,)))


TOO_LARGE = [
    "sum(broadcast_to(x, (1000, 1001)))",
    "eye(1001)",
    "eye(1001, 1000, 1)",
    "identity(1001)",
    "sum(tile(tile(x, 1000), 1001))",
    "tile(tile(tile(tile(x, 1000), 1000), 1000), 1000)",
    "sum(repeat(repeat(v, 1000), 1000))",
    "full((1000, 1001), x)",
    "zeros((1000, 1001))",
    "v * tile(x, 400000)[:, None]",
    "tile(x, 400000)[:, None] < v",
    "outer(tile(x, 1001), tile(x, 1000))",
    "kron(tile(v, 1000), tile(v, 1000))",
    "diag(tile(x, 1001))",
    "stack([tile(x, 500001), tile(x, 500001)])",
    "[tile(x, 500001), tile(x, 500001)]",
    "concatenate([tile(x, 500001), tile(x, 500001)])",
    "pad(tile(x, 1000)[:, None], (500, 500))",
    "tile(x, (1001, 1)) @ tile(x, (1, 1000))",
    "einsum('i,j', tile(x, 1001), tile(x, 1000))",
    "BroadcastTo(x, rank=0, shape=(1000, 1001))",
    "x where y = eye(1001)",
]


@pytest.mark.parametrize("text", TOO_LARGE)
def test_a_text_makes_no_array_of_many_elements(text):
    with pytest.raises(sd.LimitError, match="max_elements"):
        sd.parse(text.replace(" where", "\nwhere"), [x, V])


def test_the_limit_on_elements_is_an_argument():
    assert sd.parse("eye(1000)").shape == (1000, 1000)
    assert sd.parse("eye(2000)", max_elements=4_000_000).shape == (2000, 2000)
    with pytest.raises(sd.LimitError):
        sd.parse("eye(3)", max_elements=8)


def test_a_text_on_large_variables_may_make_arrays_as_large():
    large = sd.Var("w", (3_000_000,))
    assert sd.parse("sin(w) + 1", [large]) is sd.sin(large) + 1
    with pytest.raises(sd.LimitError):
        sd.parse("[w, w]", [large])
