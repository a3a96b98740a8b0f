"""Values of native code, and the instructions of LLVM on vectors of them.

A :class:`Value` is a vector of ``width`` doubles, 64-bit integers or truth values, whose operators
write an instruction each.  An instruction that is there already is not written again, so that
kernels which begin alike share what they share.
"""

from __future__ import annotations

import math
import struct

from ..expr import Kind

SCALAR: dict[Kind, str] = {"real": "double", "int": "i64", "bool": "i1"}


class Code:
    """The instructions of one loop, in order."""

    def __init__(self, width: int, scaling: bool = False) -> None:
        self.width = width
        self.scaling = scaling  # whether the processor multiplies by powers of two in one step
        self.lines: list[str] = []
        self.declared: set[str] = set()
        self.functions: dict[str, str] = {}  # that are called for rare lanes, by declaration
        self.block = "loop"  # the label that instructions stand under
        self.known: dict[str, Value] = {}

    def type(self, kind: Kind) -> str:
        scalar = SCALAR[kind]
        return scalar if self.width == 1 else f"<{self.width} x {scalar}>"

    def emit(self, kind: Kind, text: str) -> Value:
        """The value of an instruction."""
        found = self.known.get(text)
        if found is None:
            found = self.known[text] = Value(self, kind, f"%v{len(self.known)}")
            self.lines.append(f"{found.text} = {text}")
        return found

    def call(self, kind: Kind, name: str, *args: Value) -> Value:
        """The value of an intrinsic function of LLVM; all arguments have that kind."""
        suffix = "f64" if self.width == 1 else f"v{self.width}f64"
        types = ", ".join([self.type(a.kind) for a in args])
        self.declared.add(f"declare {self.type(kind)} @llvm.{name}.{suffix}({types})")
        given = ", ".join([a.typed for a in args])
        return self.emit(kind, f"call {self.type(kind)} @llvm.{name}.{suffix}({given})")

    def constant(self, value: float | bool | int, kind: Kind) -> Value:
        if kind == "real":
            text = f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"
        elif kind == "int":
            text = str(value)
        else:
            text = "true" if value else "false"
        whole = text if self.width == 1 else f"splat ({SCALAR[kind]} {text})"
        return Value(self, kind, whole)


class Value:
    """What an instruction gives; ``text`` is its name in the code, or a constant."""

    __slots__ = ("code", "kind", "text")

    def __init__(self, code: Code, kind: Kind, text: str) -> None:
        self.code, self.kind, self.text = code, kind, text

    @property
    def typed(self) -> str:
        return f"{self.code.type(self.kind)} {self.text}"

    def like(self, value: Operand) -> Value:
        """A number as a value of the same kind."""
        return value if isinstance(value, Value) else self.code.constant(value, self.kind)

    def binary(self, name: str, other: Operand, kind: Kind | None = None) -> Value:
        text = f"{name} {self.typed}, {self.like(other).text}"
        return self.code.emit(kind or self.kind, text)

    def _arithmetic(self, name: str, other: Operand) -> Value:
        return self.binary(f"f{name}" if self.kind == "real" else name, other)

    def _compare(self, name: str, other: Operand) -> Value:
        verb = f"fcmp o{name}" if self.kind == "real" else f"icmp s{name}"
        return self.binary(verb, other, "bool")

    def __add__(self, other: Operand) -> Value:
        return self._arithmetic("add", other)

    def __sub__(self, other: Operand) -> Value:
        return self._arithmetic("sub", other)

    def __mul__(self, other: Operand) -> Value:
        return self._arithmetic("mul", other)

    def __truediv__(self, other: Operand) -> Value:
        return self.binary("fdiv", other)

    def __radd__(self, other: float) -> Value:
        return self.like(other) + self

    def __rsub__(self, other: float) -> Value:
        return self.like(other) - self

    def __rmul__(self, other: float) -> Value:
        return self.like(other) * self

    def __rtruediv__(self, other: float) -> Value:
        return self.like(other) / self

    def __neg__(self) -> Value:
        return self.code.emit("real", f"fneg {self.typed}")

    def __and__(self, other: Operand) -> Value:
        return self.binary("and", other)

    def __or__(self, other: Operand) -> Value:
        return self.binary("or", other)

    def __xor__(self, other: Operand) -> Value:
        return self.binary("xor", other)

    def __invert__(self) -> Value:
        return self.binary("xor", True)

    def __lshift__(self, other: int) -> Value:
        return self.binary("shl", other)

    def __rshift__(self, other: int) -> Value:
        """Shifted to the right, zeros coming in."""
        return self.binary("lshr", other)

    def __lt__(self, other: Operand) -> Value:
        return self._compare("lt", other)

    def __le__(self, other: Operand) -> Value:
        return self._compare("le", other)

    def __gt__(self, other: Operand) -> Value:
        return self._compare("gt", other)

    def __ge__(self, other: Operand) -> Value:
        return self._compare("ge", other)

    def equals(self, other: Operand) -> Value:
        return self.binary("fcmp oeq" if self.kind == "real" else "icmp eq", other, "bool")

    def differs(self, other: Operand) -> Value:
        return self.binary("fcmp une" if self.kind == "real" else "icmp ne", other, "bool")

    @property
    def is_nan(self) -> Value:
        return self.binary("fcmp uno", self, "bool")

    @property
    def bits(self) -> Value:
        """The 64 bits of doubles as integers."""
        return self._cast("bitcast", "int")

    @property
    def from_bits(self) -> Value:
        return self._cast("bitcast", "real")

    def as_real(self) -> Value:
        if self.kind == "real":
            return self
        return self._cast("sitofp" if self.kind == "int" else "uitofp", "real")

    def _cast(self, name: str, kind: Kind) -> Value:
        return self.code.emit(kind, f"{name} {self.typed} to {self.code.type(kind)}")


