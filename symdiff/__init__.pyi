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

from . import linalg as linalg
from . import optimizers as optimizers
from .api import symbols as symbols
from .api import vars as vars
from .backend.compile import Compiled as Compiled
from .backend.compile import compile as compile
from .backend.evaluate import evaluate as evaluate
from .bars import progress as progress
from .comparing import same as same
from .domain import Interval as Interval
from .draw import draw as draw
from .draw import to_svg as to_svg
from .dual import Dual as Dual
from .errors import *
from .explaining.compare import compare as compare
from .explaining.derivation import explain as explain
from .explaining.trace import trace_table as trace_table
from .expr import Expr as Expr
from .expr import Op as Op
from .habits import lambdify as lambdify
from .hessians.sparsity import jacobian_sparsity as jacobian_sparsity
from .installed import doctor as doctor
from .minimizing.minimize import minimize as minimize
from .numeric import central_difference as central_difference
from .numeric import complex_step as complex_step
from .numeric import difference_hessian as difference_hessian
from .numeric import forward_difference as forward_difference
from .ops.linear.functions import EighResult, SlogdetResult
from .ops.primitive import primitive as primitive
from .ops.shaping import Axes
from .rewrite.cse import count_ops as count_ops
from .rewrite.cse import cse as cse
from .rewrite.standard import canonical as canonical
from .show.diagram import to_dot as to_dot
from .show.diagram import to_networkx as to_networkx
from .show.latex import latex as latex
from .show.parser import parse as parse
from .show.pretty import pretty as pretty
from .show.text import to_text as to_text
from .tape.gradient_tape import GradientTape as GradientTape
from .tape.protocols import cast as cast
from .tape.tensor import Tensor as Tensor
from .tape.tensor import constant as constant
from .tape.variable import Variable as Variable
from .testing import check_grad as check_grad
from .tracing.function import function as function

