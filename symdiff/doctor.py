"""What is installed, and which drawing engines are found."""

from __future__ import annotations

import platform
from importlib import metadata

_PACKAGES = {
    "numpy": "arrays",
    "scipy": "special functions",
    "networkx": "graphs and layout",
    "graphviz": "drawing through the dot program",
    "pygraphviz": "drawing with its bundled Graphviz (extra: svg)",
    "mpmath": "checks at 50 digits (extra: test)",
}


def doctor() -> str:
    """A report on versions and drawing engines, one line each.

    >>> import symdiff as sd
    >>> sd.doctor().splitlines()[0].split()[0]
    'symdiff'
    """
    lines = [_line("symdiff", _version("symdiff-engine") or "not installed as a package", "")]
    lines.append(_line("python", platform.python_version(), platform.platform()))
    for package, purpose in _PACKAGES.items():
        lines.append(_line(package, _version(package) or "missing", purpose))
    return "\n".join([*lines, "", *_engines()])


def _line(name: str, version: str, purpose: str) -> str:
    return f"{name:<12}{version:<16}{purpose}".rstrip()


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _engines() -> list[str]:
    from shutil import which

    dot = which("dot")
    found = [
        ("dot", dot or "not on the path"),
        ("pygraphviz", "found" if _version("pygraphviz") else "not installed"),
        ("builtin", "always there"),
    ]
    return ["drawing engines, in the order they are tried", *[f"  {n:<12}{s}" for n, s in found]]
