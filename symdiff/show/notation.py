"""The table of the differences between the ways of writing a formula."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ..expr import Expr, Op
from .layout import Layout, Part, Sep


class Notation(NamedTuple):
    """The differences between the ways of writing a formula."""

    number: Callable[[Any], Layout]
    name: Callable[[Expr], Layout]
    template: Callable[[Op], str]
    call: Callable[[Op], tuple[str, str]]  # what opens and closes a call
    parameter: Callable[[str], str]
    minus: str
    product: Sep
    elementwise: Sep  # between arrays
    matrix: Sep
    raised: str  # behind what is transposed
    ones: str  # a vector of ones
    quotient: Callable[[Expr], Layout]
    power: Callable[[Expr], Layout]
    listed: Callable[[Expr], list[Part]]
    indexed: Callable[[Expr], list[Part]]
    square: tuple[str, str]  # around the parts that a call takes as a list
    spelling: int  # which of the templates that a row makes for a node
