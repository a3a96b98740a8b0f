"""``GradientTape``: records what is computed inside its ``with``, and differentiates the record."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from os import PathLike
from types import TracebackType
from typing import Any

from ..draw import draw
from ..errors import TapeError
from ..expr import Expr
from ..html import table
from ..messages import short
from ..ops.functions import sum as sum_of
from ..show.diagram import Diagram
from ..structure import flatten
from .graphs import Graph, names_of
from .programs import Question, tensor_of, weights_of
from .recording import Recording, state
from .tensor import Tensor
from .variable import Variable


class GradientTape:
    """Records what is computed inside its ``with`` from what it watches, and differentiates that.

    Variables are watched where they are read, unless ``watch_accessed_variables`` is off; tensors
    after ``watch``.  A tape gives a derivative once, a ``persistent`` one as often as asked.
    Tapes may be nested: an outer one records the derivatives that an inner one gives.

    The first derivative of a recording is simplified, differentiated and compiled; it is found
    again for every recording of the same operations on the same shapes.

    >>> import symdiff as sd
    >>> x = sd.constant(3.0)
    >>> with sd.GradientTape(persistent=True) as tape:
    ...     tape.watch(x)
    ...     y = x * x
    ...     z = y * y
    >>> print(tape.gradient(z, x), tape.gradient(z, y))
    108.0 18.0
    """

    def __init__(self, persistent: bool = False, watch_accessed_variables: bool = True) -> None:
        self._persistent, self._accessing = persistent, watch_accessed_variables
        self._recording = Recording(watch_accessed_variables)
        self._used = False

    def __enter__(self) -> GradientTape:
        if self._recording in state.live:
            raise TapeError("this tape is recording already; nest another one: sd.GradientTape()")
        state.live = (*state.live, self._recording)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop()

    def _stop(self) -> None:
        state.live = tuple([r for r in state.live if r is not self._recording])

    def __repr__(self) -> str:
        kind = "persistent tape" if self._persistent else "tape"
        recording = self._recording
        return f"<{kind}: {len(recording.entries)} entries, {len(recording.watched)} watched>"

    def _repr_html_(self) -> str:
        watched = self.watched_variables()
        rows = [[v.name or "", str(v.shape), str(v.dtype)] for v in watched]
        return table(repr(self)[1:-1], rows, ["left"] * 3, ["variable", "shape", "dtype"])

    def watch(self, values: Any) -> None:
        """Make tensors and variables, nested in lists, tuples and dicts, sources of derivatives.

        Raises: KindError for anything else.
        """
        for x in flatten(values)[0]:
            if isinstance(x, Variable):
                self._recording.access(x, x._tensor)
            else:
                self._recording.watch(tensor_of("watch", x))

    def watched_variables(self) -> tuple[Variable, ...]:
        """The variables that were read or watched so far, in that order."""
        return tuple([variable for variable, _ in self._recording.variables.values()])

    def reset(self) -> None:
        """Forget all that was recorded and watched; a live tape goes on with nothing."""
        old, self._recording = self._recording, Recording(self._accessing)
        self._used = False
        state.live = tuple([self._recording if r is old else r for r in state.live])

    @contextmanager
    def stop_recording(self) -> Iterator[None]:
        """A ``with`` in which nothing is recorded on this tape.

        >>> import symdiff as sd
        >>> x = sd.Variable(2.0)
        >>> with sd.GradientTape() as tape:
        ...     with tape.stop_recording():
        ...         factor = x * 10
        ...     y = factor * x
        >>> print(tape.gradient(y, x))
        20.0
        """
        before, old = state.live, self._recording
        self._stop()
        try:
            yield
        finally:
            state.live = tuple([self._recording if r is old else r for r in before])

    def gradient(
        self,
        target: Any,
        sources: Any,
        output_gradients: Any = None,
        unconnected_gradients: str = "none",
    ) -> Any:
        """The gradient of the sum of all elements of the targets, in the structure of ``sources``.

        ``output_gradients`` are weights in the structure of the targets.  A source that they do
        not depend on gives None, or zeros with ``unconnected_gradients="zero"``.

        Shapes: each result has the shape and the dtype of its source.
        Raises: TapeError where a tape that is not persistent is asked again; KindError, ShapeError.

        >>> import symdiff as sd
        >>> x, y = sd.Variable(3.0), sd.Variable(4.0)
        >>> with sd.GradientTape() as tape:
        ...     f = x**2 * y + y + 2
        >>> print(*tape.gradient(f, [x, y]))
        24.0 10.0
        """
        targets, _ = flatten(target)
        leaves, restore = flatten(sources)
        weights = None if output_gradients is None else weights_of(target, output_gradients)
        return restore(
            self._derive("gradient", targets, leaves, weights, unconnected=unconnected_gradients)
        )

    def jacobian(self, target: Any, sources: Any, unconnected_gradients: str = "none") -> Any:
        """The derivative of every element of the target by every element of the sources.

        Shapes: ``target.shape + source.shape``, in the structure of ``sources`` inside that of
        ``target``.
        Raises: TapeError, KindError, as :meth:`gradient`.

        >>> import symdiff as sd
        >>> x = sd.Variable([1.0, 2.0])
        >>> with sd.GradientTape() as tape:
        ...     y = x * x
        >>> tape.jacobian(y, x).tolist()
        [[2.0, 0.0], [0.0, 4.0]]
        """
        targets, outer = flatten(target)
        leaves, inner = flatten(sources)
        found = self._derive("jacobian", targets, leaves, unconnected=unconnected_gradients)
        width = len(leaves)
        return outer([inner(found[i * width : (i + 1) * width]) for i in range(len(targets))])

    def batch_jacobian(self, target: Any, source: Any, unconnected_gradients: str = "none") -> Any:
        """The derivative of each element along the first axis by that of ``source`` there.

        It is taken for granted that the others do not matter to it.

        Shapes: (n, ...) and (n, ,,,) give (n, ..., ,,,).
        Raises: ShapeError where the first axes differ; TapeError, KindError.

        >>> import symdiff as sd
        >>> x = sd.Variable([[1.0, 2.0], [3.0, 4.0]])
        >>> with sd.GradientTape() as tape:
        ...     y = sd.sum(x * x, axis=1)
        >>> tape.batch_jacobian(y, x).tolist()
        [[2.0, 4.0], [6.0, 8.0]]
        """
        unconnected = unconnected_gradients
        return self._derive("batch_jacobian", [target], [source], unconnected=unconnected)[0]

    def hessian(self, target: Any, sources: Any) -> Any:
        """The second derivatives of the sum of all elements of the targets.

        Sources are taken as independent of each other, intermediate values too; where the target
        does not depend on them there are zeros.

        Shapes: (n, n) for a list of n scalars; else ``a.shape + b.shape`` for each pair of
        sources, in their structure nested twice.
        Raises: TapeError, KindError, as :meth:`gradient`.

        >>> import symdiff as sd
        >>> x, y = sd.Variable(3.0), sd.Variable(4.0)
        >>> with sd.GradientTape() as tape:
        ...     f = x**2 * y + y + 2
        >>> tape.hessian(f, [x, y]).tolist()
        [[8.0, 6.0], [6.0, 0.0]]
        """
        leaves, restore = flatten(sources)
        known = [tensor_of("hessian", s) for s in leaves]
        flat = type(sources) is list and all(s is t for s, t in zip(sources, leaves, strict=False))
        stacked = flat and bool(leaves) and all(not s.shape for s in known)
        targets, _ = flatten(target)
        found = self._derive("hessian", targets, leaves, stacked=stacked, unconnected="zero")
        if stacked:
            return found[0]
        width = len(leaves)
        return restore([restore(found[i * width : (i + 1) * width]) for i in range(width)])

    def graph(self, target: Any) -> Expr:
        """What was recorded of a tensor as an expression.

        Its variables have the names of the variables and constants that they stand for; those
        without a name are x0, x1, ... in the order in which this tape met them.

        Raises: KindError for what is no tensor or variable.

        >>> import symdiff as sd
        >>> x, y = sd.Variable(3.0, name="x"), sd.Variable(4.0, name="y")
        >>> with sd.GradientTape() as tape:
        ...     f = x**2 * y + y + 2
        >>> tape.graph(f)
        x**2*y + y + 2
        >>> print(*sd.grad(tape.graph(f), [tape.graph(x), tape.graph(y)]))
        2*x*y x**2 + 1
        """
        return self._graph_of(target)[0]

    def _graph_of(self, target: Any) -> tuple[Expr, Graph | None]:
        """What was recorded of a tensor, and the graph around it, None where nothing was."""
        recording, held = self._recording, tensor_of("graph", target)
        place = recording.place(held)
        place = recording.others.get(id(held)) if place is None else place
        if place is None:
            return held.expr, None
        graph = Graph(recording, [place], names=names_of(recording))
        return graph.nodes[place], graph

    def draw(self, target: Any, path: str | PathLike[str] | None = None, **options: Any) -> Diagram:
        """The picture of what was recorded of a tensor: values, and adjoints by what is watched.

        It is written to ``path`` if one is given, and shows itself in a notebook.  Options are
        those of ``sd.draw``; ``names={"h1": h1}`` may have tensors.  Of a tensor with axes the sum
        is drawn.

        Raises: LimitError above ``max_nodes``; KindError.

        >>> import symdiff as sd
        >>> x, y = sd.Variable(3.0, name="x"), sd.Variable(4.0, name="y")
        >>> with sd.GradientTape() as tape:
        ...     f = x**2 * y + y + 2
        >>> tape.draw(f).svg[:4]
        '<svg'
        """
        names = options.get("names")
        if isinstance(names, Mapping):
            options["names"] = {
                name: self.graph(x) if isinstance(x, (Tensor, Variable)) else x
                for name, x in names.items()
            }
        node, graph = self._graph_of(target)
        inputs = {} if graph is None else graph.inputs
        held, watched = self._recording.held, {*self._recording.watched.values()}
        options.setdefault("at", {v: held[i]._value for i, v in inputs.items()})
        sources = [v for i, v in inputs.items() if i in watched and v.kind == "real"]
        if sources:
            options.setdefault("wrt", sources)
        drawn = draw(sum_of(node) if node.shape else node, **options)
        if path is not None:
            drawn.save(path)
        return drawn

    def _derive(
        self,
        verb: str,
        targets: list[Any],
        sources: list[Any],
        weights: list[Tensor] | None = None,
        *,
        stacked: bool = False,
        unconnected: str = "none",
    ) -> list[Any]:
        """The cells of a derivative.

        Raises: TapeError where the tape may not be asked any more; KindError.
        """
        if self._used:
            raise TapeError(
                f"{verb}: this tape has given its derivative; make it with "
                "sd.GradientTape(persistent=True) to ask it more than once"
            )
        question = Question(
            self._recording, verb, targets, sources, weights=weights, stacked=stacked
        )
        if not self._persistent:
            self._used = True
            self._stop()
        for x in question.sources:
            if x.dtype.kind != "f":
                warnings.warn(_has_no_gradient(verb, x), stacklevel=3)
        return question.answer(unconnected)


def _has_no_gradient(verb: str, x: Tensor) -> str:
    kind = "a bool" if x.dtype.kind == "b" else "an int"
    example = f"write {float(x)}" if not x.shape else 'write its numbers as 3.0, or dtype="float64"'
    return f"{verb} by {short(x.tolist())}: {kind} has no gradient, so it is None; {example}"
