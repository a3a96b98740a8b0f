"""Values of graphs as they are written, without the forms that ``evaluate`` chooses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from symdiff.backend.evaluate import values_of
from symdiff.expr import Expr


def as_written(outputs: Sequence[Expr], values: Mapping[Any, Any]) -> list[Any]:
    """The value of each output, computed node by node."""
    found = values_of(outputs, values)
    return [found[out] for out in outputs]
