"""Inputs that are no sizes, and inputs too large, are refused before any work is done."""

import numpy as np
import pytest

import symdiff as sd

x = sd.Var("x")
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
