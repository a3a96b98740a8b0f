"""The directives ``operations`` and ``verbs``: reference pages from the rows and docstrings."""

from __future__ import annotations

import inspect
import textwrap
from typing import Any

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

import symdiff as sd

PUBLIC = [name for name in dir(sd) if name[0] != "_"]


class Operations(SphinxDirective):
    """A section for each operation of the package, with the text of ``help(sd.name)``."""

    def run(self) -> list[nodes.Node]:
        lines: list[str] = []
        for name in PUBLIC:
            row = getattr(sd, name)
            if isinstance(row, sd.Op) and row.name == name:
                called = inspect.signature(row)
                lines += [f".. py:function:: symdiff.{name}{called}", "", *_page(row), ""]
        return self.parse_text_to_nodes("\n".join(lines))


class Verbs(SphinxDirective):
    """The functions and classes from some modules of the package, other than its operations."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        modules = tuple([f"symdiff.{name}" for name in self.arguments[0].split()])
        lines: list[str] = []
        for name in PUBLIC:
            value: Any = getattr(sd, name)
            if isinstance(value, sd.Op) or not callable(value):
                continue
            home = value.__module__
            if any(home == module or home.startswith(f"{module}.") for module in modules):
                kind = "autoclass" if inspect.isclass(value) else "autofunction"
                lines += [f".. {kind}:: symdiff.{name}", ""]
        return self.parse_text_to_nodes("\n".join(lines))


def _page(row: sd.Op) -> list[str]:
    """The page of an operation: a sentence, what the row says as it stands, and a session."""
    summary, _, rest = (inspect.getdoc(row) or "").partition("\n\n")
    said, _, session = rest.partition("\n\n")
    blocks = [
        summary.replace("*", r"\*"),
        ".. code-block:: none",
        textwrap.indent(said, "   "),
        session,
    ]
    return textwrap.indent("\n\n".join(blocks), "   ").splitlines()


def setup(app: Any) -> dict[str, bool]:
    app.add_directive("operations", Operations)
    app.add_directive("verbs", Verbs)
    return {"parallel_read_safe": True}
