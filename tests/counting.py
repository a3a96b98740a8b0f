"""Work that is counted, not timed."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from symdiff.expr import Expr
from symdiff.ops.arithmetic import neg
from symdiff.ops.elementary import pow
from symdiff.rewrite.exact import number
from symdiff.walk import postorder


def calls_of(run: Callable[[], object]) -> int:
    """How many Python functions are called."""
    count = 0

    def look(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event == "call"

    with _no_garbage_of_others():
        sys.setprofile(look)
        try:
            run()
        finally:
            sys.setprofile(None)
    return count


def lines_of(run: Callable[[], object]) -> int:
    """How many lines of Python are executed, each turn of a loop anew."""
    count = 0

    def look(frame: object, event: str, argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return look

    before = sys.gettrace()
    with _no_garbage_of_others():
        sys.settrace(look)
        try:
            run()
        finally:
            sys.settrace(before)
    return count


def measure(outputs: Sequence[Expr]) -> float:
    """What every rule makes smaller: the cost of the shared graph in reading form."""
    total = 0.0
    for node in postorder(outputs):
        if node.op is pow:
            total += 16.0 if number(node.args[1]) is None else 1.5
        elif node.op is neg:
            total += 0.5
        elif node.args:
            many = node.op.arity is None and node.op.elementwise
            total += node.op.cost * (len(node.args) - 1 if many else 1)
    return total


@contextmanager
def _no_garbage_of_others() -> Iterator[None]:
    """No collection in between: it would call back for what other tests have left behind."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
