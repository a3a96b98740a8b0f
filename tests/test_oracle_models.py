"""The models of science: they parse, their truth is finite where they are drawn."""

from __future__ import annotations

import random

import pytest
from mpmath import mp
from oracle.models import MODELS, Model
from oracle.truth import value

import symdiff as sd
from symdiff.leaves import Var
from symdiff.walk import postorder


def test_there_are_many_of_many_fields() -> None:
    assert len(MODELS) >= 60
    assert len({m.name for m in MODELS}) == len(MODELS)
    assert len({m.field for m in MODELS}) >= 40


@pytest.mark.parametrize("model", MODELS, ids=[m.name for m in MODELS])
def test_every_model_has_a_value_where_it_is_drawn(model: Model) -> None:
    variables = {n.name for n in postorder([sd.parse(model.text)]) if n.op is Var}
    assert variables == set(model.ranges)
    assert set(model.far) <= variables
    draw = random.Random(model.name)
    for far in (False, True):
        assert mp.isfinite(value(model.text, model.point(draw, far)))
