"""The house: imports point up the layers, nothing recurses, no branch on an op's identity."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import symdiff as sd
from symdiff.expr import OPS

ROOT = Path(sd.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))

LAYERS = {
    "messages": 1, "errors": 1, "domain": 1, "dispatch": 1, "expr": 2, "rule": 2, "leaves": 2,
    "walk": 3, "structure": 3, "pickling": 3, "ops": 4, "operators": 5, "methods": 5, "linalg": 5,
    "calculus": 5, "rewrite": 5, "backend": 6, "show": 6, "targets": 7, "api": 7, "draw": 7,
    "tracing": 7,
    "hessians": 7,
    "explaining": 8, "tape": 8,
    "numeric": 8, "dual": 8, "witness": 8, "testing": 8, "installed": 8,
    "bars": 8, "comparing": 8, "minimizing": 8, "optimizers": 8,
    "display": 9, "cli": 9, "__main__": 9, "__init__": 9,
}  # fmt: skip
ROOMS = ("calculus", "rewrite", "backend", "show")
TABLES = ("ops", "rewrite", "backend")  # where an operation may be named


def part_of(path):
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


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
    here = part_of(path)
    assert here in LAYERS, f"{here} has no place in the list of layers"
    for there in imported_parts(path):
        assert LAYERS[there] <= LAYERS[here], f"{path.name} imports {there}, which is below it"
        if here in ROOMS and there in ROOMS and LAYERS[here] == LAYERS[there]:
            assert here == there, f"{here} and {there} must not know each other"


def self_calls(tree):
    """Functions that call their own name, methods that call themselves on self."""
    methods = {m for c in ast.walk(tree) if isinstance(c, ast.ClassDef) for m in c.body}
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            call = f"self.{function.name}" if function in methods else function.name
            called = [ast.unparse(n.func) for n in ast.walk(function) if isinstance(n, ast.Call)]
            if call in called:
                yield function.name


# Over the nesting of the user's lists, over types, over the pattern of a rule: never over a graph.
BOUNDED = {"flatten", "const", "_json_ready", "structure", "power", "fill", "asarray"}


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_nothing_recurses_over_nodes(path):
    assert set(self_calls(ast.parse(path.read_text()))) <= BOUNDED


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
    "path", [p for p in MODULES if part_of(p) not in TABLES], ids=lambda p: str(p.relative_to(ROOT))
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
