"""The directives ``operations`` and ``verbs``: reference pages from the rows and docstrings."""

from __future__ import annotations

import inspect
from typing import Any

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

import symdiff as sd


class Operations(SphinxDirective):
    """A section for each operation of the package, with the text of ``help(sd.name)``."""

    def run(self) -> list[nodes.Node]:
        lines: list[str] = []
        for name, row in sorted(vars(sd).items()):
            if isinstance(row, sd.Op) and name in sd.__all__ and row.name == name:
                lines += [f".. py:function:: symdiff.{name}", "", *_indented(row), ""]
        return self.parse_text_to_nodes("\n".join(lines))


class Verbs(SphinxDirective):
    """The functions and classes that the package exports, other than its operations, by module."""

    def run(self) -> list[nodes.Node]:
        groups: dict[str, list[str]] = {}
        for name in sorted(sd.__all__):
            value: Any = getattr(sd, name)
            if isinstance(value, sd.Op) or not callable(value):
                continue
            groups.setdefault(value.__module__, []).append(name)
        lines: list[str] = []
        for names in groups.values():
            for name in names:
                kind = "autoclass" if inspect.isclass(getattr(sd, name)) else "autofunction"
                lines += [f".. {kind}:: symdiff.{name}", ""]
        return self.parse_text_to_nodes("\n".join(lines))


def _indented(row: sd.Op) -> list[str]:
    return [f"   {line}" for line in (inspect.getdoc(row) or "").splitlines()]


def setup(app: Any) -> dict[str, bool]:
    app.add_directive("operations", Operations)
    app.add_directive("verbs", Verbs)
    return {"parallel_read_safe": True}
