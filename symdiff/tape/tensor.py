"""``Tensor``: a value that is known at once and may stand in the records of tapes."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from ..backend.evaluate import evaluate
from ..dispatch import TYPES, applier
from ..errors import ConversionError, ImmutableError, KindError, NoValue, ShapeError
from ..expr import Expr, Shape
from ..html import array
from ..leaves import Var, const, refuse_foreign
from ..ops.creation import asarray
from ..walk import postorder
from .graphs import expression
from .values import converted, dtype_of, settled, shape_of

_new = object.__new__

if TYPE_CHECKING:
    from ..arraylike import ArrayLike

    _Arrays = ArrayLike["Tensor", Any]
else:

    class _Arrays:
        __slots__ = ()


class Arithmetic:
    """What has a value: its shape and dtype, conversions, operators and the methods of arrays."""

    __slots__ = ()

    _value: Any

    __pandas_priority__ = 5000  # so that a Series leaves its operators to the tensor

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
        return format(str(self._value) if self.shape else self._value, spec)

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


class Tensor(_Arrays, Arithmetic):
    """A number or an array with its value, recorded by the tapes that watch what it comes from.

    Made by ``sd.constant`` and by computing with tensors and variables.  It takes part in
    Python's arithmetic, in NumPy's functions and in every function of this package; the result
    is a tensor.

    >>> import symdiff as sd
    >>> t = sd.constant([[1.0, 2.0], [3.0, 4.0]])
    >>> t * 2 + t.T
    <sd.Tensor: shape=(2, 2), dtype=float64, numpy=
    array([[ 3.,  7.],
           [ 8., 12.]])>
    >>> float(sd.sum(t)), t.shape, bool(t[0, 0] > 0)
    (10.0, (2, 2), True)
    """

    __slots__ = ("__weakref__", "_index", "_mark", "_more", "_name", "_value", "_weak")

    _value: Any
    _weak: bool  # whether its precision follows that of others
    _mark: Any
    _index: int
    _more: tuple[tuple[Any, int], ...]
    _name: str | None  # of leaves only

    __array_priority__ = 2000

    def __new__(cls, *args: object, **kwargs: object) -> Tensor:
        raise TypeError("make tensors with sd.constant, or compute them from variables")

    @property
    def expr(self) -> Expr:
        """What was recorded of it, as an expression; a variable where no tape has recorded it.

        >>> import symdiff as sd
        >>> v = sd.Variable(2.0, name="v")
        >>> with sd.GradientTape() as tape:
        ...     y = v**2 + 1
        >>> y.expr
        v**2 + 1
        """
        return expression(self)

    def __repr__(self) -> str:
        return f"<sd.Tensor: {described(self)}>"

    def _repr_html_(self) -> str:
        return array(f"tensor of shape {self.shape}, {self.dtype}", self._value)

    def __copy__(self) -> Tensor:
        return self

    def __deepcopy__(self, memo: object) -> Tensor:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self._value, self._weak, getattr(self, "_name", None))

    __hash__ = object.__hash__


def described(x: Tensor) -> str:
    """Shape, dtype and value as text."""
    shown = repr(x._value) if x.shape else str(x._value)
    return f"shape={x.shape}, dtype={x.dtype}, numpy={chr(10) * (chr(10) in shown)}{shown}"


def tensor(value: Any, weak: bool) -> Tensor:
    """A tensor that no tape has recorded."""
    made = _new(Tensor)
    made._value = value
    made._weak = weak
    made._mark = None
    made._more = ()
    return made


def _restored(value: Any, weak: bool, name: str | None) -> Tensor:
    made = tensor(value, weak)
    made._name = name
    return made


def constant(value: Any, dtype: Any = None, name: str | None = None) -> Tensor:
    """A tensor with that value; the data are copied.  ``name`` stands for it in expressions.

    Without ``dtype``, NumPy's float32 is kept; other real numbers are float64 that yields to what
    has a precision of its own.  Ints and bools stay what they are.

    Raises: KindError for what is no array of real numbers, ints or bools.

    >>> import symdiff as sd
    >>> sd.constant([1.0, 2.0], dtype="float32").dtype
    dtype('float32')
    """
    if type(value) in TYPES:
        dtype = value.dtype if dtype is None else dtype
        value = value.numpy()
    try:
        if type(value) is Expr:
            value = value_of(_closed(value))
        made = tensor(*converted(value, dtype))
    except ConversionError:  # it is a list with expressions
        made = tensor(*converted(value_of(_closed(asarray(value))), dtype))
    made._name = name
    return made


def operand(value: Any) -> Any:
    """An operand as recordings know it: a tensor, a Python number or a constant expression.

    Arrays and lists of numbers become tensors; NotImplemented for what is none of these.
    Raises: NoValue for an expression with variables, KindError for an array of other things.
    """
    kind = type(value)
    if kind is Tensor or kind is float or kind is int or kind is bool:
        return value
    if kind in TYPES:
        return value.value()
    if kind is Expr:
        return _closed(value)
    if isinstance(value, (np.float64, np.int64, np.bool_)):
        return value.item()
    if isinstance(value, Fraction):
        return const(value)
    if isinstance(value, (np.ndarray, np.generic)):
        return constant(value)
    if hasattr(kind, "__array__"):  # a Series of pandas, say
        refuse_foreign("an operand of a tensor", value)
        return constant(np.asarray(value))
    if kind is list or kind is tuple:
        return packed(value)
    if isinstance(value, (int, float)):
        return float(value) if isinstance(value, float) else int(value)
    return NotImplemented


def packed(value: Sequence[Any]) -> Tensor:
    """A list of numbers as a tensor; tensors among them stay recorded.

    Raises: ShapeError for parts that differ in shape, KindError for other things than numbers.
    """
    apply = applier(value, {})
    made: Tensor = constant(value) if apply is None else apply(asarray, (value,), {})
    return made


def _closed(e: Expr) -> Expr:
    """An expression without variables.

    Raises: NoValue for one with variables.
    """
    free = [node for node in postorder([e]) if node.op is Var]
    if not free:
        return e
    error = NoValue(tuple([v.name for v in free]))
    if any(v.params[4] is not None for v in free):
        error.add_note(
            "It stands for an argument while a function is traced: give that function its "
            "variables as arguments, or call it without sd.function."
        )
    raise error


def value_of(x: Any) -> Any:
    """The value of an operand."""
    if type(x) is Tensor:
        return x._value
    if type(x) is Expr:
        found = evaluate(x)
        return float(found) if isinstance(found, Fraction) else settled(found)
    return x
