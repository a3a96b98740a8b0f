"""What is installed, and which drawing engines are found."""

from __future__ import annotations

from .show.engines import ENGINES, available

VERSION = "0.1.0"
_PACKAGES = {
    "numpy": "arrays",
    "scipy": "special functions",
    "networkx": "graphs and layout",
    "graphviz": "drawing through the dot program",
    "pygraphviz": "drawing with its bundled Graphviz (extra: svg)",
    "cairosvg": "pictures as PNG and PDF (extra: pictures)",
    "mpmath": "checks at 50 digits (extra: test)",
    "llvmlite": "native code for large batches (extra: jit)",
    "pyarrow": "files of points, read and written faster (extra: points)",
    "dask": "arrays larger than memory and many machines (extra: dask)",
    "rich": "progress bars of long loops",
    "tqdm": "progress bars, where rich is missing",
}


def doctor() -> str:
    """A report on versions and drawing engines, one line each.

    >>> import symdiff as sd
    >>> sd.doctor().splitlines()[0].split()[0]
    'symdiff'
    """
    import platform

    lines = [_line("symdiff", _version("symdiff-engine") or "not installed as a package", "")]
    lines.append(_line("python", platform.python_version(), platform.platform()))
    for package, purpose in _PACKAGES.items():
        lines.append(_line(package, _version(package) or "missing", purpose))
    return "\n".join([*lines, "", *_engines()])


def _line(name: str, version: str, purpose: str) -> str:
    return f"{name:<12}{version:<16}{purpose}".rstrip()


def _version(package: str) -> str | None:
    from importlib import metadata

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _engines() -> list[str]:
    found = available()
    lines = [f"  {name:<12}{'found' if name in found else 'not found'}" for name in ENGINES]
    return ["drawing engines, in the order they are tried", *lines]
