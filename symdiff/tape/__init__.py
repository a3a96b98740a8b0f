"""Eager values that record what is computed with them, and tapes that differentiate the record.

``sd.Tensor``: a value that is known at once, with ``shape``, ``dtype``, ``numpy()``, Python's
operators, the methods of arrays and NumPy's functions.  Every function of this package takes it.
Beside it, a list of numbers is an array: ``[[1.0, 2.0]] @ t``.

``sd.constant(value, dtype=None)`` makes one; data are copied in.

``sd.Variable(value, dtype=None, name=None, trainable=True)`` holds a value that changes:
``assign``, ``assign_add``, ``assign_sub``, ``value()``, ``numpy()``.  It is read as a Tensor
wherever it is used; what was read before an assignment keeps its value.

``sd.GradientTape(persistent=False, watch_accessed_variables=True)`` records what is computed
inside its ``with`` from variables and from what it was told to ``watch``:

* ``gradient(target, sources, output_gradients=None, unconnected_gradients="none" or "zero")``
* ``jacobian(target, sources)``, ``hessian(target, sources)``, ``batch_jacobian(target, source)``
* ``watch(values)``, ``stop_recording()``, ``reset()``, ``watched_variables()``
* ``graph(target)``: the record as an expression; ``draw(target, path)``: its picture

Sources are tensors, intermediate ones too, variables, and nested lists, tuples and dicts of them.

>>> import symdiff as sd
>>> x = sd.Variable(3.0)
>>> with sd.GradientTape() as tape:
...     y = x**2
>>> print(tape.gradient(y, x))
6.0
"""

from .gradient_tape import GradientTape
from .protocols import cast, install
from .tensor import Tensor, constant
from .variable import Variable

install()

__all__ = ["GradientTape", "Tensor", "Variable", "cast", "constant"]
