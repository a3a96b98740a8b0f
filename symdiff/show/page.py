"""A picture as one HTML file in which a person steps through values and adjoints."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from importlib.resources import files

from .graph import Picture
from .svg import escaped

_SCHEMES = {"auto": "light dark", "light": "light", "dark": "dark"}


def page_text(drawn: Picture, svg: str, theme: str) -> str:
    """The page around ``svg``: it needs nothing from elsewhere, and says so to the browser.

    Its policy allows the one script and the styles in it by their digests, and nothing else.
    """
    names = [line.text for node in drawn.nodes if node.output for line in node.lines[:1]]
    edges = json.dumps([(edge.tail, edge.head) for edge in drawn.edges])
    given = {
        "title": escaped(", ".join(names).replace(" =", "")),
        "scheme": _SCHEMES[theme],
        "svg": svg,
        "edges": edges,
    }
    head, rest = files(__package__).joinpath("page.html").read_text("utf-8").split("@policy@")
    body = re.sub(r"@(\w+)@", lambda found: given[found[1]], rest)
    return head + _policy(body) + body


def _policy(page: str) -> str:
    """What the page may run and use: its own script and styles, by their digests."""
    rules = ["default-src 'none'", "base-uri 'none'", "form-action 'none'"]
    for tag in ("script", "style"):
        texts = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digests = [b64encode(sha256(text.encode()).digest()).decode() for text in texts]
        rules.append(" ".join([f"{tag}-src", *[f"'sha256-{digest}'" for digest in digests]]))
    return "; ".join(rules)