__version__: str
__all__ = [
"Abs", "Acos", "Acosh", "Add", "Adjugate", "All", "Any", "Argmax", "Argmin", "Argsort",
"ArgumentError", "ArityError", "Asin", "Asinh", "Atan", "Atan2", "Atanh",
"Beta", "BroadcastTo",
"Cbrt", "Ceil", "Cholesky", "Clip", "Compiled", "Concatenate", "Const", "ConversionError", "Cos",
"Cosh", "Cumprod", "Cumsum",
"DerivativeMismatch", "Det", "DetSign", "Diag", "Diagonal", "Digamma", "Div", "DomainError",
"Dual",
"EagerOperand", "Eigvalsh", "Eigvecsh", "Einsum", "Eq", "Erf", "Erfc", "Erfinv", "Exp", "Exp2",
"Expm1", "Expr",
"Floor",
"Gamma", "Gather", "Ge", "GradientTape", "Gt",
"Heaviside", "Hypot",
"I0", "I1", "ImmutableError", "Index", "IntOverflow", "Interval", "Inv", "InverseMills", "IsMax",
"IsMin", "Iv",
"J0", "J1", "Jn",
"KindError",
"Le", "LeakedVariable", "Lgamma", "LimitError", "Log", "Log10", "Log1mexp", "Log1p", "Log2",
"LogCosh", "LogErfc", "LogNdtr", "LogSoftmax", "Logabsdet", "Logaddexp", "Logdet", "LogicalAnd",
"LogicalNot", "LogicalOr", "Logit", "Logsumexp", "Lt",
"Matmul", "MatrixPower", "Max", "Maximum", "Min", "Minimum", "MissingPackage", "MissingVariable",
"Mod", "Mul",
"NEGATIVE", "NONNEGATIVE", "NONPOSITIVE", "NameClash", "Ne", "Neg", "NoGradients", "NoValue",
"NonFinite", "Norm", "NotAnExpression", "NotDifferentiable", "NotPolynomial", "NotScalar",
"Op", "Outer",
"POSITIVE", "ParseError", "PickleError", "Pinv", "Polygamma", "Pow", "Prod",
"REAL", "Reciprocal", "Relu", "Reshape", "Round",
"Scatter", "Sech", "ShapeError", "Sigmoid", "SigmoidCrossEntropy", "Sign", "Sin", "Sinc",
"SingularHessian", "Sinh", "Softmax", "Softplus", "Solve", "SphericalJn", "Sqrt", "Square",
"Stack", "Std", "StopGradient", "Sub", "Sum", "SymdiffError",
"TakeAlongAxis", "Tan", "Tanh", "TapeError", "Tensor", "Tie", "Trace", "Transpose", "Tril",
"Triu", "Trunc", "TruthError",
"UNIT", "Unconnected", "UnknownMethod", "UnknownOp", "UnknownVariable", "UnsupportedOp",
"Var", "Variable", "Variance",
"WeightedLog", "Where",
"Xlogy",
"absolute", "acos", "acosh", "add", "adjugate", "amax", "amin", "arange", "arccos", "arccosh",
"arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "argmax", "argmin", "argsort", "around",
"array", "array_split", "asarray", "asin", "asinh", "atan", "atan2", "atanh", "atleast_1d",
"atleast_2d", "atleast_3d", "average",
"beta", "bitwise_and", "bitwise_or", "broadcast_arrays", "broadcast_to",
"canonical", "cast", "cbrt", "ceil", "central_difference", "check_grad", "cholesky", "clip",
"collect", "column_stack", "compare", "complex_step", "concat", "concatenate", "constant", "cos",
"cosh", "count_nonzero", "count_ops", "cross", "cse", "cumprod", "cumsum", "cumulative_prod",
"cumulative_sum",
"derivative", "det", "det_sign", "diag", "diagflat", "diagonal", "diff", "difference_hessian",
"digamma", "div", "divide", "doctor", "dot", "draw", "dstack",
"e", "eigh", "eigvalsh", "eigvecsh", "einsum", "eq", "equal", "erf", "erfc", "erfinv", "evaluate",
"exp", "exp2", "expand", "expand_dims", "expit", "explain", "expm1", "eye",
"fabs", "factor_terms", "fix", "flatten", "flip", "float_power", "floor", "floor_divide",
"forward_difference", "full", "full_like", "function",
"gamma", "gammaln", "ge", "grad", "greater", "greater_equal", "gt",
"heaviside", "hessian", "horner", "hstack", "hvp", "hypot",
"i0", "i1", "identity", "inner", "inv", "inverse_mills", "invert", "is_max", "is_min", "iv",
"j0", "j1", "jacobian", "jacobian_sparsity", "jn", "jv", "jvp",
"kron",
"lambdify", "latex", "le", "less", "less_equal", "lgamma", "linalg", "linspace", "ln", "log",
"log10", "log1mexp", "log1p", "log2", "log_cosh", "log_erfc", "log_ndtr", "log_softmax",
"logabsdet", "logaddexp", "logdet", "loggamma", "logical_and", "logical_not", "logical_or",
"logit", "logsumexp", "lstsq", "lt",
"matmul", "matrix_power", "matrix_transpose", "maximum", "mean", "median", "meshgrid", "minimize",
"minimum", "mod", "moveaxis", "mul", "multi_dot", "multiply",
"ne", "neg", "negative", "norm", "not_equal",
"ones", "ones_like", "optimizers", "outer",
"pad", "parse", "permute_dims", "pi", "pinv", "polygamma", "power", "pretty", "primitive", "prod",
"progress", "psi", "ptp",
"ravel", "reciprocal", "relu", "remainder", "repeat", "reshape", "rint", "roll",
"same", "sech", "sigmoid", "sigmoid_cross_entropy", "sigmoid_cross_entropy_with_logits", "sign",
"simplify", "sin", "sinc", "sinh", "slogdet", "softmax", "softplus", "solve", "sort",
"spherical_jn", "split", "sqrt", "square", "squeeze", "stable", "stack", "std", "stop_gradient",
"sub", "subs", "subtract", "swapaxes", "symbols",
"take", "take_along_axis", "tan", "tanh", "tensordot", "tie", "tile", "to_dot", "to_networkx",
"to_svg", "to_text", "together", "trace", "trace_table", "transpose", "tril", "triu",
"true_divide", "trunc",
"unstack",
"value_and_grad", "var", "vdot", "vecdot", "vjp", "vstack",
"weighted_log", "where",
"xlogy",
"zeros", "zeros_like",
]

