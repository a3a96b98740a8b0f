"""Written by ``tools/stubs.py``."""

# ruff: noqa
from . import _X, _Like
from .ops.linear.functions import EighResult as EighResult
from .ops.linear.functions import SlogdetResult as SlogdetResult
from . import cholesky as cholesky
from . import cross as cross
from . import det as det
from . import eigh as eigh
from . import eigvalsh as eigvalsh
from . import inv as inv
from . import logdet as logdet
from . import lstsq as lstsq
from . import matmul as matmul
from . import matrix_power as matrix_power
from . import matrix_transpose as matrix_transpose
from . import multi_dot as multi_dot
from . import norm as norm
from . import outer as outer
from . import pinv as pinv
from . import slogdet as slogdet
from . import solve as solve
from . import tensordot as tensordot
from . import vecdot as vecdot
from collections.abc import Sequence

def diagonal(x: _Like[_X], offset: int = 0) -> _X:
    """The diagonals of matrices, those of the last two axes."""
def matrix_norm(x: _Like[_X], keepdims: bool = False, ord: float | str = 'fro') -> _X:
    """The norm of matrices, those of the last two axes; ``ord`` is "fro", 1, -1, inf or -inf."""
def trace(x: _Like[_X], offset: int = 0) -> _X:
    """The sums of the diagonals of matrices, those of the last two axes."""
def vector_norm(x: _Like[_X], axis: int | Sequence[int] | None = None, keepdims: bool = False, ord: float = 2) -> _X:
    """The norm of all elements along ``axis`` together; ``ord`` is 2, 1, inf, -inf, 0 or a power."""
