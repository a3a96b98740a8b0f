"""The house: imports point up the layers, no branch on an op's identity, one row adds an op."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from source_graphs import LAYERS, part_of

import symdiff as sd
from symdiff.expr import OPS

ROOT = Path(sd.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))

ROOMS = ("calculus", "rewrite", "backend", "show")
TABLES = ("ops", "rewrite", "backend")  # where an operation may be named


def imported_parts(path):
    depth = len(path.relative_to(ROOT).parts)
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            above = depth - node.level
            if above == 0:
                names = [node.module] if node.module else [alias.name for alias in node.names]
                yield from (name.split(".")[0] for name in names)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module]
            assert not any(n.split(".")[0] == "symdiff" for n in names), "import relatively"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_up_the_list(path):
    here = part_of(path.relative_to(ROOT))
    assert here in LAYERS, f"{here} has no place in the list of layers"
    for there in imported_parts(path):
        assert LAYERS[there] <= LAYERS[here], f"{path.name} imports {there}, which is below it"
        if here in ROOMS and there in ROOMS and LAYERS[here] == LAYERS[there]:
            assert here == there, f"{here} and {there} must not know each other"


NAMES = {n for op in OPS.values() for n in (op.name, op.title)} - {"const", "var", "Const", "Var"}


def is_op(node):
    """``op``, ``e.op``, ``op.name`` or ``e.op.title``."""
    if isinstance(node, ast.Attribute) and node.attr in ("name", "title"):
        return is_op(node.value)
    return getattr(node, "attr", getattr(node, "id", "")) == "op"


def names_an_operation(node):
    return any(
        getattr(part, "attr", getattr(part, "id", getattr(part, "value", None))) in NAMES
        for part in ast.walk(node)
        if isinstance(part, (ast.Attribute, ast.Name, ast.Constant))
    )


def branches_on_an_operation(node):
    sides = [node.left, *node.comparators]
    return any(map(is_op, sides)) and any(names_an_operation(s) for s in sides if not is_op(s))


@pytest.mark.parametrize(
    "path",
    [p for p in MODULES if part_of(p.relative_to(ROOT)) not in TABLES],
    ids=lambda p: str(p.relative_to(ROOT)),
)
def test_no_branch_on_the_identity_of_an_operation(path):
    tree = ast.parse(path.read_text())
    compares = [n for n in ast.walk(tree) if isinstance(n, ast.Compare)]
    found = [n.lineno for n in compares if branches_on_an_operation(n)]
    assert not found, f"{path.name}: lines {found}"


def test_public_names_are_real_and_sorted():
    assert sd.__all__ == sorted(set(sd.__all__))
    for name in sd.__all__:
        assert getattr(sd, name) is not None


def test_a_new_row_is_known_everywhere():
    """The acceptance test of the architecture: one row, and value, text and derivative follow."""
    script = """
import symdiff.ops.elementary as rows
from symdiff.ops.row import unary
unary("cosm1", lambda x, out: -rows.sin(x), numpy="special.cosm1")
import symdiff as sd
x = sd.Var("x")
f = sd.Cosm1(2 * x)
assert sd.cosm1 is sd.Cosm1 and sd.parse(str(f)) is f, str(f)
assert str(sd.grad(f, x)) == "-2*sin(2*x)", sd.grad(f, x)
assert abs(sd.compile(f, [x])(0.5) - (0.5403023058681398 - 1)) < 1e-15
"""
    subprocess.run([sys.executable, "-c", script], check=True)


HEAVY = ("scipy", "networkx", "graphviz", "pygraphviz", "mpmath", "argparse", "dataclasses")


def test_import_is_light():
    script = f"import symdiff, sys; print([m for m in {HEAVY} if m in sys.modules])"
    with_numpy = f"import numpy, sys; print([m for m in {HEAVY} if m in sys.modules])"
    ours, numpys = (
        subprocess.run([sys.executable, "-c", s], capture_output=True, text=True, check=True).stdout
        for s in (script, with_numpy)
    )
    assert ours == numpys


def test_every_row_names_its_fields():
    documented = {line.split()[0] for line in sd.ops.row.__doc__.splitlines() if line[:1].isalpha()}
    fields = set(type(OPS["sin"]).__slots__) - {"digest", "table", "param_names"} | {"params"}
    assert fields <= documented, fields - documented