Abs = abs
Acos = acos
Acosh = acosh
Add = add
Adjugate = adjugate
All: Op
Any: Op
Argmax: Op
Argmin: Op
Argsort: Op
Asin = asin
Asinh = asinh
Atan = atan
Atan2 = atan2
Atanh = atanh
Beta = beta
BroadcastTo: Op
Cbrt = cbrt
Ceil = ceil
Cholesky: Op
Clip = clip
Concatenate: Op
Const: _Const
Cos = cos
Cosh = cosh
Cumprod: Op
Cumsum: Op
Det: Op
DetSign = det_sign
Diag: Op
Diagonal: Op
Digamma = digamma
Div = div
Eigvalsh: Op
Eigvecsh = eigvecsh
Einsum: Op
Eq = eq
Erf = erf
Erfc = erfc
Erfinv = erfinv
Exp = exp
Exp2 = exp2
Expm1 = expm1
Floor = floor
Gamma = gamma
Gather: Op
Ge = ge
Gt = gt
Heaviside = heaviside
Hypot = hypot
I0 = i0
I1 = i1
Index: Op
Inv: Op
InverseMills = inverse_mills
IsMax: Op
IsMin: Op
Iv = iv
J0 = j0
J1 = j1
Jn = jn
Le = le
Lgamma = lgamma
Log = log
Log10 = log10
Log1mexp = log1mexp
Log1p = log1p
Log2 = log2
LogCosh = log_cosh
LogErfc = log_erfc
LogNdtr = log_ndtr
LogSoftmax: Op
Logabsdet = logabsdet
Logaddexp = logaddexp
Logdet: Op
LogicalAnd = logical_and
LogicalNot = logical_not
LogicalOr = logical_or
Logit = logit
Logsumexp: Op
Lt = lt
Matmul = matmul
MatrixPower: Op
Max: Op
Maximum = maximum
Min: Op
Minimum = minimum
Mod = mod
Mul = mul
NEGATIVE: Interval
NONNEGATIVE: Interval
NONPOSITIVE: Interval
Ne = ne
Neg = neg
Norm: Op
Outer: Op
POSITIVE: Interval
Pinv: Op
Polygamma = polygamma
Pow = pow
Prod: Op
REAL: Interval
Reciprocal = reciprocal
Relu = relu
Reshape: Op
Round = round
Scatter: Op
Sech = sech
Sigmoid = sigmoid
SigmoidCrossEntropy = sigmoid_cross_entropy
Sign = sign
Sin = sin
Sinc = sinc
Sinh = sinh
Softmax: Op
Softplus = softplus
Solve: Op
SphericalJn = spherical_jn
Sqrt = sqrt
Square = square
Stack: Op
Std: Op
StopGradient = stop_gradient
Sub = sub
Sum: Op
TakeAlongAxis: Op
Tan = tan
Tanh = tanh
Tie = tie
Trace: Op
Transpose: Op
Tril: Op
Triu: Op
Trunc = trunc
UNIT: Interval
Var: _Var
Variance: Op
WeightedLog = weighted_log
Where = where
Xlogy = xlogy
abs: _Op1
"""abs(x), of each element.  x*sign(x); slope 0 at 0."""
absolute = abs
acos: _Op1
"""acos(x), of each element.  DLMF 4.24.8."""
acosh: _Op1
"""acosh(x), of each element.  DLMF 4.38.10."""
add: _OpN
"""add(*args), of each element."""
adjugate: _Op1
"""adjugate(A), of arrays.  Stewart 1998, On the adjugate matrix."""
def all(x: _Like[_X], axis: Axis = None, keepdims: bool = False) -> _X:
    """Whether every element is true, that is not 0."""
amax = max
amin = min
def any(x: _Like[_X], axis: Axis = None, keepdims: bool = False) -> _X:
    """Whether some element is true, that is not 0."""
def arange(start: float, stop: float | None = None, step: float = 1, dtype: _Any = None) -> Expr:
    """A constant: numbers from ``start`` (0 if only one bound is given) up to before ``stop``."""
arccos = acos
arccosh = acosh
arcsin = asin
arcsinh = asinh
arctan = atan
arctan2 = atan2
arctanh = atanh
def argmax(x: _Like[_X], axis: int | None = None, keepdims: bool = False) -> _X:
    """The index of the largest element along ``axis``, or of ``x`` flattened; the first of ties."""
def argmin(x: _Like[_X], axis: int | None = None, keepdims: bool = False) -> _X:
    """The index of the smallest element along ``axis``, or of ``x`` flattened; the first of ties."""
def argsort(x: _Like[_X], axis: int | None = -1) -> _X:
    """The indices that sort ``x`` along ``axis``, or flattened; ties keep their order."""
around = round
array = asarray
def array_split(x: _Like[_X], indices_or_sections: int | Sequence[int], axis: int = 0) -> list[_X]:
    """``x`` in as many parts as asked for, the first ones longer, or cut before the given places."""
def asarray(x: _Like[_X] | list[_Any] | tuple[_Any, ...] | range) -> _X:
    """Numbers, arrays, expressions and nested lists of them as one expression."""