Operand = Value | float | int | bool


def fma(x: Value, y: Operand, z: Operand) -> Value:
    """``x*y + z``, rounded once."""
    return x.code.call("real", "fma", x, x.like(y), x.like(z))


def sqrt(x: Value) -> Value:
    return x.code.call("real", "sqrt", x)


def absolute(x: Value) -> Value:
    return x.code.call("real", "fabs", x)


def copysign(x: Value, sign: Value) -> Value:
    return x.code.call("real", "copysign", x, sign)


def rint(x: Value) -> Value:
    """The nearest whole number, of two equally near ones the even one."""
    return x.code.call("real", "rint", x)


def floor(x: Value) -> Value:
    return x.code.call("real", "floor", x)


def ceil(x: Value) -> Value:
    return x.code.call("real", "ceil", x)


def trunc(x: Value) -> Value:
    return x.code.call("real", "trunc", x)


def select(condition: Value, x: Operand, y: Operand) -> Value:
    """``x`` where the condition holds, else ``y``; at least one of them is a value."""
    if not isinstance(x, Value):
        assert isinstance(y, Value)
        x = y.like(x)
    return x.code.emit(x.kind, f"select {condition.typed}, {x.typed}, {x.like(y).typed}")


def least(x: Value, y: Operand) -> Value:
    """The smaller one; nan where ``x`` is nan."""
    return select(x > y, y, x)


def greatest(x: Value, y: Operand) -> Value:
    """The larger one; nan where ``x`` is nan."""
    return select(x < y, y, x)


def polynomial(x: Value, coefficients: list[float]) -> Value:
    """``c[0] + c[1]*x + ...``: pairs of terms first, so that few steps wait for one another."""
    square = x * x
    pairs = [
        fma(x, coefficients[i + 1], coefficients[i]) if i + 1 < len(coefficients)
        else x.like(coefficients[i])
        for i in range(0, len(coefficients), 2)
    ]  # fmt: skip
    total = pairs.pop()
    while pairs:
        total = fma(total, square, pairs.pop())
    return total


MAGIC = 1.5 * 2.0**52  # added to a number of moderate size, leaves it rounded in the low bits


def power_of_two(exponent: Value) -> Value:
    """``2**k`` from a value whose low bits are ``k``, in -1022 ... 1023."""
    return ((exponent << 52) + _ONE).from_bits


def scaled(x: Value, power: Value) -> Value:
    """``x * 2**k``, rounded once, for ``x`` near 1; ``power`` is ``k + MAGIC``, |k| < 2000."""
    if x.code.scaling:
        return _scaled_by_processor(x, power - MAGIC)
    half = fma(power - MAGIC, 0.5, MAGIC)
    rest = power.bits - half.bits
    return x * power_of_two(half.bits) * power_of_two(rest)


def _scaled_by_processor(x: Value, exponent: Value) -> Value:
    name = "llvm.x86.avx512.mask.scalef.pd.512"
    vector = x.code.type("real")
    x.code.declared.add(f"declare {vector} @{name}({vector}, {vector}, {vector}, i8, i32)")
    args = f"{x.typed}, {exponent.typed}, {x.typed}, i8 -1, i32 4"
    return x.code.emit("real", f"call {vector} @{name}({args})")


_ONE: int = struct.unpack("<q", struct.pack("<d", 1.0))[0]
INF, NAN = math.inf, math.nan
