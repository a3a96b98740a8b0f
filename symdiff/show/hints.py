"""What to write in place of what stands in a text."""

from __future__ import annotations

import re
from unicodedata import decomposition

from ..messages import cut

ELLIPSIS = "…"
CHARACTER_HINTS = {
    ELLIPSIS: "this text was cut short when it was printed (limit=None prints all but arrays)",
    ".": "names have no attributes",
    "{": "braces are not part of the language; use ( )",
    "}": "braces are not part of the language; use ( )",
    "'": "there are no strings; write an unusual name in backquotes",
    '"': "there are no strings; write an unusual name in backquotes",
    "`": "a name in backquotes has no end",
    "!": "for 'not' write ~, for n! write gamma(n + 1)",
    "\\": "this is not LaTeX; write sin(x), not \\sin(x)",
    "$": "this is not LaTeX; leave the dollar signs out",
    "‖": "a norm is written norm(v)",
}
WORD_HINTS = {
    "and": "for 'and' write &",
    "or": "for 'or' write |",
    "not": "for 'not' write ~",
    "if": "for a choice write where(condition, a, b)",
    "else": "for a choice write where(condition, a, b)",
    "None": "it stands in an index and among parameters only",
}
SIGN_HINTS = {
    "=": "an equation is eq(a, b), a definition stands in front: name = formula",
    ";": "it stands between definitions and the formula: r = x + y; r**2",
    ":": "a colon stands in an index only",
    "...": "three dots stand in an index only",
    "~": "'not' stands before its argument",
}
# Functions that are written with others, in texts and (with sd.) in Python.
WRITTEN = {
    "tg": "{}tan(x)", "ctg": "1/{}tan(x)", "cot": "1/{}tan(x)", "sec": "1/{}cos(x)",
    "csc": "1/{}sin(x)", "cosec": "1/{}sin(x)", "arctg": "{}atan(x)", "lg": "{}log10(x)",
    "sgn": "{}sign(x)", "coth": "1/{}tanh(x)", "csch": "1/{}sinh(x)", "root": "x**(1/n)",
    "factorial": "{}gamma(x + 1)", "signum": "{}sign(x)",
}  # fmt: skip
NO_STRINGS = "there are no strings here; write an unusual name in backquotes"
_BRACKETS = {"(": "(...)", ")": "(...)", "[": "[...]", "]": "[...]", "|": "|...|"} | {
    sign: f"{pair[0]}...{pair[1]}" for pair in ("⌊⌋", "⌈⌉") for sign in pair
}
_HEAD = re.compile(r"\w+\s*\([\w\s,]*\)\s*=(?!=)")  # as in f(x, y) = x*y


def no_operator(left: str, right: str, power: str, function: bool, below: bool) -> str:
    """For two values side by side: a product was meant, or the call of a function.

    ``power`` is the function in ``sin**2(x)``, ``function`` whether that on the left is one, and
    ``below`` whether it is a denominator.

    >>> no_operator("2", "x", "", False, False)
    'an operator is missing here (a product needs its *: write 2*x)'
    """
    left, right = [_BRACKETS.get(side) or cut(side, 20) for side in (left, right)]
    if power:
        return f"a power of a function is written {power}(x)**2"
    if function:
        return f"a function needs its brackets: write {left}({right})"
    product = f"{left}*{right}"
    either = f", or ({product}) if all of it is below the bar" if below else ""
    return f"an operator is missing here (a product needs its *: write {product}{either})"


def own_name(text: str, position: int) -> str:
    """For a formula with its name in front, ``f(x) = x**2``; nothing for any other."""
    head = _HEAD.match(text, position)
    return f"a formula stands without its name; leave {cut(head[0], 40)} out" if head else ""


def raised_hint(name: str) -> str:
    """What to write in place of a name with raised letters; nothing for any other name."""
    raised = any(decomposition(char).startswith("<super>") for char in set(name))
    return "; a raised letter is written x**n" if raised else ""