asin: _Op1
"""asin(x), of each element.  DLMF 4.24.7."""
asinh: _Op1
"""asinh(x), of each element.  DLMF 4.38.9."""
atan: _Op1
"""atan(x), of each element.  DLMF 4.24.9."""
atan2: _Op2
"""atan2(y, x), of each element.  the angle of the point (x, y); DLMF 4.24.9."""
atanh: _Op1
"""atanh(x), of each element.  DLMF 4.38.11."""
def atleast_1d(*xs: _Like[_X]) -> _Any:
    """Each as an array of at least one axis; a tuple of them if there are several."""
def atleast_2d(*xs: _Like[_X]) -> _Any:
    """Each as an array of at least two axes, a vector as a row; a tuple if there are several."""
def atleast_3d(*xs: _Like[_X]) -> _Any:
    """Each as an array of at least three axes, as NumPy does: the last axis is a new one."""
def average(x: _Like[_X], axis: Axis = None, weights: _Like[_X] | None = None, *, keepdims: bool = False) -> _X:
    """The mean weighted with ``weights``: of the shape of ``x``, or a vector for a single axis."""
beta: _Op2
"""beta(a, b), of each element.  DLMF 5.12.1."""
bitwise_and = logical_and
bitwise_or = logical_or
def broadcast_arrays(*xs: _Like[_X]) -> tuple[_X, ...]:
    """All stretched to their common shape."""
def broadcast_to(x: _Like[_X], shape: int | Sequence[int]) -> _X:
    """``x`` stretched to ``shape`` by NumPy's rule."""
cbrt: _Op1
"""cbrt(x), of each element.  DLMF 4.7.10."""
ceil: _Op1
"""ceil(x), of each element."""
def cholesky(a: _Like[_X]) -> _X:
    """The lower triangular ``L`` with ``L @ L.T = a``; nan where ``a`` is not positive definite."""
clip: _Op3
"""clip(x, low, high), of each element.  min(max(x, low), high) with low <= high."""
def collect(tree: _S, by: _Any, limit: int = 100000) -> _S:
    """Sums written by falling powers of ``by``: a variable, a function, or a list of these."""
def column_stack(parts: Iterable[_Like[_X]]) -> _X:
    """Parts side by side, vectors as columns."""
concat = concatenate
def concatenate(parts: Iterable[_Like[_X]], axis: int | None = 0) -> _X:
    """Parts joined along an axis; with ``axis=None`` their elements as one vector."""
cos: _Op1
"""cos(x), of each element.  DLMF 4.20.2."""
cosh: _Op1
"""cosh(x), of each element.  DLMF 4.34.2."""
def count_nonzero(x: _Like[_X], axis: Axis = None, keepdims: bool = False) -> _X:
    """The number of elements that are not 0."""
def cross(a: _Like[_X], b: _Like[_X], axisa: int = -1, axisb: int = -1, axisc: int = -1, *, axis: int | None = None) -> _X:
    """The cross product of vectors of 3 along an axis; the other axes broadcast."""
def cumprod(x: _Like[_X], axis: int | None = None) -> _X:
    """Products of the elements up to each, along ``axis``, or of ``x`` flattened."""
def cumsum(x: _Like[_X], axis: int | None = None) -> _X:
    """Sums of the elements up to each, along ``axis``, or of ``x`` flattened."""
cumulative_prod = cumprod
cumulative_sum = cumsum
def det(a: _Like[_X]) -> _X:
    """The determinant; its gradient is the transposed adjugate, at singular matrices too."""
det_sign: _Op1
"""det_sign(A), of arrays."""
def diag(x: _Like[_X], k: int = 0) -> _X:
    """A matrix with the vector ``x`` on diagonal ``k``, or diagonal ``k`` of the matrix ``x``."""
def diagflat(x: _Like[_X], k: int = 0) -> _X:
    """A matrix with the elements of ``x`` in row-major order on diagonal ``k``."""
def diagonal(x: _Like[_X], offset: int = 0, axis1: int = 0, axis2: int = 1) -> _X:
    """Diagonal ``offset`` of the matrices along two axes, as the last axis of the result."""
digamma: _Op1
"""digamma(x), of each element.  DLMF 5.2.2."""
div: _Op2
"""div(x, y), of each element."""
divide = div
def dot(a: _Like[_X], b: _Like[_X]) -> _X:
    """NumPy's ``dot``: over the last axis of ``a`` and the last but one of ``b``."""
def dstack(parts: Iterable[_Like[_X]]) -> _X:
    """Parts joined along a third axis."""
e: Expr
def eigh(a: _Like[_X]) -> EighResult[_X]:
    """Eigenvalues in ascending order and eigenvectors of a symmetric matrix."""
def eigvalsh(a: _Like[_X]) -> _X:
    """The eigenvalues of a symmetric matrix in ascending order; differentiable where distinct."""
