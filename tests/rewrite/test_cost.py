"""What simplification costs, in looks at nodes: alike on any machine."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

import symdiff as sd
from symdiff.expr import Expr
from symdiff.rewrite import simplify as simplifying
from symdiff.rewrite.engine import Engine
from symdiff.rewrite.forms.rational import Fractions
from symdiff.rewrite.simplify import simplified

x, y, a = sd.vars("x y a")


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Callable[[type, str], list[int]]:
    """How often a method is called, in a list of one number."""

    def count(kind: type, name: str) -> list[int]:
        genuine, calls = getattr(kind, name), [0]

        def counting(self: object, *args: object) -> object:
            calls[0] += 1
            return genuine(self, *args)

        monkeypatch.setattr(kind, name, counting)
        return calls

    simplifying._remembered.cache_clear()
    return count


def test_forty_outputs_cost_at_most_twice_what_they_cost_together(
    counted: Callable[[type, str], list[int]],
) -> None:
    xs = [sd.Var(f"x{i}") for i in range(40)]
    f = sd.log(sum(sd.exp(v) for v in xs))
    f += sum((v - u**2) ** 2 for u, v in pairwise(xs))
    slopes = sd.grad(f, xs, simplify=False)
    steps = counted(Engine, "_next")
    simplifying._settled(slopes)
    together = steps[0]
    steps[0] = 0
    simplified(slopes)
    assert steps[0] <= 2 * together


def test_what_was_found_is_not_multiplied_out_again(
    counted: Callable[[type, str], list[int]],
) -> None:
    runs = counted(Fractions, "run")
    e = x / (1 + x * y) + y * (1 - x) / (1 + x * y) ** 2
    found = simplified([e])[0]
    first = runs[0]
    assert simplified([found]) == [found]
    assert first <= 5
    assert simplified([e]) == [found]
    assert runs[0] <= first + 3  # the second time, e is remembered


def test_sums_of_a_fraction_are_divided_by_each_other() -> None:
    slope = sd.grad(sd.atan((a + x) / (1 - a * x)), x)
    assert str(slope) == "1/(x**2 + 1)"


def test_a_hessian_s_gradient_is_searched_once(
    counted: Callable[[type, str], list[int]],
) -> None:
    f: Expr = sd.sin(x * y) * sd.exp(-(x**2)) + sd.log(1 + x**2 + y**2) / (1 + sd.cos(y) ** 2)
    runs = counted(Fractions, "run")
    simplified(list(sd.grad(f, [x, y], simplify=False)), briefly=True)
    assert runs[0] <= 4  # at most two ways for each slope
