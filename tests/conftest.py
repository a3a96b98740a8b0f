"""Every test fails in which a form was proposed whose values are not those of its original.

The check drops such a form before anybody sees it; so the fault that made it would stay unseen.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import mpmath
import numpy as np
import pytest

from symdiff.leaves import Var
from symdiff.rewrite.check import Disagreement, disagreements
from symdiff.walk import postorder
from symdiff.witness import mp_evaluate


@pytest.fixture(autouse=True)
def no_form_has_other_values() -> Iterator[None]:
    with disagreements() as found:
        yield
    for item in found:
        if confirmed(item):
            pytest.fail(f"{item.proposed} was proposed for {item.original}: {item.verdict}")


def confirmed(item: Disagreement) -> bool:
    """Whether 50 digits say so too."""
    point = item.verdict.point
    assert point is not None
    for a, b in zip(item.original, item.proposed, strict=True):
        values = {
            v: np.asarray(point[v.name]) if v.shape else point[v.name]
            for v in postorder([a, b])
            if v.op is Var
        }
        left, right = (_numbers(mp_evaluate(e, values)) for e in (a, b))
        for x, y in zip(left, right, strict=True):
            finite = mpmath.isfinite(x) and mpmath.isfinite(y)
            if finite and abs(x - y) > mpmath.mpf(10) ** -30 * (abs(x) + abs(y)):
                return True
    return False


def _numbers(value: Any) -> list[Any]:
    return [mpmath.mpf(v) for v in np.asarray(value, dtype=object).ravel()]