eigvecsh: _Op1
"""eigvecsh(A), of arrays.  Giles 2008, An extended collection of matrix derivative results."""
def einsum(subscripts: _Any, *operands: _Any, optimize: _Any = None) -> _Any:
    """A sum of products over axes that are named by letters, in NumPy's full grammar."""
eq: _Op2
"""eq(x, y), of each element."""
equal = eq
erf: _Op1
"""erf(x), of each element.  DLMF 7.2.1."""
erfc: _Op1
"""erfc(x), of each element.  DLMF 7.2.2."""
erfinv: _Op1
"""erfinv(x), of each element.  DLMF 7.17.1."""
exp: _Op1
"""exp(x), of each element.  DLMF 4.7.7."""
exp2: _Op1
"""exp2(x), of each element.  DLMF 4.7.9."""
def expand(tree: _S, limit: int = 100000) -> _S:
    """Products and whole powers of sums multiplied out, inside functions and divisors too."""
def expand_dims(x: _Like[_X], axis: Axes) -> _X:
    """``x`` with axes of size 1 put in, so that they have the places ``axis``."""
expit = sigmoid
expm1: _Op1
"""expm1(x), of each element.  exp(x) - 1; DLMF 4.7.7."""
def eye(n: int, m: int | None = None, k: int = 0) -> Expr:
    """The matrix of shape (n, m) with ones on diagonal ``k``; the identity matrix by default."""
fabs = abs
def factor_terms(tree: _S) -> _S:
    """What all terms of a sum have in common in front of it, inside functions too."""
fix = trunc
flatten = ravel
def flip(x: _Like[_X], axis: Axes | None = None) -> _X:
    """``x`` in reverse along ``axis``, by default along every one."""
float_power = pow
floor: _Op1
"""floor(x), of each element."""
def floor_divide(x: _Like[_X], y: _Like[_X]) -> _X:
    """``floor(x / y)``, which ``x // y`` means; a real number, of ints as well."""
def full(shape: int | Sequence[int], fill_value: _Like[_X], dtype: _Any = None) -> _X:
    """An array of ``shape`` with ``fill_value`` everywhere, a number or an expression."""
def full_like(x: _Like[_X], fill_value: _Like[_X], dtype: _Any = None) -> _X:
    """An array of the shape and kind of ``x`` with ``fill_value`` everywhere."""
gamma: _Op1
"""gamma(x), of each element.  DLMF 5.2.2."""
gammaln = lgamma
ge: _Op2
"""ge(x, y), of each element."""
greater = gt
greater_equal = ge
gt: _Op2
"""gt(x, y), of each element."""
heaviside: _Op2
"""heaviside(x, h), of each element.  0 for x < 0, h at x = 0, 1 for x > 0; slope 0 at 0."""
def horner(tree: _S, x: _Any, limit: int = 100000) -> _S:
    """Polynomials in ``x`` nested so that they take the fewest multiplications."""
def hstack(parts: Iterable[_Like[_X]]) -> _X:
    """Parts side by side: along the second axis, vectors along their only one."""
hypot: _Op2
"""hypot(x, y), of each element.  sqrt(x**2 + y**2)."""
i0: _Op1
"""i0(x), of each element.  DLMF 10.29.3."""
i1: _Op1
"""i1(x), of each element.  DLMF 10.29.1."""
def identity(n: int) -> Expr:
    """The identity matrix, shape (n, n)."""
def inner(a: _Like[_X], b: _Like[_X]) -> _X:
    """The sum of products over the last axes of both; scalars multiply."""
def inv(a: _Like[_X]) -> _X:
    """The inverse; nan where a matrix is exactly singular."""
inverse_mills: _Op1
"""inverse_mills(x), of each element.  the slope of log_ndtr, exp(-x**2/2)/(sqrt(2*pi)*ndtr(x)); DLMF 7.8.1."""
invert = logical_not
def is_max(x: _Like[_X], axis: Axis = None) -> _X:
    """Which elements are the largest of all, or along ``axis``: ``x == max(x)`` of the shape of x."""
def is_min(x: _Like[_X], axis: Axis = None) -> _X:
    """Which elements are the smallest of all, or along ``axis``: ``x == min(x)`` of the shape of x."""
iv: _Op2
"""iv(order, x), of each element.  DLMF 10.29.1."""
j0: _Op1
"""j0(x), of each element.  DLMF 10.6.3."""
j1: _Op1
"""j1(x), of each element.  DLMF 10.6.1."""
jn: _Op2
"""jn(order, x), of each element.  DLMF 10.6.1."""
jv = jn
def kron(a: _Like[_X], b: _Like[_X]) -> _X:
    """The Kronecker product: a block ``a[i] * b`` for every element of ``a``."""
