"""Losses under the names that they have in machine learning."""

from __future__ import annotations

from ..expr import Expr, ExprLike
from .elementary import sigmoid_cross_entropy


def sigmoid_cross_entropy_with_logits(labels: ExprLike, logits: ExprLike) -> Expr:
    """``-z*log(sigmoid(x)) - (1 - z)*log(1 - sigmoid(x))`` for each label z and logit x.

    Computed as ``max(x, 0) - x*z + log1p(exp(-abs(x)))``; its slope by x is ``sigmoid(x) - z``.

    Shapes: those of labels and logits broadcast.

    >>> import symdiff as sd
    >>> z, x = sd.vars("z x")
    >>> sd.grad(sd.sigmoid_cross_entropy_with_logits(labels=z, logits=x), x)
    sigmoid(x) - z
    """
    return sigmoid_cross_entropy(labels, logits)


PUBLIC = (sigmoid_cross_entropy_with_logits,)
