"""``minimize``: SciPy's methods, each with the derivatives it wants."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from .. import bars
from ..errors import KindError, UnknownMethod
from ..html import table
from .constraints import constraints_of
from .problem import Problem, Space, read

Array = Any


class Method(NamedTuple):
    """What a method of SciPy takes besides the start: as which arguments, of which the problem."""

    derivatives: Callable[[Problem], dict[str, Any]]
    bounds: bool = False
    constraints: bool = False


def _value(problem: Problem) -> dict[str, Any]:
    return {"fun": problem.value}


def _slope(problem: Problem) -> dict[str, Any]:
    return {"fun": problem.value_and_grad, "jac": True}


def _products(problem: Problem) -> dict[str, Any]:
    return {**_slope(problem), "hessp": problem.hessp}


def _dense(problem: Problem) -> dict[str, Any]:
    return {**_slope(problem), "hess": problem.hess}


def _operator(problem: Problem) -> dict[str, Any]:
    return {**_slope(problem), "hess": problem.operator}


METHODS = {
    "Nelder-Mead": Method(_value, bounds=True),
    "Powell": Method(_value, bounds=True),
    "COBYLA": Method(_value, bounds=True, constraints=True),
    "COBYQA": Method(_value, bounds=True, constraints=True),
    "CG": Method(_slope),
    "BFGS": Method(_slope),
    "L-BFGS-B": Method(_slope, bounds=True),
    "TNC": Method(_slope, bounds=True),
    "SLSQP": Method(_slope, bounds=True, constraints=True),
    "Newton-CG": Method(_products),
    "trust-ncg": Method(_products),
    "trust-krylov": Method(_products),
    "dogleg": Method(_dense),
    "trust-exact": Method(_dense),
    "trust-constr": Method(_operator, bounds=True, constraints=True),
}


class Iterate(NamedTuple):
    """What a callback is told: the number of the iteration, the point and the value there."""

    number: int
    x: Any
    fun: float


@dataclass(frozen=True, slots=True)
class Minimum:
    """What :func:`minimize` found.

    ``x`` and ``grad`` have the structure of the start; ``grad`` is None for methods that use no
    derivatives.  ``formula`` is what was minimised, ``gradient`` its derivatives in the structure
    of the start, as expressions; ``scipy`` is all that SciPy reports.
    """

    x: Any
    fun: float
    grad: Any
    success: bool
    message: str
    nit: int
    nfev: int
    method: str
    formula: Any
    gradient: Any
    scipy: Any

    def _repr_html_(self) -> str:
        fields = ("x", "fun", "grad", "success", "message", "nit", "nfev", "formula", "gradient")
        rows = [[name, str(getattr(self, name))] for name in fields]
        return table(f"minimum by {self.method}", rows, ("left", "left"))

    def __repr__(self) -> str:
        state = "found" if self.success else f"not found ({self.message})"
        return (
            f"<minimum {state} by {self.method}: fun={self.fun:.10g} after {self.nit} iterations "
            f"and {self.nfev} evaluations, x={self.x!r}>"
        )


def minimize(
    f: Any,
    start: Any,
    args: Any = None,
    *,
    method: str | None = None,
    bounds: Any = None,
    constraints: Any = (),
    tol: float | None = None,
    options: Mapping[str, Any] | None = None,
    callback: Callable[[Iterate], Any] | None = None,
    progress: bool | str = False,
) -> Minimum:
    """The least value of ``f`` near ``start``, by a method of ``scipy.optimize.minimize``.

    ``f`` is a function of arrays, called as ``f(start, *args)`` with numbers, arrays, or a nested
    list, tuple or dict of them as ``start``; it is traced as by ``sd.function``.  Or ``f`` is an
    expression, ``start`` a dict {variable: value} and ``args`` one for its other variables.

    Each method gets the derivatives it wants, compiled: the gradient together with the value, the
    Hessian as products with vectors (Newton-CG, trust-ncg, trust-krylov), as an array (dogleg,
    trust-exact) or in its structure (trust-constr).  Without ``method`` it is BFGS, L-BFGS-B with
    ``bounds`` and SLSQP with ``constraints``.

    ``bounds`` are SciPy's, for all numbers of ``start`` in order, or a dict {key of start:
    (low, high)} for some of them, with numbers, arrays or None.  ``constraints`` are comparisons
    such as ``x + y <= 1`` and ``sd.eq(x, y)``, or functions that return them, called as ``f`` is;
    their derivatives are found too.  ``tol`` and ``options`` are SciPy's.

    ``callback`` is called after each iteration with (number, x, fun); it stops the search by
    raising StopIteration.  ``progress=True`` shows a bar where rich or tqdm is installed; "rich"
    and "tqdm" name one.

    Raises: UnknownMethod; NotScalar; MissingVariable, UnknownVariable; KindError for bounds or
    constraints with a method that takes none.

    >>> import symdiff as sd
    >>> x, y = sd.vars("x y")
    >>> found = minimize((1 - x)**2 + 100*(y - x**2)**2, {x: -1.2, y: 1}, method="trust-exact")
    >>> print(found.success, round(found.x[x], 6), round(found.x[y], 6))
    True 1.0 1.0
    """
    from scipy import optimize

    solve: Any = optimize.minimize
    problem = read(f, start, args)
    space = problem.space
    limits = None if bounds is None else bounds_of(space, start, bounds)
    name = method_named(method, limits is not None, _any(constraints))
    bar = "auto" if progress is True else progress or None
    watch = _Watch(problem, callback, bar, name)
    derivatives = METHODS[name].derivatives(problem)
    rules = constraints_of(problem, constraints, second="hess" in derivatives)
    with np.errstate(all="ignore"), watch.progress:
        try:
            found = solve(
                x0=space.start, method=name, bounds=limits, constraints=rules, tol=tol,
                options=dict(options or {}), callback=watch, **derivatives,
            )  # fmt: skip
        except _Stopped as stopped:
            found = optimize.OptimizeResult(**stopped.state)
    slopes = gradient = None
    if "jac" in derivatives:
        slopes = space.restored(problem.value_and_grad(found.x)[1])
        gradient = space.restore(problem.gradient)
    return Minimum(
        space.restored(found.x), float(found.fun), slopes, bool(found.success), str(found.message),
        int(found.get("nit", watch.number)), int(found.nfev), name, problem.f, gradient, found,
    )  # fmt: skip


def method_named(name: str | None, bounds: bool, constraints: bool) -> str:
    """SciPy's name of a method, which takes what is given.

    Raises: UnknownMethod, KindError.
    """
    if name is None:
        return "SLSQP" if constraints else "L-BFGS-B" if bounds else "BFGS"
    known = {n.lower(): n for n in METHODS}
    found = known.get(name.lower()) if isinstance(name, str) else None
    if found is None:
        raise UnknownMethod(name, tuple(METHODS))
    for what, given in (("bounds", bounds), ("constraints", constraints)):
        if given and not getattr(METHODS[found], what):
            able = [n for n, m in METHODS.items() if getattr(m, what)]
            raise KindError(f"{found} takes no {what}; the methods that do: {', '.join(able)}")
    return found


def _any(constraints: Any) -> bool:
    return len(constraints) > 0 if isinstance(constraints, (list, tuple)) else True


def bounds_of(space: Space, start: Any, given: Any) -> Any:
    """SciPy's bounds; from a dict of some keys of the start, each with (low, high)."""
    if not isinstance(given, Mapping):
        return given
    from scipy.optimize import Bounds

    if not isinstance(start, Mapping):
        raise KindError("bounds by key need a start by key: a dict")
    unknown = [key for key in given if key not in start]
    if unknown:
        listed = ", ".join(map(str, start))
        raise KindError(f"bounds for {unknown[0]}, which is not in start; it has: {listed}")
    sides = []
    for i, free in enumerate((-np.inf, np.inf)):
        side = [
            np.full(np.shape(value), free if given.get(key, (None, None))[i] is None
                    else given[key][i], dtype=float)
            for key, value in start.items()
        ]  # fmt: skip
        sides.append(np.concatenate([part.ravel() for part in side]))
    return Bounds(*sides)


class _Stopped(Exception):
    """The callback asked for the end; not all methods know StopIteration."""

    def __init__(self, state: dict[str, Any]) -> None:
        self.state = state


class _Watch:
    """The callback that SciPy calls after each iteration."""

    def __init__(
        self,
        problem: Problem,
        callback: Callable[[Iterate], Any] | None,
        bar: str | None,
        title: str,
    ) -> None:
        self.problem, self.callback, self.number = problem, callback, 0
        self.wanted = callback is not None or bar is not None
        self.progress: bars.Progress[None] = bars.progress(title=title, bar=bar)

    def __call__(self, z: Array, *_: Any) -> None:
        self.number += 1
        if not self.wanted:
            return
        value = self.problem.value(z)
        self.progress.show(fun=value)
        self.progress.advance()
        if self.callback is None:
            return
        try:
            self.callback(Iterate(self.number, self.problem.space.restored(z), value))
        except StopIteration:
            raise _Stopped(
                {
                    "x": np.array(z), "fun": value, "success": False, "nit": self.number,
                    "nfev": self.problem.calls, "message": "the callback raised StopIteration",
                }
            ) from None  # fmt: skip