le: _Op2
"""le(x, y), of each element."""
less = lt
less_equal = le
lgamma: _Op1
"""lgamma(x), of each element.  DLMF 5.2.2."""
def linspace(start: _Like[_X], stop: _Like[_X], num: int = 50, endpoint: bool = True, dtype: _Any = None) -> _X:
    """``num`` numbers at equal distances from ``start`` to ``stop``, which may be expressions."""
ln = log
log: _Op1
"""log(x), of each element.  DLMF 4.7.1."""
log10: _Op1
"""log10(x), of each element.  log(x)/log(10); DLMF 4.7.1."""
log1mexp: _Op1
"""log1mexp(x), of each element.  log(1 - exp(-x))."""
log1p: _Op1
"""log1p(x), of each element.  log(1 + x); DLMF 4.7.1."""
log2: _Op1
"""log2(x), of each element.  log(x)/log(2); DLMF 4.7.1."""
log_cosh: _Op1
"""log_cosh(x), of each element.  log(cosh(x)); DLMF 4.34.3."""
log_erfc: _Op1
"""log_erfc(x), of each element.  log(erfc(x)); DLMF 7.2.2."""
log_ndtr: _Op1
"""log_ndtr(x), of each element.  log of the normal distribution function; scipy.special.log_ndtr, DLMF 7.1."""
def log_softmax(x: _Like[_X], axis: Axis = None) -> _X:
    """``x - logsumexp(x)`` over all axes, or over ``axis``."""
logabsdet: _Op1
"""logabsdet(A), of arrays.  Giles 2008, An extended collection of matrix derivative results."""
logaddexp: _Op2
"""logaddexp(x, y), of each element.  log(exp(x) + exp(y))."""
def logdet(a: _Like[_X]) -> _X:
    """The logarithm of a positive determinant, without overflow; nan where it is negative."""
loggamma = lgamma
logical_and: _Op2
"""logical_and(x, y), of each element."""
logical_not: _Op1
"""logical_not(x), of each element."""
logical_or: _Op2
"""logical_or(x, y), of each element."""
logit: _Op1
"""logit(x), of each element.  log(x/(1 - x)), the inverse of the logistic function."""
def logsumexp(x: _Like[_X], axis: Axis = None, keepdims: bool = False) -> _X:
    """``log(sum(exp(x)))`` without overflow."""
def lstsq(a: _Like[_X], b: _Like[_X]) -> _X:
    """The ``x`` for which ``a @ x`` is nearest to ``b``, the shortest one if there are several."""
lt: _Op2
"""lt(x, y), of each element."""
matmul: _Op2
"""matmul(A, B), of arrays."""
def matrix_power(a: _Like[_X], n: int) -> _X:
    """``a @ a @ ...``, n times; the power 0 is the identity, negative ones are of the inverse."""
def matrix_transpose(x: _Like[_X]) -> _X:
    """``x`` with its last two axes exchanged."""
def max(x: _Like[_X], axis: Axis = None, keepdims: bool = False) -> _X:
    """The largest element over all axes, or over ``axis``; ties share the derivative equally."""
maximum: _Op2
"""maximum(x, y), of each element.  ties share equally."""
def mean(x: _Like[_X], axis: Axis = None, keepdims: bool = False) -> _X:
    """The mean over all axes, or over ``axis``."""
def median(x: _Like[_X], axis: Axis = None, keepdims: bool = False) -> _X:
    """The middle element, or the mean of the two in the middle."""
def meshgrid(*xi: _Like[_X], sparse: bool = False, indexing: str = 'xy') -> tuple[_X, ...]:
    """Coordinates of a grid from one vector per axis; ``sparse`` leaves them to be broadcast."""
def min(x: _Like[_X], axis: Axis = None, keepdims: bool = False) -> _X:
    """The smallest element over all axes, or over ``axis``; ties share the derivative equally."""
minimum: _Op2
"""minimum(x, y), of each element.  ties share equally."""
mod: _Op2
"""mod(x, y), of each element.  x - y*floor(x/y)."""
def moveaxis(x: _Like[_X], source: Axes, destination: Axes) -> _X:
    """``x`` with the axes ``source`` at the places ``destination``, the others in their order."""
mul: _OpN
"""mul(*args), of each element."""
def multi_dot(arrays: Iterable[_Like[_X]]) -> _X:
    """The matrix product of two or more; the order of products is chosen when it is compiled."""
