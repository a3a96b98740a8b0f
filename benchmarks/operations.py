"""Counting operations alike for everybody, and the peers that the corpus is put to.

Results of ours, SymPy and SymEngine are counted by ``operations`` on one kind of graph: theirs
are printed, and read again by our parser, which rewrites nothing.  So an operation is what
stands in the formula: a sum or product of k parts is k - 1, a function, root or power 1, a minus
in front 1, ``x**-n`` a power and a division.  Shared parts count once.  What has no variable in it
is a number and free, and the numbers of a product are one factor: ``-3*x/2`` is one operation.
CasADi's are the instructions of its function that are not inputs, outputs or constants.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import symdiff as sd
from symdiff.expr import Expr
from symdiff.leaves import Const, Var
from symdiff.walk import postorder

SAME = ["sqrt", "exp", "log"] + [
    f"{arc}{name}{h}" for arc in ("", "a") for name in ("sin", "cos", "tan") for h in ("", "h")
]
SPECIAL = ["erf", "erfc", "gamma", "digamma", "atan2"]
NAMED = {"sigmoid": 4, "softplus": 3, "expm1": 2, "log1p": 2}  # operations they stand for


def operations(outputs: Sequence[Expr], written_out: bool = False) -> int:
    """Operations of a shared graph; ``written_out``: sigmoid is ``1/(1 + exp(-x))``."""
    order = postorder(outputs)
    uses: dict[Expr, int] = dict.fromkeys(outputs, 1)
    for node in order:
        for arg in node.args:
            uses[arg] = uses.get(arg, 0) + 1
    free: set[Expr] = set()  # without variables
    numbered: set[Expr] = set()  # with a number that another one can be merged with
    total = 0
    for node in order:
        if node.op is not Var and free.issuperset(node.args):
            free.add(node)
            numbered.add(node)
        elif node.op in (sd.Mul, sd.Div, sd.Neg):
            numbers = sum(x in numbered for x in node.args) + (node.op is sd.Neg)
            total += max(len(node.args) - 1, 1) - max(numbers - 1, 0)
            if numbers and uses[node] == 1:
                numbered.add(node)
        elif node.op is sd.Pow and node.args[1] in free:
            exponent = sd.evaluate(node.args[1], {})
            total += 2 if exponent < 0 and exponent != -1 else 1
        elif node.args:
            many = node.op.arity is None and node.op.elementwise
            named = NAMED.get(node.op.name, 1) if written_out else 1
            total += len(node.args) - 1 if many else named
    return total


def translated(e: Expr, known: dict[str, Any], table: dict[str, Callable[..., Any]]) -> Any:
    """An expression in the terms of a peer: operations by name, ``number`` for constants."""
    image: dict[Expr, Any] = {}
    for node in postorder([e]):
        if node.op is Var:
            image[node] = known[node.name]
        elif node.op is Const:
            image[node] = table["number"](node.params[0])
        else:
            image[node] = table[node.op.name](*[image[x] for x in node.args])
    return image[e]


def _arithmetic() -> dict[str, Callable[..., Any]]:
    return {
        "add": lambda *xs: sum(xs[1:], xs[0]), "mul": lambda *xs: math.prod(xs[1:], start=xs[0]),
        "sub": lambda a, b: a - b, "div": lambda a, b: a / b, "neg": lambda a: -a,
        "pow": lambda a, b: a**b,
    }  # fmt: skip


class Peer:
    """A system with symbols, derivatives and common subexpressions."""

    module: str

    def __init__(self) -> None:
        self.lib = importlib.import_module(self.module)


class SymPy(Peer):
    """``diff``, ``simplify``, ``cse``, with real and positive symbols."""

    module = "sympy"

    def derivative(self, f: Expr, by: Sequence[str], order: int, simplify: bool = True) -> Any:
        """Bindings and outputs, as text."""
        sp = self.lib
        known = {v.name: self._symbol(v) for v in postorder([f]) if v.op is Var}
        g = translated(f, known, self.table())
        entries = _entries(g, [known[n] for n in by], order, sp.diff)
        if simplify:
            entries = [sp.simplify(entry) for entry in entries]
        return as_text(*sp.cse(entries, symbols=sp.numbered_symbols("cse")))

    def _symbol(self, v: Expr) -> Any:
        positive = v.params[3] == sd.POSITIVE or None
        return self.lib.Symbol(v.name, real=True, positive=positive)

    def table(self) -> dict[str, Callable[..., Any]]:
        sp = self.lib
        return {
            **_arithmetic(), **{name: getattr(sp, name) for name in SAME + SPECIAL}, "abs": sp.Abs,
            "lgamma": sp.loggamma, "pi": lambda: sp.pi, "number": self.number,
        }  # fmt: skip

    def number(self, value: Any) -> Any:
        if isinstance(value, Fraction):
            return self.lib.Rational(value.numerator, value.denominator)
        return self.lib.Integer(value) if isinstance(value, int) else self.lib.Float(value)


class SymEngine(SymPy):
    """``diff``, ``cse``."""

    module = "symengine"

    def derivative(self, f: Expr, by: Sequence[str], order: int, simplify: bool = True) -> Any:
        se = self.lib
        known = {v.name: se.Symbol(v.name) for v in postorder([f]) if v.op is Var}
        g = translated(f, known, self.table())
        entries = _entries(g, [known[n] for n in by], order, se.diff)
        bindings, outputs = se.cse(entries)
        names = {str(name): f"cse{i}" for i, (name, _) in enumerate(bindings)}
        fresh = {name: se.Symbol(names[str(name)]) for name, _ in bindings}
        sympy = importlib.import_module("sympy")
        plain = lambda e: sympy.sympify(se.sympify(e).subs(fresh)) if fresh else sympy.sympify(e)
        return as_text([(fresh[n], plain(e)) for n, e in bindings], [plain(e) for e in outputs])

    def table(self) -> dict[str, Callable[..., Any]]:
        return {**super().table(), "pi": lambda: self.lib.pi}


class CasADi(Peer):
    """Gradient and Hessian of an ``SX`` function, ``cse``."""

    module = "casadi"

    def count(self, f: Expr, by: Sequence[str], order: int) -> int:
        ca = self.lib
        known = {v.name: ca.SX.sym(v.name) for v in postorder([f]) if v.op is Var}
        g = translated(f, known, self.table())
        xs = ca.vertcat(*[known[n] for n in by])
        found = ca.gradient(g, xs) if order == 1 else ca.hessian(g, xs)[0]
        run = ca.Function("f", list(known.values()), [ca.cse(found)])
        free = (ca.OP_INPUT, ca.OP_OUTPUT, ca.OP_CONST)
        ids = [run.instruction_id(i) for i in range(run.n_instructions())]
        return sum(i not in free for i in ids)

    def table(self) -> dict[str, Callable[..., Any]]:
        ca = self.lib
        return {
            **_arithmetic(), **{name: getattr(ca, name) for name in [*SAME, "erf", "atan2"]},
            "abs": ca.fabs,
            "pi": lambda: math.pi, "number": float,
        }  # fmt: skip


def _entries(g: Any, xs: list[Any], order: int, diff: Callable[..., Any]) -> list[Any]:
    first = [diff(g, x) for x in xs]
    return first if order == 1 else [diff(d, x) for d in first for x in xs]


def as_text(bindings: Any, outputs: Any) -> tuple[list[list[str]], list[str]]:
    """What SymPy's printer makes of the results of ``cse``."""
    show = _printer().doprint
    return [[str(name), show(e)] for name, e in bindings], [show(e) for e in outputs]


