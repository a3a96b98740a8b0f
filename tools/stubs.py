"""Write ``symdiff/__init__.pyi`` and ``linalg.pyi``: what type checkers and editors know of names.

Most names are made at run time from the rows, where no checker can follow.  Those of functions
that take tensors as well are declared with a type variable.  Run it when a test says that the files
are out of date::

    python tools/stubs.py

Cost: what an import costs; nothing is differentiated.
"""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import symdiff as sd  # noqa: E402
from symdiff.expr import Expr, Op  # noqa: E402
from symdiff.manual import summary  # noqa: E402
from symdiff.ops.names import WRAPPERS  # noqa: E402

HAND = ROOT / "tools" / "by_hand.pyi"
IMPORTS = [
    "from .errors import *",
    "from .ops.linear.functions import EighResult, SlogdetResult",
    "from .ops.shaping import Axes",
]


class Change(NamedTuple):
    """Patterns for the types of parameters and of the result, with what stands for them."""

    taken: str
    wide: str
    given: str
    made: str


TENSORS = Change(r"\bExprLike\b", "_Like[_X]", r"\bExpr\b", "_X")
STRUCTURES = Change(r"^tree: Any$", "tree: _S", r"\bAny\b", "_S")


def stub() -> str:
    """The text of the stub, from the names that ``dir`` lists."""
    head = HAND.read_text()
    by_hand = set(re.findall(r"^(?:def )?(\w+)(?: =|\()", head, re.MULTILINE))
    values = {name: getattr(sd, name) for name in dir(sd) if name[0] != "_"}
    imports = [*IMPORTS]
    body: list[str] = []
    for name, value in values.items():
        own = getattr(value, "__name__", name)
        if name in by_hand:
            continue
        if isinstance(value, ModuleType):
            imports.append(f"from . import {name} as {name}")
        elif isinstance(value, (Expr, sd.Interval)):
            body.append(f"{name}: {type(value).__name__}")
        elif isinstance(value, Op):
            body += operation(name, value, values)
        elif name != own:
            body.append(f"{name} = {own}")
        elif value in WRAPPERS.values():
            body += function(name, value, TENSORS)
        elif ".rewrite." in value.__module__ and "Any" in value.__annotations__["return"]:
            body += function(name, value, STRUCTURES)
        elif name not in sd.errors.__all__:
            module = value.__module__.removeprefix("symdiff")
            imports.append(f"from {module} import {name} as {name}")
    listed = textwrap.fill(", ".join(f'"{name}"' for name in sd.__all__), 96)
    return "\n".join([
        head, *sorted(imports), "", "__version__: str", "__all__ = [", listed, "]", "", *body, "",
    ])  # fmt: skip


def linalg_stub() -> str:
    """The text of the stub of ``sd.linalg``, whose functions are those of the package or alike."""
    lines = ['"""Written by ``tools/stubs.py``."""', "", "# ruff: noqa", "from . import _X, _Like"]
    body = []
    for name in sd.linalg.__all__:
        value = getattr(sd.linalg, name)
        if getattr(sd, name, None) is value:
            lines.append(f"from . import {name} as {name}")
        elif isinstance(value, type):
            lines.append(f"from {value.__module__.removeprefix('symdiff')} import {name} as {name}")
        else:
            body += function(name, value, TENSORS)
    return "\n".join([*lines, "from collections.abc import Sequence", "", *body, ""])


STUBS = {"__init__.pyi": stub, "linalg.pyi": linalg_stub}


def operation(name: str, op: Op, values: dict[str, Any]) -> Iterator[str]:
    """The declaration under one name; the others are aliases, so that they are known to be one."""
    if name in {"Const", "Var"}:
        yield f"{name}: _{name}"
    elif name != op.name:
        yield f"{name} = {op.name}" if values.get(op.name) is op else f"{name}: Op"
    else:
        yield f"{name}: _Op{op.arity or 'N'}"
        yield f'"""{summary(op)}{f"  {op.source}." if op.source else ""}"""'


def function(name: str, value: Any, change: Change) -> Iterator[str]:
    """The declaration with other types.

    Editors find the docstring of what ``__init__.py`` imports; others bring their first line along.
    """
    found = inspect.signature(value)
    taken = [f"{p.name}: {p.annotation}" for p in found.parameters.values()]
    wider = [re.sub(change.taken, change.wide, text) for text in taken]
    given = found.return_annotation
    if wider != taken:
        given = re.sub(change.given, change.made, given)
    elif taken[0].endswith(": Any"):  # it depends on what cannot be told
        given = "Any"
    parameters = [
        p.replace(annotation=_Text(text.partition(": ")[2]), default=_default(p.default))
        for p, text in zip(found.parameters.values(), wider, strict=True)
    ]
    shown = str(inspect.Signature(parameters, return_annotation=_Text(given)))
    shown = re.sub(r"\bAny\b", "_Any", shown)  # sd.Any is an operation
    if change is STRUCTURES and name not in sd._LATE:
        yield f"def {name}{shown}: ..."
    else:
        yield f"def {name}{shown}:"
        yield f'    """{(value.__doc__ or "").splitlines()[0]}"""'


class _Text(str):
    """What a signature shows without quotes."""

    __slots__ = ()

    __repr__ = str.__str__


def _default(value: Any) -> Any:
    literal = isinstance(value, (int, float, str, tuple, type(None)))
    return value if literal or value is inspect.Parameter.empty else _Text("...")


if __name__ == "__main__":
    for path, text in STUBS.items():
        (ROOT / "symdiff" / path).write_text(text())
