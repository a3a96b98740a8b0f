"""Written by ``tools/stubs.py`` from ``tools/by_hand.pyi``, the rows and the signatures."""

# ruff: noqa
from collections.abc import Callable, Iterable, Mapping, Sequence
from numbers import Rational
from typing import Any as _Any
from typing import Literal, TypeAlias, overload

import numpy as np
from typing_extensions import TypeVar

from .arraylike import ArrayLike, Axis
from .calculus.derivatives import Mode
from .expr import ExprLike, Kind
from .hessians.matrix import StructuredJacobian
from .hessians.structured import StructuredHessian
from .targets import Missing
from .tracing.function import Function

_X = TypeVar("_X", Expr, Tensor, default=Expr)  # numbers alone make an expression
_Number: TypeAlias = float | Rational | np.ndarray[_Any, _Any] | np.generic[_Any]
_Like: TypeAlias = ArrayLike[_X, _Any] | _Number
_Tree: TypeAlias = list[_Any] | tuple[_Any, ...] | Mapping[_Any, _Any]
_S = TypeVar("_S", bound=Expr | _Tree)  # what keeps its structure
_T = TypeVar("_T", bound=tuple[_Any, ...] | Mapping[_Any, _Any])
_K = TypeVar("_K")
_Connected: TypeAlias = Literal["zero", "raise"]
_Argnums: TypeAlias = int | str | tuple[int | str, ...]

# Operations, by the number of their arguments.

class _Op1(Op):
    def __call__(self, x: _Like[_X], /) -> _X: ...  # type: ignore[override]

class _Op2(Op):
    def __call__(self, x: _Like[_X], y: _Like[_X], /) -> _X: ...  # type: ignore[override]

class _Op3(Op):
    def __call__(self, x: _Like[_X], y: _Like[_X], z: _Like[_X], /) -> _X: ...  # type: ignore[override]

class _OpN(Op):
    def __call__(self, *args: _Like[_X]) -> _X: ...  # type: ignore[override]

class _Const(Op):
    def __call__(self, value: ExprLike, /) -> Expr: ...  # type: ignore[override]

class _Var(Op):
    def __call__(  # type: ignore[override]
        self,
        name: str,
        shape: int | Iterable[int] = (),
        kind: Kind = "real",
        domain: Interval = ...,
    ) -> Expr: ...

# The verbs of differentiation: the result has the structure of ``wrt``, or of the first argument.