multiply = mul
ne: _Op2
"""ne(x, y), of each element."""
neg: _Op1
"""neg(x), of each element."""
negative = neg
def norm(x: _Like[_X], ord: float | str | None = None, axis: Axis = None, keepdims: bool = False) -> _X:
    """A norm of vectors, or of matrices where two axes are meant; by default the Euclidean one."""
not_equal = ne
def ones(shape: int | Sequence[int], dtype: _Any = ...) -> Expr:
    """An array of ones."""
def ones_like(x: _Like[_X], dtype: _Any = None) -> _X:
    """Ones in the shape and kind of ``x``."""
def outer(a: _Like[_X], b: _Like[_X]) -> _X:
    """Every element of ``a`` times every element of ``b``, both in row-major order."""
def pad(x: _Like[_X], pad_width: _Any, mode: str = 'constant', *, constant_values: _Any = 0) -> _X:
    """``x`` with a margin: of ``constant_values``, or continued by ``mode``."""
permute_dims = transpose
pi: Expr
def pinv(a: _Like[_X]) -> _X:
    """The pseudoinverse of a matrix of full rank, tall or wide; derivatives hold for these alone."""
polygamma: _Op2
"""polygamma(order, x), of each element.  DLMF 5.15.1."""
pow: _Op2
"""pow(x, y), of each element.  DLMF 4.7.10."""
power = pow
def prod(x: _Like[_X], axis: Axis = None, keepdims: bool = False) -> _X:
    """The product over all axes, or over ``axis``; 1 of nothing."""
psi = digamma
def ptp(x: _Like[_X], axis: Axis = None, keepdims: bool = False) -> _X:
    """The largest element less the smallest."""
def ravel(x: _Like[_X]) -> _X:
    """The elements of ``x`` in row-major order, as a vector."""
reciprocal: _Op1
"""reciprocal(x), of each element.  DLMF 4.7.10."""
relu: _Op1
"""relu(x), of each element.  max(x, 0); slope 0 at 0."""
remainder = mod
def repeat(x: _Like[_X], repeats: int | Sequence[int], axis: int | None = None) -> _X:
    """Every element along ``axis`` ``repeats`` times in a row, or each its own number of times."""
def reshape(x: _Like[_X], shape: int | Sequence[int]) -> _X:
    """``x`` in another shape with the same elements in row-major order; one size may be -1."""
rint = round
def roll(x: _Like[_X], shift: int | Sequence[int], axis: Axes | None = None) -> _X:
    """``x`` moved by ``shift`` places along ``axis``; what leaves at one end enters at the other."""
round: _Op1
"""round(x), of each element."""
sech: _Op1
"""sech(x), of each element.  DLMF 4.34.5."""
sigmoid: _Op1
"""sigmoid(x), of each element.  the logistic function 1/(1 + exp(-x))."""
sigmoid_cross_entropy: _Op2
"""sigmoid_cross_entropy(z, x), of each element.  -z*log(sigmoid(x)) - (1 - z)*log(1 - sigmoid(x))."""
def sigmoid_cross_entropy_with_logits(labels: _Like[_X], logits: _Like[_X]) -> _X:
    """``-z*log(sigmoid(x)) - (1 - z)*log(1 - sigmoid(x))`` for each label z and logit x."""
sign: _Op1
"""sign(x), of each element."""
def simplify(tree: _S, exact: bool = False, effort: int = 1) -> _S: ...
sin: _Op1
"""sin(x), of each element.  DLMF 4.20.1."""
sinc: _Op1
"""sinc(x), of each element.  sin(pi*x)/(pi*x), as in NumPy; the derivative by DLMF 10.49.3 and 10.51.2."""
sinh: _Op1
"""sinh(x), of each element.  DLMF 4.34.1."""
def slogdet(a: _Like[_X]) -> SlogdetResult[_X]:
    """The sign of the determinant, and the logarithm of its absolute value (-inf for 0)."""
def softmax(x: _Like[_X], axis: Axis = None) -> _X:
    """``exp(x) / sum(exp(x))`` over all axes, or over ``axis``."""
softplus: _Op1
"""softplus(x), of each element.  log(1 + exp(x))."""
def solve(a: _Like[_X], b: _Like[_X]) -> _X:
    """The solution ``x`` of ``a @ x = b``, without the inverse of ``a``."""
def sort(x: _Like[_X], axis: int | None = -1) -> _X:
    """``x`` sorted along ``axis``, or flattened; derivatives follow the elements."""
spherical_jn: _Op2
"""spherical_jn(order, x), of each element.  DLMF 10.51.2."""
def split(x: _Like[_X], indices_or_sections: int | Sequence[int], axis: int = 0) -> list[_X]:
    """``x`` in as many equal parts as asked for, or cut before the given places."""
