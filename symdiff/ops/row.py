"""How an operation is written down: one call of ``row``, one line of a table.

Fields (all but the name may be left out):

========== =========================================================================================
name       array API standard name; ``sd.<name>`` and ``sd.<Name>`` are the operation
arity      number of arguments, None for any number
rule       ``Partials``, ``Linear``, ``Custom`` or ``NonDiff``: the derivative, see ``expr.py``
numpy      dotted name of the implementation on arrays: ``np.``, ``special.`` or ``kernels.``
native     the kernel of native code, a function in a file of ``native``, and the largest error of
           its value anywhere, in units of the last place; left out where NumPy takes its place
python     the same on Python floats: a dotted name or a template such as ``{0} + {1}``; left out
           where the array implementation serves both.  It may raise where the true value is
           inf or nan: the evaluator then asks the array implementation
mpmath     the independent witness: a name of mpmath, or a function of ``(mp, *args)``; where shapes
           do not broadcast, of object arrays with leading batch axes, and of the parameters
params     names of the static parameters
shape      ``(title, shapes, params) -> shape``; left out for elementwise operations
kind       kinds of the arguments -> kind of the value; left out for real
domain     open domain of each argument (the last one repeats)
test       where the tests sample; left out where that is the domain
range      where values lie
kinks      pairs (point, value of the first derivative there): conventions, held by tests; for
           several arguments both are tuples
facts      words: odd even increasing decreasing (never the other way, over all arguments that
           have a value) associative commutative integer; ``stacks`` for
           broadcasting arguments joined along a new axis, the first parameter; ``indexes`` for
           a part of the argument, written in brackets behind it, where the first parameter has
           an integer, None or a slice (start, stop, step) for each of the last axes;
           ``selects`` where each element of the value is one of the first argument, and the
           other arguments tell which;
           ``identity`` for what multiplies like 1;
           ``reshapes`` for the same elements in another shape, the second parameter;
           ``weighs`` where the value is linear in the first argument, and 0 where that is;
           ``root`` where the derivative is over a power of the value, which may be 0;
           ``aligns`` where an argument may lack leading axes that another one has;
           ``literal`` where the derivative has another form for a number as last argument;
           ``inner`` for what only derivatives of other rows are made of, without a public name
infix      operator in the printed form
precedence how strongly the infix form binds, as in Python
latex      a command such as ``\\sin``, or a template with {0}, {1}
pretty     name or template in the Unicode form
cost       relative to one addition on arrays
accuracy   largest error of the value and of the first derivative inside ``test``, in units of
           ``2**-52 * |f|``, or of ``|f| + sum |x_i * df/dx_i|`` if the facts say ``mixed``: as if
           the arguments were rounded too, which is what holds next to a zero of f
constant   the value of a named constant
contraction node -> ``Contraction``: how a product of arrays reads as labelled axes
spelled    node -> ``Spelling``: templates of the printed forms that depend on the static
           parameters; see ``ops/spelling.py``
reading    ``(*args) -> expression`` that formulas for people have in the place of a node which a
           derivative has by convention: its value away from the points that need one
source     where the formula is written down
========== =========================================================================================
"""

from __future__ import annotations

from typing import Any

from ..errors import ArgumentError
from ..expr import OPS, Kind, Op
from ..messages import short
from ..rule import Partials


def row(name: str, **fields: Any) -> Op:
    """A new operation, known to every part of the package from now on."""
    if name in OPS:
        raise ArgumentError(f"there is an operation named {short(name)} already")
    op = OPS[name] = Op(name, **fields)
    return op


def unary(name: str, partial: Any, **fields: Any) -> Op:
    """An elementwise function of one argument; ``partial(x, out)`` is its derivative."""
    return row(name, rule=Partials(partial), **fields)


def binary(name: str, partial_x: Any, partial_y: Any, **fields: Any) -> Op:
    """An elementwise function of two arguments with its two partial derivatives."""
    return row(name, arity=2, rule=Partials(partial_x, partial_y), **fields)


_RANK: dict[Kind, int] = {"bool": 0, "int": 1, "real": 2}


def promote(kinds: tuple[Kind, ...]) -> Kind:
    """Arithmetic: real if any argument is, else int (True + True is 2)."""
    return "real" if "real" in kinds else "int"


def join(kinds: tuple[Kind, ...]) -> Kind:
    """Selection: the widest kind of the arguments."""
    return max(kinds, key=_RANK.__getitem__)


def first(kinds: tuple[Kind, ...]) -> Kind:
    """The kind of the first argument; the others are data such as an index."""
    return kinds[0]


def choice(kinds: tuple[Kind, ...]) -> Kind:
    """``where``: the widest kind of the two values."""
    return join(kinds[1:])


def boolean(kinds: tuple[Kind, ...]) -> Kind:
    """Comparisons and logic."""
    return "bool"
