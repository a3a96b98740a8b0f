"""Progress of long loops: a bar where rich or tqdm is installed, and a callback anywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sized
from importlib import import_module
from time import monotonic
from typing import Any, Generic, Protocol, TypeVar

from .errors import ArgumentError, MissingPackage
from .messages import short

T = TypeVar("T")
INTERVAL = 0.1  # seconds between two pictures of a bar


class Bar(Protocol):
    """What draws: told how far the loop is and what to write beside it."""

    def update(self, done: int, shown: str) -> None: ...
    def close(self) -> None: ...


class _Rich:
    def __init__(self, title: str, total: int | None) -> None:
        rich, console = import_module("rich.progress"), import_module("rich.console")
        columns = [*rich.Progress.get_default_columns(), rich.TextColumn("{task.fields[shown]}")]
        self.bar = rich.Progress(*columns, console=console.Console(stderr=True))
        self.task = self.bar.add_task(title, total=total, shown="")
        self.bar.start()

    def update(self, done: int, shown: str) -> None:
        self.bar.update(self.task, completed=done, shown=shown)

    def close(self) -> None:
        self.bar.stop()


class _Tqdm:
    def __init__(self, title: str, total: int | None) -> None:
        self.bar = import_module("tqdm.auto").tqdm(desc=title or None, total=total, mininterval=0)

    def update(self, done: int, shown: str) -> None:
        self.bar.set_postfix_str(shown, refresh=False)
        self.bar.update(done - self.bar.n)

    def close(self) -> None:
        self.bar.close()


BARS: dict[str, Callable[[str, int | None], Bar]] = {"rich": _Rich, "tqdm": _Tqdm}


class Progress(Generic[T]):
    """A loop that tells how far it is; made by :func:`progress`.

    ``done`` and ``total`` count items, ``shown`` is what :meth:`show` was given last.
    """

    def __init__(
        self,
        items: Iterable[T],
        title: str,
        total: int | None,
        callback: Callable[[Progress[T]], Any] | None,
        bar: Bar | None,
    ) -> None:
        self.items, self.title, self.total, self.callback = items, title, total, callback
        self.done, self.shown = 0, dict[str, Any]()
        self._bar, self._next = bar, 0.0

    def __iter__(self) -> Iterator[T]:
        with self:
            for item in self.items:
                yield item
                self.advance()

    def __enter__(self) -> Progress[T]:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        if self.total is None:
            raise TypeError("how many items come is not known")
        return self.total

    def show(self, **values: Any) -> None:
        """Values to write beside the bar, such as ``loss=...``."""
        self.shown = values

    def advance(self) -> None:
        """One item more is done; a loop over this object calls it by itself."""
        self.done += 1
        if self.callback is not None:
            self.callback(self)
        if self._bar is not None and monotonic() >= self._next:
            self._draw()

    def close(self) -> None:
        """The last picture; a loop over this object, or a ``with``, calls it by itself."""
        if self._bar is not None:
            self._draw()
            self._bar.close()
            self._bar = None

    def _draw(self) -> None:
        assert self._bar is not None
        shown = ", ".join([f"{name} {_written(value)}" for name, value in self.shown.items()])
        self._bar.update(self.done, shown)
        self._next = monotonic() + INTERVAL


def progress(
    items: Iterable[T] = (),
    title: str = "",
    *,
    total: int | None = None,
    callback: Callable[[Progress[T]], Any] | None = None,
    bar: str | None = "auto",
) -> Progress[T]:
    """The items, with a bar: of rich or else tqdm, whichever is installed, otherwise none.

    ``callback`` is called after every item with the object returned, which has ``done``,
    ``total``, ``title`` and ``shown``, what its method ``show`` was given.  ``bar`` is "rich",
    "tqdm", "auto" or None.  A loop that is no ``for`` calls ``advance`` and ``close`` itself.

    Raises: MissingPackage for a bar that is asked for by name and not installed.

    >>> told = lambda p: print(p.done, "of", p.total, p.shown)
    >>> steps = progress(range(1, 3), bar=None, callback=told)
    >>> for i in steps:
    ...     steps.show(loss=1 / i)
    1 of 2 {'loss': 1.0}
    2 of 2 {'loss': 0.5}
    """
    if total is None and isinstance(items, Sized):
        total = len(items) or None
    return Progress(items, title, total, callback, _bar(bar, title, total))


def _bar(name: str | None, title: str, total: int | None) -> Bar | None:
    if name is None:
        return None
    if name != "auto" and name not in BARS:
        raise ArgumentError(
            f"bar is {', '.join(map(repr, BARS))}, 'auto' or None, got {short(name)}"
        )
    for known in BARS if name == "auto" else (name,):
        try:
            return BARS[known](title, total)
        except ImportError:
            continue
    if name == "auto":
        return None
    raise MissingPackage(name, "a bar for progress")


def _written(value: Any) -> str:
    try:
        return f"{float(value):.6g}"
    except (TypeError, ValueError):
        return str(value)
