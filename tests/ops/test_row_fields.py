"""What the fields of every row say, beside the derivative and the value."""

import pytest

from symdiff.expr import OPS


@pytest.mark.parametrize("op", OPS.values(), ids=OPS)
def test_costs_and_accuracies_are_not_negative(op):
    assert op.cost >= 0
    assert len(op.accuracy) == 2
    assert min(op.accuracy) >= 0
