"""Attention, softmax(Q·Kᵀ/√d)·V: the gradients by Q, K and V as matrix formulas.

Run: python examples/attention.py
"""

import numpy as np

import symdiff as sd

n, m, d, e = 6, 7, 3, 5
Q, K, V = sd.Var("Q", (n, d)), sd.Var("K", (m, d)), sd.Var("V", (m, e))
G = sd.Var("G", (n, e))  # the gradient of a loss by the output
weights = sd.softmax(Q @ K.T / sd.sqrt(d), axis=-1)
attention = weights @ V
gradients = sd.vjp(attention, [Q, K, V], G)

print("attention =", attention)
print("          =", sd.pretty(attention))
P = sd.Var("P", weights.shape)  # a name for the softmax, for reading
for name, gradient in zip("QKV", gradients, strict=True):
    short = sd.subs(gradient, {sd.simplify(weights): P})
    print(f"by {name}", gradient, short, sd.pretty(short), sep="\n    ")
assert str(short) == "P.T @ G"

print("all three, what they share written once")
bindings, outputs = sd.cse(gradients)
for symbol, value in bindings:
    print(f"    {symbol} = {value}")
print("   ", ", ".join(map(str, outputs)))

rng = np.random.default_rng(0)
q, k, v, g = (rng.normal(size=x.shape) for x in (Q, K, V, G))
found = sd.compile(gradients, [Q, K, V, G])(q, k, v, g)


def forward(q, k, v):
    p = np.exp(q @ k.T / np.sqrt(d))
    p /= p.sum(axis=1, keepdims=True)
    return p, p @ v


# By hand: back through the product, the softmax of each row, and the scaled scores.
p, _ = forward(q, k, v)
slope = g @ v.T
score = p * (slope - np.sum(slope * p, axis=1, keepdims=True)) / np.sqrt(d)
for ours, by_hand in zip(found, (score @ k, score.T @ q, p.T @ g), strict=True):
    np.testing.assert_allclose(ours, by_hand, rtol=1e-11, atol=1e-13)

# And along a random direction: the difference quotient of the forward function alone.
move = [rng.normal(size=x.shape) for x in (q, k, v)]
at = lambda t: np.sum(g * forward(*(x + t * dx for x, dx in zip((q, k, v), move, strict=True)))[1])
h = 1e-3
quotient = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
along = sum(np.sum(x * dx) for x, dx in zip(found, move, strict=True))
np.testing.assert_allclose(along, quotient, rtol=1e-8)

# One compiled gradient serves every batch and head: extra axes in front.
heads = [rng.normal(size=(2, 3, *x.shape)) for x in (Q, K, V, G)]
batched = sd.compile(gradients, [Q, K, V, G])(*heads)
single = sd.compile(gradients, [Q, K, V, G])(*(x[1, 2] for x in heads))
for every, one in zip(batched, single, strict=True):
    np.testing.assert_allclose(every[1, 2], one, rtol=1e-12, atol=1e-14)
print("\nthe gradient by Q along a direction =", np.sum(found[0] * move[0]))
