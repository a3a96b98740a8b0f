"""What tensors and variables have in common.

Operators and the methods of arrays are installed by ``protocols``.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from ..errors import ImmutableError, KindError, ShapeError
from ..expr import Shape
from .values import dtype_of, shape_of


class Arithmetic:
    """What has a value: its shape and dtype, conversions, operators and the methods of arrays."""

    __slots__ = ()

    _value: Any

    __hash__ = object.__hash__  # two are equal by their values, and told apart by themselves

    @property
    def shape(self) -> Shape:
        return shape_of(self._value)

    @property
    def dtype(self) -> np.dtype[Any]:
        return dtype_of(self._value)

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return int(np.size(self._value))

    def numpy(self) -> Any:
        """The value as a NumPy array of its own, or as a NumPy number."""
        value = self._value
        if type(value) is np.ndarray:
            return value.copy()
        return dtype_of(value).type(value)

    def item(self) -> Any:
        """The value of a tensor of one element as a Python number."""
        return np.asarray(self._value).item()

    def tolist(self) -> Any:
        """The value as nested lists of Python numbers."""
        return np.asarray(self._value).tolist()

    def __str__(self) -> str:
        return str(self._value)

    def __format__(self, spec: str) -> str:
        return format(str(self) if self.shape else self._value, spec)

    def __bool__(self) -> bool:
        value = self._value
        if type(value) is np.ndarray and value.size != 1:
            hint = "its truth is ambiguous; use sd.any(t), sd.all(t), or sd.where to choose"
            raise ShapeError("bool", (value.shape,), hint)
        return bool(value)

    def __float__(self) -> float:
        return float(self._number("float"))

    def __int__(self) -> int:
        return int(self._number("int"))

    def __complex__(self) -> complex:
        return complex(self._number("complex"))

    def _number(self, wanted: str) -> Any:
        if self.shape:
            raise KindError(
                f"{wanted}: a tensor of shape {self.shape} is no number; take an element, t[0], "
                "or a number made of all, sd.sum(t); t.tolist() gives all of them"
            )
        return self._value

    def __index__(self) -> int:
        return operator.index(self._value)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        array = np.array(self._value, dtype=dtype, copy=True if copy else None)
        if not copy and np.may_share_memory(array, self._value):
            array = array.view()
            array.flags.writeable = False
        return array

    def __len__(self) -> int:
        if not self.shape:
            raise ShapeError("len", ((),), "a scalar has no length")
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        return iter([self[i] for i in range(len(self))])

    def __setitem__(self, at: object, value: object) -> NoReturn:
        raise ImmutableError(
            "elements are not assigned; use sd.where or sd.stack, and assign of a variable"
        )

    if TYPE_CHECKING:  # installed by ``protocols``

        def __eq__(self, other: object) -> Any: ...
        def __ne__(self, other: object) -> Any: ...
        def __getitem__(self, index: Any) -> Any: ...
        def astype(self, dtype: Any) -> Any: ...