@overload
def grad(
    f: ExprLike, wrt: _S, *, simplify: bool = True, unconnected: _Connected = "zero"
) -> _S: ...
@overload
def grad(f: ExprLike, wrt: _Any, *, simplify: bool = True, unconnected: Missing) -> _Any: ...
@overload
def grad(
    f: Callable[..., _Any], wrt: _Argnums = 0, *, argnums: _Argnums | None = None, **options: _Any
) -> Function: ...
@overload
def value_and_grad(
    f: ExprLike, wrt: _S, *, simplify: bool = True, unconnected: _Connected = "zero"
) -> tuple[Expr, _S]: ...
@overload
def value_and_grad(
    f: ExprLike, wrt: _Any, *, simplify: bool = True, unconnected: Missing
) -> tuple[Expr, _Any]: ...
@overload
def value_and_grad(
    f: Callable[..., _Any], wrt: _Argnums = 0, *, argnums: _Argnums | None = None, **options: _Any
) -> Function: ...
@overload
def jacobian(
    F: ExprLike | _Tree, wrt: Expr, *, structured: Literal[True]
) -> StructuredJacobian: ...
@overload
def jacobian(
    F: ExprLike,
    wrt: Expr,
    *,
    simplify: bool = True,
    unconnected: _Connected = "zero",
    mode: Mode | None = None,
    blocks: bool = False,
) -> Expr: ...
@overload  # a list of scalars gives one array, a list of arrays a list
def jacobian(
    F: ExprLike | list[Expr],
    wrt: list[Expr],
    *,
    simplify: bool = True,
    unconnected: _Connected = "zero",
    mode: Mode | None = None,
    blocks: Literal[False] = False,
) -> Expr | _Any: ...
@overload
def jacobian(
    F: ExprLike,
    wrt: list[Expr],
    *,
    simplify: bool = True,
    unconnected: _Connected = "zero",
    mode: Mode | None = None,
    blocks: Literal[True],
) -> list[Expr]: ...
@overload
def jacobian(
    F: ExprLike,
    wrt: _T,
    *,
    simplify: bool = True,
    unconnected: _Connected = "zero",
    mode: Mode | None = None,
    blocks: bool = False,
) -> _T: ...
@overload
def jacobian(
    F: list[Expr],
    wrt: Expr,
    *,
    simplify: bool = True,
    unconnected: _Connected = "zero",
    mode: Mode | None = None,
    blocks: Literal[False] = False,
) -> Expr | _Any: ...
@overload
def jacobian(
    F: ExprLike | _Tree,
    wrt: _Any,
    *,
    simplify: bool = True,
    unconnected: Missing = "zero",
    mode: Mode | None = None,
    blocks: bool = False,
) -> _Any: ...
@overload
def jacobian(
    F: Callable[..., _Any], wrt: _Argnums = 0, *, argnums: _Argnums | None = None, **options: _Any
) -> Function: ...
@overload
def hessian(
    f: ExprLike,
    wrt: Expr,
    *,
    simplify: bool = True,
    unconnected: _Connected = "zero",
    modes: tuple[Mode | None, Mode] = ...,
    blocks: bool = False,
    structured: Literal[False] = False,
) -> Expr: ...
@overload
def hessian(f: ExprLike, wrt: Expr, *, structured: Literal[True]) -> StructuredHessian: ...
@overload  # a list of scalars gives one matrix, a list of arrays lists of lists
def hessian(
    f: ExprLike,
    wrt: list[Expr],
    *,
    simplify: bool = True,
    unconnected: _Connected = "zero",
    modes: tuple[Mode | None, Mode] = ...,
    blocks: Literal[False] = False,
) -> Expr | _Any: ...
@overload
def hessian(
    f: ExprLike,
    wrt: list[Expr],
    *,
    simplify: bool = True,
    unconnected: _Connected = "zero",
    modes: tuple[Mode | None, Mode] = ...,
    blocks: Literal[True],
) -> list[list[Expr]]: ...
@overload
def hessian(
    f: ExprLike,
    wrt: tuple[Expr, ...],
    *,
    simplify: bool = True,
    unconnected: _Connected = "zero",
    modes: tuple[Mode | None, Mode] = ...,
    blocks: bool = False,
) -> tuple[tuple[Expr, ...], ...]: ...
@overload
def hessian(
    f: ExprLike,
    wrt: Mapping[_K, Expr],
    *,
    simplify: bool = True,
    unconnected: _Connected = "zero",
    modes: tuple[Mode | None, Mode] = ...,
    blocks: bool = False,
) -> dict[_K, dict[_K, Expr]]: ...
@overload
def hessian(
    f: ExprLike,
    wrt: _Any,
    *,
    simplify: bool = True,
    unconnected: Missing = "zero",
    modes: tuple[Mode | None, Mode] = ...,
    blocks: bool = False,
) -> _Any: ...
@overload
def hessian(
    f: Callable[..., _Any], wrt: _Argnums = 0, *, argnums: _Argnums | None = None, **options: _Any
) -> Function: ...
@overload
def jvp(F: _S, wrt: _Any, tangents: _Any, *, simplify: bool = True) -> _S: ...
@overload
def jvp(F: _Number, wrt: _Any, tangents: _Any, *, simplify: bool = True) -> Expr: ...
@overload
def jvp(
    F: Callable[..., _Any], wrt: _Argnums = 0, *, argnums: _Argnums | None = None, **options: _Any
) -> Function: ...
@overload
def vjp(
    F: ExprLike | _Tree,
    wrt: _S,
    cotangents: _Any,
    *,
    simplify: bool = True,
    unconnected: _Connected = "zero",
) -> _S: ...
@overload
def vjp(
    F: ExprLike | _Tree, wrt: _Any, cotangents: _Any, *, simplify: bool = True, unconnected: Missing
) -> _Any: ...
@overload
def vjp(
    F: Callable[..., _Any], wrt: _Argnums = 0, *, argnums: _Argnums | None = None, **options: _Any
) -> Function: ...
@overload
def hvp(f: ExprLike, wrt: _S, tangents: _Any, *, simplify: bool = True) -> _S: ...
@overload
def hvp(
    f: Callable[..., _Any], wrt: _Argnums = 0, *, argnums: _Argnums | None = None, **options: _Any
) -> Function: ...
@overload
def derivative(  # type: ignore[overload-overlap]  # an expression can be called, too
    f: ExprLike, *by: Expr | int, n: int | None = None, simplify: bool = True
) -> Expr: ...
@overload
def derivative(
    f: Callable[..., _Any],
    wrt: _Argnums = 0,
    *by: int,
    argnums: _Argnums | None = None,
    **options: _Any,
) -> Function: ...

diff = derivative

# From here on everything is made from the package.
