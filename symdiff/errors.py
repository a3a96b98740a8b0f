"""Every exception of the package, with the fields a caller needs to react to it.

What a message quotes is shortened, and a message as a whole is too.
"""

from __future__ import annotations

from pickle import dumps
from typing import Any

from .messages import cut, listed, short

__all__ = [
    "ArgumentError",
    "ArityError",
    "ConversionError",
    "DerivativeMismatch",
    "DomainError",
    "EagerOperand",
    "ImmutableError",
    "IntOverflow",
    "KindError",
    "LeakedVariable",
    "LimitError",
    "MissingPackage",
    "MissingVariable",
    "NameClash",
    "NoGradients",
    "NoValue",
    "NonFinite",
    "NotAnExpression",
    "NotDifferentiable",
    "NotPolynomial",
    "NotScalar",
    "ParseError",
    "PickleError",
    "ShapeError",
    "SingularHessian",
    "SymdiffError",
    "TapeError",
    "TruthError",
    "Unconnected",
    "UnknownMethod",
    "UnknownOp",
    "UnknownVariable",
    "UnsupportedOp",
]

LONGEST = 2000  # characters of a message


class SymdiffError(Exception):
    """Base of all errors raised by symdiff; each survives a pickle with its text and fields."""

    def __init__(self, message: str = "") -> None:
        super().__init__(cut(message, LONGEST))

    def __reduce__(self) -> tuple[Any, ...]:
        fields = {name: _portable(value) for name, value in vars(self).items()}
        return _restored, (type(self), self.args), fields


def _restored(kind: type[SymdiffError], args: tuple[Any, ...]) -> SymdiffError:
    """An error with that text; its fields follow, so ``__init__`` has nothing to do."""
    return kind.__new__(kind, *args)


def _portable(value: Any) -> Any:
    """A field that can be pickled: the value itself, or its text where it cannot be."""
    try:
        dumps(value)
    except Exception:
        return short(value)
    return value


class NotAnExpression(SymdiffError, TypeError):
    """A value that cannot become a node of a graph."""

    def __init__(self, value: object, hint: str = "") -> None:
        self.value = value
        text = f"cannot turn {type(value).__name__} {short(value)} into an expression"
        super().__init__(f"{text}; {hint}" if hint else text)


class EagerOperand(NotAnExpression):
    """A tensor or a variable of the tape where only an expression will do."""

    def __init__(self, value: object) -> None:
        self.value = value
        SymdiffError.__init__(
            self,
            f"a {type(value).__name__} has a value and is no expression; differentiate it with "
            "sd.GradientTape, or take t.expr, which is what a tape has recorded of it",
        )


class ArityError(SymdiffError, TypeError):
    """An operation applied to the wrong number of arguments."""

    def __init__(self, op: str, expected: str, got: int) -> None:
        self.op, self.expected, self.got = op, expected, got
        super().__init__(f"{op} takes {expected}, got {short(got)}")


class ShapeError(SymdiffError, ValueError):
    """Shapes that do not fit together."""

    def __init__(self, op: str, shapes: tuple[tuple[int, ...], ...], hint: str = "") -> None:
        self.op, self.shapes = op, shapes
        shown = shapes if len(shapes) <= 6 else tuple(dict.fromkeys(shapes))[:6]
        others = " and others" if len(set(shapes)) > 6 else ""
        text = f"{op}: shapes {' and '.join(map(short, shown))}{others} do not fit"
        super().__init__(f"{text}; {hint}" if hint else text)


class ArgumentError(SymdiffError, ValueError):
    """A value that is none of those an argument takes."""


class KindError(SymdiffError, TypeError):
    """A value of the wrong kind (real, int, bool) or data type."""


class ImmutableError(SymdiffError, AttributeError):
    """An attempt to change an expression."""


class TruthError(SymdiffError, TypeError):
    """An expression used where Python needs True or False."""

    def __init__(self, expression: str) -> None:
        self.expression = expression
        super().__init__(
            f"the truth of the expression {expression} is not known; "
            "use sd.where(condition, a, b) to choose, sd.maximum(a, b) for max(a, b), "
            "sd.eq(a, b) to build an equation, & | ~ in place of and, or, not"
        )


class ConversionError(SymdiffError, TypeError):
    """An expression used where a number or an array of numbers is needed."""


class NameClash(SymdiffError, ValueError):
    """Two different variables of one name in one graph."""

    def __init__(self, name: str, first: str, second: str) -> None:
        self.name = name
        super().__init__(
            f"two different variables are named {short(name)}: {first} and {second}; "
            "rename one of them"
        )


class MissingVariable(SymdiffError, LookupError):
    """A graph was evaluated without a value for one of its variables."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        super().__init__(f"no value for {listed(names)}; give one for every variable of the graph")


class NoValue(MissingVariable):
    """An expression with variables among tensors, which have their values at once."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        SymdiffError.__init__(
            self,
            f"{listed(names)} has no value, and the other operands are tensors; "
            "give it a value with sd.constant or sd.Variable",
        )


class TapeError(SymdiffError, RuntimeError):
    """A tape asked for what it cannot give any more."""


class LeakedVariable(SymdiffError, LookupError):
    """An argument of a traced function, kept and used after the call."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        super().__init__(
            f"{listed(names)} stood for an argument of a function while it was traced, and was "
            "kept after the call (in a global, an attribute or a list); return it from the "
            "function instead"
        )


class UnknownVariable(SymdiffError, LookupError):
    """A value was given for a name that the graph does not have."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        self.name, self.known = name, known
        super().__init__(
            f"{short(name)} is not a variable here; the variables are: {listed(known)}"
        )