sqrt: _Op1
"""sqrt(x), of each element.  DLMF 4.7.10."""
square: _Op1
"""square(x), of each element.  DLMF 4.7.10."""
def squeeze(x: _Like[_X], axis: Axes | None = None) -> _X:
    """``x`` without its axes of size 1, or without those in ``axis``."""
def stable(tree: _S) -> _S:
    """The forms that lose no digits, for printing: what ``compile`` starts from."""
def stack(parts: Iterable[_Like[_X]], axis: int = 0) -> _X:
    """Expressions of one shape along a new axis."""
def std(x: _Like[_X], axis: Axis = None, ddof: float = 0, keepdims: bool = False) -> _X:
    """The square root of the variance; its derivative is 0 where all elements are equal."""
stop_gradient: _Op1
"""stop_gradient(x), of each element."""
sub: _Op2
"""sub(x, y), of each element."""
def subs(tree: _S, mapping: Mapping[Expr | str, ExprLike]) -> _S: ...
subtract = sub
def sum(x: _Like[_X], axis: Axis = None, keepdims: bool = False) -> _X:
    """The sum over all axes, or over ``axis``; 0 of nothing, an int of truth values."""
def swapaxes(x: _Like[_X], axis1: int, axis2: int) -> _X:
    """``x`` with two axes exchanged."""
def take(x: _Like[_X], indices: _Any, axis: int | None = None, *, mode: str = 'raise') -> _X:
    """The elements of ``x`` at ``indices`` along ``axis``, by default of all in row-major order."""
def take_along_axis(x: _Like[_X], indices: _Any, axis: int | None = -1) -> _X:
    """The elements of ``x`` at ``indices`` along ``axis``, line by line: what sorts, sorts by this."""
tan: _Op1
"""tan(x), of each element.  DLMF 4.20.3."""
tanh: _Op1
"""tanh(x), of each element.  DLMF 4.34.3."""
def tensordot(a: _Like[_X], b: _Like[_X], axes: int | Sequence[int | Sequence[int]] = 2) -> _X:
    """The product summed over ``axes``: so many last of ``a`` and first of ``b``, or two lists."""
tie: _Op2
"""tie(x, y), of each element.  x == y where a derivative has a value by convention; formulas leave that out."""
def tile(x: _Like[_X], reps: int | Sequence[int]) -> _X:
    """``x`` laid side by side, ``reps`` times along each of the last axes."""
def together(tree: _S, limit: int = 100000) -> _S:
    """Sums over one denominator, inside functions and divisors too."""
def trace(x: _Like[_X], offset: int = 0, axis1: int = 0, axis2: int = 1) -> _X:
    """The sum of diagonal ``offset`` of the matrices along two axes."""
def transpose(x: _Like[_X], axes: Sequence[int] | None = None) -> _X:
    """The axes of ``x`` reversed, or in the order ``axes``."""
def tril(x: _Like[_X], k: int = 0) -> _X:
    """The lower triangle of the last two axes, up to diagonal ``k``; zeros above."""
def triu(x: _Like[_X], k: int = 0) -> _X:
    """The upper triangle of the last two axes, from diagonal ``k``; zeros below."""
true_divide = div
trunc: _Op1
"""trunc(x), of each element."""
def unstack(x: _Like[_X], axis: int = 0) -> tuple[_X, ...]:
    """The parts that ``stack`` along ``axis`` to ``x``."""
def var(x: _Like[_X], axis: Axis = None, ddof: float = 0, keepdims: bool = False) -> _X:
    """The variance: squared differences from the mean, added and divided by ``n - ddof``."""
def vdot(a: _Like[_X], b: _Like[_X]) -> _X:
    """The sum of products of all elements, in row-major order."""
def vecdot(x1: _Like[_X], x2: _Like[_X], axis: int = -1) -> _X:
    """The sum of products along ``axis``; the other axes broadcast."""
def vstack(parts: Iterable[_Like[_X]]) -> _X:
    """Parts one above the other, vectors as rows."""
weighted_log: _Op2
"""weighted_log(x, y), of each element.  x*log(y) as derivatives of powers have it: 0 where x is 0."""
where: _Op3
"""where(condition, x, y), of each element."""
xlogy: _Op2
"""xlogy(x, y), of each element.  scipy.special.xlogy: x*log(y), and 0 where x is 0."""
def zeros(shape: int | Sequence[int], dtype: _Any = ...) -> Expr:
    """An array of zeros."""
def zeros_like(x: _Like[_X], dtype: _Any = None) -> _X:
    """Zeros in the shape and kind of ``x``."""
