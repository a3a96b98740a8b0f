"""Array expressions that were wrong once, along every path, against their truth in many digits."""

from __future__ import annotations

import pytest
from oracle.array_paths import PATHS
from oracle.array_running import walked
from oracle.array_subject import Subject
from oracle.trees import Call, f, leaf, written

A = leaf("A", [[0.7, -0.4], [0.3, 1.1]])
B = leaf("B", [[-0.9, 0.2], [0.6, 0.5]])
u = leaf("u", [0.6, -1.3])
v = leaf("v", [-0.2, 0.9])
w = leaf("w", [-0.8])
s = leaf("s", 0.7)
zero, origin = leaf("zero", 0.0), leaf("origin", [0.0, 0.0])
GRAM = A @ f.transpose(A)
LOG = f.log(f.softplus(w))

TREES: tuple[Call, ...] = (
    # a coefficient that cancels one that is there
    f.sum(A @ (u + v) - (A @ u + A @ v)),
    f.sum((A @ u + A @ v) - A @ (u + v)),
    f.sum(f.sin((A + B) @ u - (A @ u + B @ u))),
    f.sum(A @ (u - v) - (A @ u - A @ v) + u),
    f.sum(A @ (u + v) - A @ u - A @ v),
    # rules that undo each other
    f.logdet(GRAM) - f.sum(A * A),
    f.trace(f.softmax(A, axis=1)),
    f.sum(f.solve(A, A)),
    f.sum((A - f.eye(2)) * u),
    f.sum(f.diag(f.softmax(A, axis=1))),
    f.log(f.sum(f.softmax(u, axis=0) * f.log_softmax(u, axis=0)) ** 2),
    f.norm(f.sigmoid(u)),
    f.sum(f.sigmoid(u)) ** 2,
    f.tanh(f.sum(f.sigmoid(u))),
    f.sum(f.sigmoid(A) - f.sigmoid(A) ** 2),
    f.sum(f.exp(A * A - A) / (1 + f.exp(A * A - A))),
    f.logsumexp(f.stack([A, f.sigmoid(A)], axis=0)),
    f.logdet(f.exp(GRAM) / (1 + f.exp(GRAM))),
    f.sum(f.solve(f.sigmoid(A) * (1 - f.sigmoid(A)), u)),
    f.sigmoid(u @ v),
    f.sum(f.log_softmax(f.exp(u) / (1 + f.exp(u)), axis=0)),
    # a broadcast over batch axes in derivatives that are not simplified
    f.sum((A @ u) * A),
    f.min(u) ** 2,
    f.exp(f.max(A)),
    f.trace(A) * f.min(A),
    f.sum(f.trace(A) * A),
    f.sum(f.mean(f.inv(A), axis=1) * A),
    f.atan(f.einsum("j->", f.sin(u))),
    f.logsumexp(f.broadcast_to(f.sum(f.softmax(A, axis=0), axis=0), (1, 2))),
    # powers by arrays
    f.sum(A ** f.array([2, 3])),
    f.sum(u ** f.array([1, 3])),
    f.sum(u ** f.array([[0, 1], [2, 2]])),
    f.sum(f.exp(u) ** f.array([-0.8, 1.6])),
    f.sum(f.array([1.0, 2.0, 3.0, 4.0]) * zero ** f.array([0, 1, 2, 3])),
    f.norm(f.exp(u) ** leaf("exponents", [0.8, 0.0])),
    # signs and factors
    f.sum(f.sqrt(f.tanh(u) * u)),
    f.sum(f.sqrt(A**2 + A**2)) + f.tanh(f.sum(A)),
    f.sum(f.sigmoid(f.logaddexp(w, w))),
    f.norm(f.logaddexp(LOG, LOG)) + f.sum(LOG),
    f.sum(f.clip(w, -0.5, leaf("high", -1.05))),
    f.sum(f.clip(s, 0.9, v)),
    # whole numbers where a kernel halves in place
    f.sum(f.cholesky(f.diag(f.exp(u)))),
    # where a norm has its kink, and its square has none
    f.norm(origin) ** 2,
    f.norm(origin) ** 2 * s,
    # one axis and no axes meet in a batch
    f.sum(f.stack([f.log(f.sum(f.exp(w) * f.exp(w))), f.logsumexp(w + w)], axis=0) / w) * f.sum(A),
)  # fmt: skip


@pytest.mark.parametrize("tree", TREES, ids=written)
def test_every_path_gives_the_truth(tree: Call) -> None:
    subject = Subject(tree)
    faults = {path: walked(subject, path).faults for path in PATHS}
    wrong = {path: found for path, found in faults.items() if {x.kind for x in found} - {"digits"}}
    assert not wrong