class DomainError(SymdiffError, ValueError):
    """A value outside the domain that its variable declares."""

    def __init__(self, name: str, value: object, domain: object) -> None:
        self.name, self.value, self.domain = name, value, domain
        super().__init__(f"{name} = {short(value)} is outside its domain {short(domain)}")


class NonFinite(SymdiffError, ArithmeticError):
    """The first node of a checked evaluation that is inf or nan."""

    def __init__(self, node: str, value: object) -> None:
        self.node, self.value = node, value
        super().__init__(f"the first value that is not finite is {short(value)}, from {node}")


class NotScalar(SymdiffError, ValueError):
    """A gradient was asked of something that is not a scalar."""

    def __init__(self, what: str, shape: tuple[int, ...]) -> None:
        self.shape = shape
        super().__init__(
            f"{what} needs a scalar, got shape {short(shape)}; "
            "take sd.sum(f) first, or use sd.jacobian(f, x) or sd.vjp(f, x, weights)"
        )


class SingularHessian(SymdiffError, ArithmeticError):
    """A linear system with a Hessian that has no inverse at this point."""

    def __init__(self, size: int) -> None:
        self.size = size
        super().__init__(
            f"the Hessian, {size} x {size}, is singular at this point; "
            "add a multiple of the identity to f, or use numpy.linalg.lstsq on H.dense()"
        )


class NotDifferentiable(SymdiffError, TypeError):
    """An operation without a derivative on the path from output to input."""

    def __init__(self, op: str, reason: str) -> None:
        self.op, self.reason = op, reason
        super().__init__(f"{op} has no derivative: {reason}")


class Unconnected(SymdiffError, ValueError):
    """A derivative with respect to something the output does not depend on."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"the output does not depend on {name}; unconnected='zero' gives 0 for it")


class NoGradients(SymdiffError, ValueError):
    """An optimiser that was given None for every gradient."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        super().__init__(
            f"no gradient for any of the variables {listed(names)}: the loss does not depend "
            "on them; compute it inside the tape, from the variables themselves, not from "
            "their .numpy()"
        )


class UnknownMethod(SymdiffError, ValueError):
    """A method of minimisation that there is not."""

    def __init__(self, name: object, known: tuple[str, ...]) -> None:
        self.name, self.known = name, known
        super().__init__(f"no method is named {short(name)}; the methods are: {', '.join(known)}")


class ParseError(SymdiffError, ValueError):
    """Text that is not an expression; ``position`` counts characters from 0."""

    def __init__(self, message: str, text: str, position: int) -> None:
        self.message, self.text, self.position = message, text, position
        start = max(text.rfind("\n", 0, position) + 1, position - 40)
        line = text[start : position + 40].partition("\n")[0]
        window = "".join(c if c.isprintable() else "?" for c in line)
        caret = " " * (position - start) + "^"
        super().__init__(f"{message} at position {position}\n  {window}\n  {caret}")


class LimitError(SymdiffError, ValueError):
    """An input larger than the limit that guards against accidents and attacks."""

    def __init__(self, what: str, size: int, limit: int, argument: str) -> None:
        self.what, self.size, self.limit, self.argument = what, size, limit, argument
        super().__init__(
            f"{what}: {short(size)} is over the limit of {short(limit)}; raise it with {argument}="
        )


class IntOverflow(SymdiffError, ArithmeticError):
    """An operation on arrays of ints with a value beyond 64 bits."""

    def __init__(self, op: str) -> None:
        self.op = op
        super().__init__(
            f"{op}: a value is beyond the 64 bits of an array's ints; give floats, or Python ints "
            "one at a time"
        )


class NotPolynomial(SymdiffError, ValueError):
    """An expression that had to be a polynomial in ``variable``."""

    def __init__(self, variable: str, term: str) -> None:
        self.variable, self.term = variable, term
        super().__init__(
            f"not a polynomial in {variable}: it has the term {term}; "
            "name a function as a variable with sd.subs first, or use sd.collect"
        )


class UnsupportedOp(SymdiffError, NotImplementedError):
    """An operation that a back end lacks."""

    def __init__(self, op: str, backend: str) -> None:
        self.op, self.backend = op, backend
        super().__init__(f"the {backend} back end has no implementation of {op}")


class UnknownOp(SymdiffError, LookupError):
    """A pickle or a text names an operation that this process does not have."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"no operation is named {short(name)}; import the module that defines it first"
        )


class PickleError(SymdiffError, TypeError):
    """A primitive that cannot be found again by module and name."""


class MissingPackage(SymdiffError, ImportError):
    """An optional package that is not installed."""

    def __init__(self, package: str, purpose: str, extra: str = "") -> None:
        self.package, self.extra = package, extra
        wanted = f"'symdiff-engine[{extra}]'" if extra else package
        super().__init__(f"{purpose} needs {package}; install it with: pip install {wanted}")


class DerivativeMismatch(SymdiffError, AssertionError):
    """Derivatives that disagree; ``rows`` are (what, expected, got) for each disagreement."""

    def __init__(self, title: str, rows: list[tuple[str, float, float]]) -> None:
        self.rows = rows
        width = max(len(what) for what, _, _ in rows)
        lines = [f"{what:<{width}}  {want!r:>24}  {got!r:>24}" for what, want, got in rows[:20]]
        head = f"{'':<{width}}  {'expected':>24}  {'got':>24}"
        more = [f"... and {len(rows) - 20} more"] if len(rows) > 20 else []
        super().__init__("\n".join([title, head, *lines, *more]))
