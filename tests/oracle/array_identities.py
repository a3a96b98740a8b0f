"""Both sides of an identity of arrays, scattered into sums, products and quotients."""

from __future__ import annotations

import random
from collections.abc import Callable

from .arrays import KINDS, REFUSED, SCALES, Step, ended, fitting, number, regular, values
from .trees import Call, f, leaf

__all__ = ["IDENTITIES", "identities"]


def _gram(x: Call) -> Call:
    return x @ f.transpose(x)


# Both sides of an identity, of two square matrices and two vectors.
IDENTITIES: tuple[Callable[[Call, Call, Call, Call], tuple[Call, Call]], ...] = (
    lambda A, B, u, v: (f.trace(A @ B), f.sum(A * f.transpose(B))),
    lambda A, B, u, v: (f.trace(A @ B), f.trace(B @ A)),
    lambda A, B, u, v: (f.trace(f.transpose(A) @ A), f.sum(A**2)),
    lambda A, B, u, v: (f.transpose(A @ B), f.transpose(B) @ f.transpose(A)),
    lambda A, B, u, v: (A @ f.inv(A), f.eye(len(A.sample))),
    lambda A, B, u, v: (A @ f.solve(A, u), u),
    lambda A, B, u, v: (f.inv(A) @ u, f.solve(A, u)),
    lambda A, B, u, v: (f.inv(A @ B), f.inv(B) @ f.inv(A)),
    lambda A, B, u, v: (f.transpose(f.inv(A)), f.inv(f.transpose(A))),
    lambda A, B, u, v: (f.det(A @ B), f.det(A) * f.det(B)),
    lambda A, B, u, v: (f.log(f.det(regular(A))), f.logdet(regular(A))),
    lambda A, B, u, v: (f.logdet(A @ f.transpose(A)), f.log(f.det(A) ** 2)),
    lambda A, B, u, v: (f.log(f.softmax(u, axis=0)), f.log_softmax(u, axis=0)),
    lambda A, B, u, v: (f.log(f.softmax(A, axis=1)), A - f.logsumexp(A, axis=1, keepdims=True)),
    lambda A, B, u, v: (f.softmax(u, axis=0), f.exp(u) / f.sum(f.exp(u))),
    lambda A, B, u, v: (f.exp(f.log_softmax(u, axis=0)), f.softmax(u, axis=0)),
    lambda A, B, u, v: (f.sum(f.softmax(A, axis=0), axis=0), f.array([1.0] * len(A.sample))),
    lambda A, B, u, v: (f.log(f.sum(f.exp(u))), f.logsumexp(u)),
    lambda A, B, u, v: (f.log(f.sum(f.exp(u) * f.exp(v))), f.logsumexp(u + v)),
    lambda A, B, u, v: (f.norm(u) ** 2, u @ u),
    lambda A, B, u, v: (f.norm(u) ** 2, f.sum(u**2)),
    lambda A, B, u, v: (f.norm(u - v) ** 2, f.sum(u**2) - 2 * (u @ v) + f.sum(v**2)),
    lambda A, B, u, v: (f.norm(u) ** 3, f.sum(u**2) * f.sqrt(f.sum(u**2))),
    lambda A, B, u, v: (f.sqrt(f.sum(u**2)), f.norm(u)),
    lambda A, B, u, v: (u @ A @ v, f.sum(A * f.outer(u, v))),
    lambda A, B, u, v: (f.outer(u, v) @ u, u * (v @ u)),
    lambda A, B, u, v: (f.diag(u) @ v, u * v),
    lambda A, B, u, v: (f.diag(u) @ A, f.expand_dims(u, 1) * A),
    lambda A, B, u, v: (A @ (B @ u), (A @ B) @ u),
    lambda A, B, u, v: (A @ (u + v), A @ u + A @ v),
    lambda A, B, u, v: (f.einsum("ij,jk->ik", A, B), A @ B),
    lambda A, B, u, v: (f.einsum("ij,ij->", A, B), f.sum(A * B)),
    lambda A, B, u, v: (f.einsum("ii->i", A), f.diagonal(A)),
    lambda A, B, u, v: (f.mean(u), f.sum(u) / len(u.sample)),
    lambda A, B, u, v: (f.var(u), f.mean(u**2) - f.mean(u) ** 2),
    lambda A, B, u, v: (f.cumsum(u, axis=0)[-1], f.sum(u)),
    lambda A, B, u, v: (f.concatenate([u, v], axis=0), f.reshape(f.stack([u, v], axis=0), (-1,))),
    lambda A, B, u, v: (f.sum(f.concatenate([u, v], axis=0)), f.sum(u) + f.sum(v)),
    lambda A, B, u, v: (f.tril(A) + f.triu(A), A + f.diag(f.diagonal(A))),
    lambda A, B, u, v: (f.exp(f.sum(u)), f.prod(f.exp(u))),
    lambda A, B, u, v: (f.prod(u * v), f.prod(u) * f.prod(v)),
    lambda A, B, u, v: (f.maximum(u, v) + f.minimum(u, v), u + v),
    lambda A, B, u, v: (f.max(u), -1 * f.min(-1 * u)),
    lambda A, B, u, v: (f.sigmoid(u) + f.sigmoid(-1 * u), f.array([1.0] * len(u.sample))),
    lambda A, B, u, v: (f.sigmoid(A) * (1 - f.sigmoid(A)), f.sigmoid(A) - f.sigmoid(A) ** 2),
    lambda A, B, u, v: (f.tanh(u), 2 * f.sigmoid(2 * u) - 1),
    lambda A, B, u, v: (f.sin(A) ** 2, 1 - f.cos(A) ** 2),
    lambda A, B, u, v: (f.exp(u) * f.exp(v), f.exp(u + v)),
    lambda A, B, u, v: (f.inv(f.inv(A)), A),
    lambda A, B, u, v: (f.det(f.inv(A)), 1 / f.det(A)),
    lambda A, B, u, v: (f.det(2 * A), 2 ** len(A.sample) * f.det(A)),
    lambda A, B, u, v: (f.det(f.transpose(A)), f.det(A)),
    lambda A, B, u, v: (f.exp(f.logdet(regular(A))), f.det(regular(A))),
    lambda A, B, u, v: (f.logdet(f.inv(regular(A))), -1 * f.logdet(regular(A))),
    lambda A, B, u, v: (f.inv(-3 * A), f.inv(A) / -3),
    lambda A, B, u, v: (f.solve(f.inv(A), u), A @ u),
    lambda A, B, u, v: (f.solve(2 * A, u), f.solve(A, u) / 2),
    lambda A, B, u, v: (f.solve(A, f.eye(len(A.sample))), f.inv(A)),
    lambda A, B, u, v: (f.solve(f.transpose(A), u), u @ f.inv(A)),
    lambda A, B, u, v: (f.trace(f.inv(A) @ B), f.trace(f.solve(A, B))),
    lambda A, B, u, v: (f.matrix_power(f.matrix_power(A, 2), -1), f.matrix_power(A, -2)),
    lambda A, B, u, v: (f.matrix_power(A, 3), A @ A @ A),
    lambda A, B, u, v: (f.inv(f.diag(u)), f.diag(1 / u)),
    lambda A, B, u, v: (f.det(f.diag(u)), f.prod(u)),
    lambda A, B, u, v: (f.logdet(f.diag(f.exp(u))), f.sum(u)),
    lambda A, B, u, v: (f.solve(f.diag(u), A), A / f.expand_dims(u, 1)),
    lambda A, B, u, v: (f.cholesky(f.diag(f.exp(u))), f.diag(f.exp(u / 2))),
    lambda A, B, u, v: (_gram(f.cholesky(regular(A))), regular(A)),
    lambda A, B, u, v: (f.triu(-2 * A), -2 * f.triu(f.triu(A))),
    lambda A, B, u, v: (f.hypot(u, v) ** 2, u**2 + v**2),
    lambda A, B, u, v: (f.norm(-3 * u), 3 * f.norm(u)),
    lambda A, B, u, v: (f.norm(A, axis=1) ** 2, f.diagonal(_gram(A))),
    lambda A, B, u, v: (f.stack([u, v], axis=1)[:, 1], v),
    lambda A, B, u, v: (f.concatenate([A, B], axis=0)[len(A.sample) :], B),
    lambda A, B, u, v: (f.where(f.less(u, v), u, v), f.minimum(u, v)),
    lambda A, B, u, v: (f.sum(f.broadcast_to(u, (2, len(u.sample))), axis=0), 2 * u),
    lambda A, B, u, v: (f.logsumexp(u + 3), f.logsumexp(u) + 3),
    lambda A, B, u, v: (f.softmax(u + f.sum(v), axis=0), f.softmax(u, axis=0)),
    lambda A, B, u, v: (f.sum(A, axis=1), A @ f.array([1.0] * len(A.sample))),
    lambda A, B, u, v: (f.einsum("ij,j->i", A, u), A @ u),
    lambda A, B, u, v: (f.einsum("ij,kj->ik", A, B), A @ f.transpose(B)),
    lambda A, B, u, v: (f.einsum("i,i,i->", u, v, u), f.sum(u * u * v)),
    lambda A, B, u, v: (f.trace(f.outer(u, v)), u @ v),
    lambda A, B, u, v: (f.trace(A), f.sum(f.diagonal(A))),
    lambda A, B, u, v: (f.trace(A @ f.inv(A)), f.sum(f.eye(len(A.sample)))),
    lambda A, B, u, v: (f.kron(u, v), f.reshape(f.outer(u, v), (-1,))),
    lambda A, B, u, v: (f.tensordot(A, B, axes=1), A @ B),
    lambda A, B, u, v: (f.inner(A, B), A @ f.transpose(B)),
    lambda A, B, u, v: (f.flip(f.flip(A, 0), 0), A),
    lambda A, B, u, v: (f.roll(f.roll(u, 1, axis=0), -1, axis=0), u),
    lambda A, B, u, v: (f.sum(f.sort(u, axis=0)), f.sum(u)),
    lambda A, B, u, v: (f.cumprod(f.exp(u), axis=0), f.exp(f.cumsum(u, axis=0))),
    lambda A, B, u, v: (f.std(u) ** 2, f.var(u)),
    lambda A, B, u, v: (f.sqrt(A**2), f.abs(A)),
    lambda A, B, u, v: (A @ (B + f.eye(len(A.sample))), A @ B + A),
    lambda A, B, u, v: ((A - B) @ (A + B), A @ A + A @ B - B @ A - B @ B),
    lambda A, B, u, v: (A @ u + A @ v - B @ u, (A - B) @ u + A @ v),
    lambda A, B, u, v: (2 * (A @ u) - (A @ u + A @ v), A @ (u - v)),
    lambda A, B, u, v: (f.transpose(_gram(A)), _gram(A)),
    lambda A, B, u, v: (u @ (_gram(A) @ u), f.norm(u @ A) ** 2),
    lambda A, B, u, v: (f.sum(A * f.expand_dims(u, 1), axis=0), u @ A),
    lambda A, B, u, v: (f.mean(A * B), f.trace(A @ f.transpose(B)) / len(A.sample) ** 2),
)
# Ways to put two expressions of one value, and of any shape, together.
SCATTERED: tuple[Step, ...] = (
    lambda d, p, q: p + q,
    lambda d, p, q: number(d) * p - q,
    lambda d, p, q: p * q,
    lambda d, p, q: p**2 - 3 * q,
    lambda d, p, q: p * p * q,
    lambda d, p, q: p / (1 + q**2),
    lambda d, p, q: p / q,
    lambda d, p, q: f.exp(p) - q,
    lambda d, p, q: f.stack([p, q], axis=0),
    lambda d, p, q: (p - q) * number(d) + p,
)


def identities(draw: random.Random) -> Call:
    """The sides of an identity, scattered into a scalar, in half of the cases below a step more."""
    while True:
        n = draw.choice((1, 2, 2, 3))
        scale, odds = draw.choice(SCALES), draw.choice((0.0, 0.0, 0.2))
        named = zip("ABuv", ((n, n), (n, n), (n,), (n,)), strict=True)
        inputs = [leaf(name, values(draw, shape, scale, odds)) for name, shape in named]
        try:
            left, right = draw.choice(IDENTITIES)(*inputs)
        except REFUSED:
            continue
        mixed = fitting(draw.choice(SCATTERED), draw, left, right)
        above = mixed
        if mixed is not None and draw.random() < 0.5:
            above = fitting(draw.choice(draw.choice(KINDS)), draw, mixed, draw.choice(inputs))
        if above is not None:
            return ended(draw, above, draw.choice([left, right, *inputs]))
