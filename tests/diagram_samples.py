"""Graphs that the tests of diagrams draw."""

import random

import symdiff as sd

x, y, z = sd.vars("x y z")

HOSTILE = [
    '"]; b [label="', "<script>alert(1)</script>", "]]>", "&amp;", "\\N", 'a"', "a\\", "\x00", "\n",
    "\u202e", "\ud800", "é" * 300, "W" * 300, "日本語", "{a|b}", "<b>bold</b>", "%s", "--", "/* */",
]  # fmt: skip


def deep(n):
    e = x
    for i in range(n):
        e = sd.sin(e) if i % 3 else e * 1.5
    return e


def scattered(seed, count=60):
    """A random graph with much sharing."""
    dice = random.Random(seed)
    nodes = [sd.Var(f"v{i}") for i in range(6)]
    while len(nodes) < count:
        a, b = dice.choice(nodes[-20:]), dice.choice(nodes)
        nodes.append([a * b, a - b, sd.exp(a), a / b][dice.randrange(4)])
    return sd.Add(*nodes[-5:])


def doubling(n):
    """Two to the n paths from the output to its only leaf."""
    e = x
    for _ in range(n):
        e = e + e
    return e


def ladder(n):
    """Two rails with rungs."""
    a, b = x, y
    for _ in range(n):
        a, b = sd.sin(a), sd.cos(b)
        a = a + b
    return a


SAMPLES = {
    "leaf": x,
    "constant": sd.Const(2),
    "one": sd.sin(x),
    "twice": x * x,
    "textbook": x * x * y + (y + 2),
    "wide": sd.Add(*[sd.Var(f"x{i}") * i for i in range(40)]),
    "deep": deep(30),
    "ladder": ladder(12),
    "hostile": sd.Add(*[sd.Var(name) for name in HOSTILE]),
    "array": sd.sin(sd.Var("X", (3, 4))) * sd.Var("X", (3, 4)),
    "doubling": doubling(12),
    "where": sd.where(x > 0, sd.log(x), sd.maximum(y, -x)) ** y,
    **{f"scattered{seed}": scattered(seed) for seed in range(8)},
}