def _printer() -> Any:
    """SymPy's printer with our names of functions, and sums that begin without a minus."""
    from sympy.printing.str import StrPrinter

    def added(self: Any, e: Any, order: Any = None) -> str:
        terms = self._as_ordered_terms(e, order=order)
        first = next((t for t in terms if not self._print(t).startswith("-")), terms[0])
        rest = [self._print(t) for t in terms if t is not first]
        parts = [f"- {s[1:]}" if s.startswith("-") else f"+ {s}" for s in rest]
        return " ".join([self._print(first), *parts])

    def polygamma(self: Any, e: Any) -> str:
        n, x = e.args
        inner = self._print(x)
        return f"digamma({inner})" if n == 0 else f"polygamma({n}, {inner})"

    def chosen(self: Any, e: Any) -> str:
        (*pieces, (last, _)) = e.args
        text = self._print(last)
        for value, condition in reversed(pieces):
            text = f"where({self._print(condition)}, {self._print(value)}, {text})"
        return str(text)

    def compared(self: Any, e: Any) -> str:
        return f"({self._print(e.lhs)} {e.rel_op} {self._print(e.rhs)})"

    own: dict[str, Callable[..., str]] = {
        "Add": added, "polygamma": polygamma, "Piecewise": chosen, "Relational": compared,
        "loggamma": lambda self, e: f"lgamma({self._print(e.args[0])})",
        "Abs": lambda self, e: f"abs({self._print(e.args[0])})",
        "Exp1": lambda self, e: "exp(1)",
    }  # fmt: skip
    return type("Printer", (StrPrinter,), {f"_print_{name}": own[name] for name in own})()


def read(text: Any, known: dict[str, Expr]) -> list[Expr]:
    """Bindings and outputs as one graph; the parser rewrites nothing."""
    bindings, outputs = text
    names = dict(known)
    for name, value in bindings:
        names[name] = sd.parse(value, names)
    return [sd.parse(value, names) for value in outputs]
