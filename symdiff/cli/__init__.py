"""The command line: arguments to calls, results to text, JSON and columns."""

from __future__ import annotations

from .run import main

__all__ = ["main"]
