"""Other ways to write functions: identities in the direction that ``simplify`` does not take.

Each set of rows is used alone, so that no row of another set takes it back; what comes of it is
simplified and counted by the search.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from ...expr import Expr
from ...leaves import const
from ...ops import arithmetic as ar
from ...ops import elementary as el
from ..engine import collected
from ..exact import HALF
from ..match import wildcard
from ..present import Presenter
from ..row import REAL, Rule
from ..table import Table


def identities() -> list[list[Rule]]:
    """Every set of rows."""
    a = wildcard("a")
    sin, cos, tan, sinh, cosh = el.sin, el.cos, el.tan, el.sinh, el.cosh
    half, two = const(HALF), const(2)
    twice = ar.mul(two, a)
    return [
        [Rule("cos² by sin", cos(a)**2, 1 - sin(a)**2, REAL)],
        [Rule("sin² by cos", sin(a)**2, 1 - cos(a)**2, REAL)],
        [Rule("tan by sin and cos", tan(a), sin(a) / cos(a), REAL)],
        [Rule("tan² by cos", tan(a)**2, 1 / cos(a)**2 - 1, REAL)],
        [Rule("double angle", sin(a) * cos(a), half * sin(twice), REAL),
         Rule("cos² by the double angle", cos(a)**2, half + half * cos(twice), REAL),
         Rule("sin² by the double angle", sin(a)**2, half - half * cos(twice), REAL)],
        [Rule("sine of the double", sin(twice), 2 * sin(a) * cos(a), REAL),
         Rule("cosine of the double", cos(twice), 2 * cos(a)**2 - 1, REAL)],
        [Rule("cosh² by sinh", cosh(a)**2, 1 + sinh(a)**2, REAL)],
        [Rule("sinh² by cosh", sinh(a)**2, cosh(a)**2 - 1, REAL)],
        [Rule("double argument", sinh(a) * cosh(a), half * sinh(twice), REAL)],
    ]  # fmt: skip


@cache
def _tables() -> list[Table]:
    return [Table(rows, canonical=True) for rows in identities()]


def variants(outputs: list[Expr]) -> Iterator[list[Expr]]:
    """The outputs with each set of identities used, where it makes a difference."""
    plain, _ = collected(outputs, Table())
    for table in _tables():
        forms, form = collected(outputs, table)
        if forms != plain:
            yield Presenter(forms, form).run()
