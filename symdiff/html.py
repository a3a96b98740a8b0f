"""Small pieces of HTML in which values show themselves in a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np

MOST = 12  # rows and columns of an array up to which it is a table

Row = Sequence[str]


def table(caption: str, rows: Sequence[Row], sides: Row, head: Row = ()) -> str:
    """A ``<table>`` of texts, ``"left"`` or ``"right"`` in their columns, under titles.

    Nothing in the texts is taken for HTML.

    >>> print(table("a < b", [["x", "3"]], ["left", "right"]))
    <table>
    <caption>a &lt; b</caption>
    <tr><td style="text-align: left">x</td><td style="text-align: right">3</td></tr>
    </table>
    """
    tags = [*["th"] * bool(head), *["td"] * len(rows)]
    lines = [f"<caption>{escape(caption)}</caption>"]
    for tag, row in zip(tags, [*[head] * bool(head), *rows], strict=True):
        cells = [
            f'<{tag} style="text-align: {side}">{escape(text)}</{tag}>'
            for side, text in zip(sides, row, strict=True)
        ]
        lines.append(f"<tr>{''.join(cells)}</tr>")
    body = "\n".join(lines)
    return f"<table>\n{body}\n</table>"


def array(caption: str, value: Any) -> str:
    """The numbers of an array with up to two axes as a table, a larger one as NumPy prints it."""
    found = np.asarray(value)
    if found.ndim <= 2 and found.size and max(found.shape, default=1) <= MOST:
        digits = ("{:.6g}" if found.dtype.kind == "f" else "{}").format
        rows = [[digits(x) for x in row] for row in np.atleast_2d(found).tolist()]
        return table(caption, rows, ["right"] * len(rows[0]))
    return f"<p>{escape(caption)}</p>\n<pre>{escape(str(found))}</pre>"


def folded(summary: str, text: str) -> str:
    """A summary that opens to a long text, such as the source of a function."""
    inner = f"<pre>{escape(text)}</pre>"
    return f"<details>\n<summary>{escape(summary)}</summary>\n{inner}\n</details>"
