"""Whether two expressions differ where they are said to: 50 digits decide."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np

from symdiff.leaves import Var
from symdiff.rewrite.check import Disagreement
from symdiff.walk import postorder
from symdiff.witness import mp_evaluate


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
