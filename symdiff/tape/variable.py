"""``Variable``: a named value that changes; every version of it is a tensor of its own."""

from __future__ import annotations

from typing import Any, NoReturn

from ..dispatch import TYPES
from ..errors import ImmutableError, KindError, ShapeError
from ..expr import Expr, Op
from ..html import array
from ..ops.arithmetic import add, sub
from .recording import state
from .rows import computed
from .templates import apply
from .tensor import Arithmetic, Tensor, _Arrays, constant, described, operand, tensor, value_of
from .values import cast, converted, dtype_of, shape_of


class Variable(_Arrays, Arithmetic):
    """A value that can be assigned; in a computation it is read as a tensor.

    ``value`` is copied.  The shape and the dtype stay what they are at the start: ``dtype`` if
    that is given, else float32 or float64 as the data have it; Python numbers are float64.
    Tapes watch variables that are ``trainable`` where they are read.

    Raises: KindError for what is no array of real numbers, ints or bools.

    >>> import symdiff as sd
    >>> v = sd.Variable([1.0, 2.0], name="v")
    >>> v.assign_sub([0.5, 0.5])
    <sd.Variable 'v': shape=(2,), dtype=float64, numpy=array([0.5, 1.5])>
    >>> print(v, v * 2)
    <sd.Variable 'v': shape=(2,), dtype=float64, numpy=array([0.5, 1.5])> [1. 3.]
    """

    __slots__ = ("__weakref__", "_tensor", "name", "trainable")

    _tensor: Tensor

    __array_priority__ = 2000

    def __init__(
        self, value: Any, dtype: Any = None, name: str | None = None, trainable: bool = True
    ) -> None:
        self.name, self.trainable = name, trainable
        self._become(constant(value, dtype)._value)

    def _become(self, value: Any) -> None:
        made = tensor(value, False)
        made._name = self.name
        self._tensor = made

    def value(self) -> Tensor:
        """The present value as a tensor; live tapes watch it from now on."""
        found = self._tensor
        for recording in state.live:
            if id(found) not in recording.watched and (
                (recording.accessing and self.trainable) or id(self) in recording.variables
            ):
                recording.access(self, found)
        return found

    @property
    def _value(self) -> Any:
        return self._tensor._value

    @property
    def expr(self) -> Expr:
        """What live tapes have of the present version: a variable of that name."""
        return self._tensor.expr

    def assign(self, value: Any) -> Variable:
        """Let it have another value of its shape.

        Raises: ShapeError for another shape, KindError for a value that its dtype cannot hold.
        """
        self._become(self._fitting("assign", value))
        return self

    def assign_add(self, value: Any) -> Variable:
        """Add to the value.

        Raises: ShapeError, KindError, as :meth:`assign`.
        """
        return self._changed(add, "assign_add", value)

    def assign_sub(self, value: Any) -> Variable:
        """Subtract from the value.

        Raises: ShapeError, KindError, as :meth:`assign`.
        """
        return self._changed(sub, "assign_sub", value)

    def _changed(self, op: Op, method: str, value: Any) -> Variable:
        old = self._tensor._value
        change = self._fitting(method, value)
        self._become(cast(computed(op, (None, None), [old, change]), dtype_of(old)))
        return self

    def _fitting(self, method: str, value: Any) -> Any:
        """A value in the shape and dtype of this variable, of its own."""
        old = self._tensor._value
        given = value._value if type(value) is Tensor else self._read(value)
        if type(given) is float and type(old) is float:
            return given
        if shape_of(given) != shape_of(old):
            title = f"{method} of {self.name or 'a variable'}"
            shapes = (shape_of(given), shape_of(old))
            raise ShapeError(title, shapes, "a variable keeps its shape; make a new one")
        dtype = dtype_of(old)
        if dtype.kind != "f" and dtype_of(given).kind != dtype.kind:
            raise KindError(
                f"{method}: a variable of dtype {dtype} cannot hold {dtype_of(given)}; "
                "convert it with sd.cast"
            )
        return cast(given, dtype)

    def _read(self, value: Any) -> Any:
        if type(value) is Variable:
            return value._tensor._value
        found = operand(value)
        return converted(value)[0] if found is NotImplemented else value_of(found)

    def __repr__(self) -> str:
        name = f" {self.name!r}" if self.name else ""
        return f"<sd.Variable{name}: {described(self._tensor)}>"

    def _repr_html_(self) -> str:
        title = f"variable {self.name or ''}".rstrip()
        return array(f"{title} of shape {self.shape}, {self.dtype}", self._tensor._value)

    __str__ = __repr__

    def _in_place(self, other: object) -> NoReturn:
        raise ImmutableError("operators such as += do not change a variable; use v.assign_add(...)")

    __iadd__ = __isub__ = __imul__ = __itruediv__ = __ifloordiv__ = _in_place
    __imod__ = __ipow__ = __imatmul__ = _in_place

    __hash__ = object.__hash__


TYPES[Variable] = apply
