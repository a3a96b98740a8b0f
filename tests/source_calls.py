"""Which functions of the package may call which, found in the syntax of its files.

A function that is named may be called, so every mention counts; what a table holds is called where
a field of its rows is.  Operators between expressions build nodes and call nothing else.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from source_graphs import FUNCTIONS, imported, may_know, trees

PLAIN = {
    name
    for kind in (list, dict, set, frozenset, str, tuple, int, float, np.ndarray, np.generic)
    for name in dir(kind)
} - {"__call__"}  # methods of Python's and NumPy's own classes
Place = tuple[str, str]  # a file and the name of a function or class in it


@dataclass
class Class:
    place: Place
    bases: list[Place] = field(default_factory=list)
    methods: dict[str, Place] = field(default_factory=dict)
    fields: dict[str, ast.expr] = field(default_factory=dict)  # annotations
    protocol: bool = False


@dataclass
class Scope:
    """A function, or the top of a file, and what its names stand for."""

    path: str
    name: str
    node: Any
    above: Scope | None
    owner: Class | None = None  # the class whose method it is
    functions: dict[str, Place] = field(default_factory=dict)  # defined in it
    kinds: dict[str, ast.expr | Place] = field(default_factory=dict)  # annotations and classes

    @property
    def place(self) -> Place:
        return self.path, self.name


class Package:
    """All functions, classes and names of the package."""

    def __init__(self) -> None:
        self.holdings: dict[tuple[Place, str], set[Place]] = {}
        self._kinds: dict[tuple[Place, ast.expr], set[Place]] = {}
        self._families: dict[Place, list[Class]] = {}
        self.scopes: dict[Place, Scope] = {}
        self.classes: dict[Place, Class] = {}
        self.foreign: dict[str, set[str]] = {}  # what a file imports from elsewhere
        self.names: dict[str, dict[str, Place]] = {}  # what the top of a file defines or imports
        self.methods: dict[str, set[Place]] = {}
        self.properties: dict[str, set[Place]] = {}
        for path, tree in trees().items():
            self.names[path] = {}
            self.foreign[path] = {
                (alias.asname or alias.name).split(".")[0]
                for node in ast.walk(tree)
                if isinstance(node, (ast.Import, ast.ImportFrom)) and not getattr(node, "level", 0)
                for alias in node.names
            }
            for node in ast.walk(tree):
                if isinstance(node, ast.ImportFrom) and node.level:
                    for file, name, here in imported(path, node):
                        self.names[path][here] = (file, name)
            self._enter(path, tree, Scope(path, "<module>", tree, None), "")
        for known in self.classes.values():
            for name, place in known.methods.items():
                self.methods.setdefault(name, set()).add(place)

    def _enter(self, path: str, tree: Any, scope: Scope, prefix: str) -> None:
        self.scopes[scope.place] = scope
        stack = list(ast.iter_child_nodes(tree))
        while stack:
            node = stack.pop()
            if isinstance(node, FUNCTIONS):
                place = self._function(path, node, scope, prefix + node.name, None)
                scope.functions[node.name] = place
                if scope.above is None:
                    self.names[path][node.name] = place
            elif isinstance(node, ast.ClassDef):
                self._class(path, node, scope, prefix + node.name)
                self.names[path].setdefault(node.name, (path, prefix + node.name))
            else:
                stack += ast.iter_child_nodes(node)

    def _function(
        self, path: str, node: Any, above: Scope, name: str, owner: Class | None
    ) -> Place:
        scope = Scope(path, name, node, above, owner)
        arguments = node.args
        for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            if a.annotation is not None:
                scope.kinds[a.arg] = a.annotation
        if owner is not None and arguments.args:
            scope.kinds[arguments.args[0].arg] = owner.place
        self._enter(path, node, scope, name + ".")
        return scope.place

    def _class(self, path: str, node: ast.ClassDef, above: Scope, name: str) -> None:
        known = self.classes[path, name] = Class((path, name))
        known.protocol = any(ast.unparse(b).startswith("Protocol") for b in node.bases)
        known.bases = [(path, ast.unparse(b)) for b in node.bases]
        for part in node.body:
            if isinstance(part, FUNCTIONS):
                place = self._function(path, part, above, f"{name}.{part.name}", known)
                known.methods[part.name] = place
                if any("property" in ast.unparse(d) for d in part.decorator_list):
                    self.properties.setdefault(part.name, set()).add(place)
                for n in ast.walk(part):
                    if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Attribute):
                        known.fields.setdefault(n.target.attr, n.annotation)
            elif isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
                known.fields[part.target.id] = part.annotation

    # -- names ---------------------------------------------------------------------------------

    def resolve(self, path: str, name: str) -> Place | None:
        """The function or class that a name at the top of a file stands for in the end."""
        for _ in range(10):
            place = self.names.get(path, {}).get(name)
            if place is None or place[1] == "":
                return None
            if place in self.scopes or place in self.classes:
                return place
            path, name = place
        return None

    def lookup(self, scope: Scope, name: str) -> Place | None:
        at: Scope | None = scope
        while at is not None:
            if name in at.functions:
                return at.functions[name]
            at = at.above
        return self.resolve(scope.path, name)

    def family(self, place: Place) -> list[Class]:
        """A class, those it inherits from, and those that inherit from it."""
        if place in self._families:
            return self._families[place]
        found, stack = [], [place]
        while stack:
            known = self.classes.get(stack.pop())
            if known is None or known in found:
                continue
            found.append(known)
            stack += [b for p, n in known.bases if (b := self.resolve(p, n.split("[")[0]))]
        below = [c for c in self.classes.values() if place in self.ancestors(c)]
        self._families[place] = found + [c for c in below if c not in found]
        return self._families[place]

    @cache  # noqa: B019
    def _ancestors(self, place: Place) -> frozenset[Place]:
        found, stack = set(), [place]
        while stack:
            known = self.classes.get(stack.pop())
            for p, n in known.bases if known else []:
                base = self.resolve(p, n.split("[")[0])
                if base is not None and base not in found:
                    found.add(base)
                    stack.append(base)
        return frozenset(found)

    def ancestors(self, known: Class) -> frozenset[Place]:
        return self._ancestors(known.place)

    # -- classes of values ---------------------------------------------------------------------

    def classes_in(self, path: str, note: Any) -> set[Place]:
        """The classes of the package that an annotation names outside of ``[ ]``."""
        if isinstance(note, tuple):
            return {note}
        if isinstance(note, ast.Constant) and isinstance(note.value, str):
            note = ast.parse(note.value, mode="eval").body
        if isinstance(note, ast.BinOp):
            return self.classes_in(path, note.left) | self.classes_in(path, note.right)
        if isinstance(note, ast.Subscript):
            note = note.value
        place = self.resolve(path, note.id) if isinstance(note, ast.Name) else None
        return {place} if place in self.classes else set()

    def returned(self, place: Place | None) -> set[Place]:
        """The classes of what a call of a function or class gives."""
        if place in self.classes:
            return {place}
        scope = self.scopes.get(place) if place else None
        note = getattr(scope.node, "returns", None) if scope else None
        return self.classes_in(scope.path, note) if note is not None else set()

    def called(self, scope: Scope, call: ast.expr) -> set[Place]:
        """The functions and classes that the expression in front of a call stands for."""
        if isinstance(call, ast.Name):
            place = self.lookup(scope, call.id)
            return {place} if place else set()
        if isinstance(call, ast.Attribute):
            return self.attribute(scope, call)
        return set()

    def kinds(self, scope: Scope, e: ast.expr) -> set[Place]:
        """The classes of the package that a value may be of; none where that is not known."""
        key = (scope.place, e)
        if key not in self._kinds:
            self._kinds[key] = set()  # while it is looked for
            self._kinds[key] = self._found_kinds(scope, e)
        return self._kinds[key]

    def _found_kinds(self, scope: Scope, e: ast.expr) -> set[Place]:
        if isinstance(e, ast.Name):
            at: Scope | None = scope
            while at is not None:
                if e.id in at.kinds:
                    return self.classes_in(at.path, at.kinds[e.id])
                if e.id in (values := assigned(at.node)):
                    found = [self.kinds(at, v) for v in values[e.id]]
                    return set().union(*found) if all(found) else set()
                at = at.above
        if isinstance(e, ast.Call):
            return set().union(*[self.returned(p) for p in self.called(scope, e.func)])
        if isinstance(e, ast.Attribute):
            found = set()
            for place in self.kinds(scope, e.value):
                for known in self.family(place):
                    if e.attr in known.fields:
                        found |= self.classes_in(known.place[0], known.fields[e.attr])
                    elif e.attr in known.methods:
                        found |= self.returned(known.methods[e.attr])
                    elif init := self.scopes.get(known.methods.get("__init__", ("", ""))):
                        for value in assigned(init.node).get(f"self.{e.attr}", ()):
                            found |= self.kinds(init, value)
            return found
        if isinstance(e, ast.IfExp):
            both = [self.kinds(scope, part) for part in (e.body, e.orelse)]
            return set().union(*both) if all(both) else set()
        return set()

    def attribute(self, scope: Scope, e: ast.Attribute, called: bool = True) -> set[Place]:
        """The functions that ``value.name`` may be, or may hold."""
        if isinstance(e.value, ast.Name):
            module = self.names[scope.path].get(e.value.id)
            if module is not None and module[1] == "":
                place = self.resolve(module[0], e.attr)
                return {place} if place else set()
        root: ast.AST = e.value
        while isinstance(root, ast.Attribute):
            root = root.value
        if isinstance(root, ast.Name) and root.id in self.foreign[scope.path]:
            return set()
        if is_super(root) and scope.owner is not None:
            above = [self.classes[p] for p in self.ancestors(scope.owner) if p in self.classes]
            return {c.methods[e.attr] for c in above if e.attr in c.methods}
        kinds = self.kinds(scope, e.value)
        if kinds and not any(self.classes[k].protocol for k in kinds):
            known = [c for k in kinds for c in self.family(k)]
        elif e.attr in PLAIN:
            return set()
        elif called:
            known = [c for c in self.classes.values() if may_know(scope.path, c.place[0])]
        else:
            found = self.properties.get(e.attr, set())
            return {place for place in found if may_know(scope.path, place[0])}
        found = {c.methods[e.attr] for c in known if e.attr in c.methods}
        for c in known:
            found |= self.holdings.get((c.place, e.attr), set())
        return found

    # -- calls ---------------------------------------------------------------------------------

    def collect_holdings(self) -> None:
        """The functions that rows of tables are given, by the class and the field."""
        for scope in self.scopes.values():
            for call in own_nodes(scope.node):
                if not isinstance(call, ast.Call):
                    continue
                for target in self.called(scope, call.func):
                    for kind in self.returned(target) - {("expr.py", "Expr")}:
                        self._hold(scope, call, target, kind)

    def _hold(self, scope: Scope, call: ast.Call, target: Place, kind: Place) -> None:
        known = self.classes[kind]
        order = list(known.fields) if any(name == "NamedTuple" for _, name in known.bases) else []
        init = self.scopes.get(self.classes[kind].methods.get("__init__", ("", "")))
        maker = init if target == kind and init else self.scopes.get(target)
        if (maker is not None and target not in self.classes) or init:
            order = [a.arg for a in maker.node.args.args if a.arg != "self"] if maker else order
        arguments = maker.node.args if maker is not None else None
        parameters = (
            {
                a.arg: a.annotation
                for a in (*arguments.args, *arguments.kwonlyargs)
                if a.annotation is not None
            }
            if arguments
            else {}
        )
        given = [(order[i] if i < len(order) else "*", a) for i, a in enumerate(call.args)]
        for name, value in given + [(k.arg or "*", k.value) for k in call.keywords]:
            note = self.classes[kind].fields.get(name) or parameters.get(name)
            if note is not None and ast.unparse(note) in (
                "str",
                "int",
                "bool",
                "float",
                "Expr",
                "Op",
            ):
                continue
            for place in self.mentioned(scope, value):
                self.holdings.setdefault((kind, name), set()).add(place)

    def mentioned(self, scope: Scope, value: ast.expr) -> set[Place]:
        """The functions that are named in an argument, not called there; all those in a lambda."""
        if isinstance(value, ast.Lambda):
            return self.calls_in(scope, ast.walk(value.body))
        if isinstance(value, (ast.Name, ast.Attribute)):
            return {p for p in self.called(scope, value) if p in self.scopes}
        return set()

    def calls_in(self, scope: Scope, nodes: Any) -> set[Place]:
        found: set[Place] = set()
        nodes = list(nodes)
        called = {node.func for node in nodes if isinstance(node, ast.Call)}
        for node in nodes:
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                found |= self.called(scope, node)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                found |= self.attribute(scope, node, node in called)
            if isinstance(node, ast.Call):
                for kind in self.kinds(scope, node.func):
                    found |= {c.methods["__call__"] for c in self.family(kind)
                              if "__call__" in c.methods}  # fmt: skip
        made = {
            c.methods[name]
            for place in found & self.classes.keys()
            for c in [self.classes[p] for p in {place} | self._ancestors(place)]
            for name in ("__init__", "__new__")
            if name in c.methods
        }
        return {p for p in found | made if p in self.scopes}


def is_super(e: ast.expr) -> bool:
    return isinstance(e, ast.Call) and getattr(e.func, "id", "") == "super"


def own_nodes(function: Any) -> list[Any]:
    """The nodes of a function or file without those of functions and classes inside it."""
    found, stack = [], list(getattr(function, "body", []))
    while stack:
        node = stack.pop()
        if not isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            found.append(node)
            stack += ast.iter_child_nodes(node)
    return found


_assigned: dict[int, dict[str, list[ast.expr]]] = {}


def assigned(function: Any) -> dict[str, list[ast.expr]]:
    """What is assigned to names and to attributes of self in a function."""
    if id(function) not in _assigned:
        found = _assigned[id(function)] = {}
        for node in own_nodes(function):
            if isinstance(node, ast.AnnAssign) and node.value is not None:
                found.setdefault(ast.unparse(node.target), []).append(node.value)
            elif isinstance(node, ast.Assign):
                for target in node.targets:
                    found.setdefault(ast.unparse(target), []).append(node.value)
            elif isinstance(node, (ast.For, ast.comprehension)):
                for part in ast.walk(node.target):
                    if isinstance(part, ast.Name):
                        found.setdefault(part.id, []).append(ast.Constant(None))
    return _assigned[id(function)]


@cache
def calls() -> dict[str, set[str]]:
    """The functions that every function may call, as ``file:name``."""
    package = Package()
    package.collect_holdings()
    return {
        f"{scope.path}:{scope.name}": {
            f"{path}:{name}" for path, name in package.calls_in(scope, own_nodes(scope.node))
        }
        for scope in package.scopes.values()
        if scope.above is not None
    }
