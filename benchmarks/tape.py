"""Training loops on a tape: logistic regression on digits, and a quadratic in one variable.

``python tape.py`` runs both workloads, ``python tape.py quadratic`` one.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from harness import agree, calls_for, median, peer, race, readable, seconds, verdict

import symdiff as sd

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
Step = Callable[[], Any]
FRESH = """
import time
start = time.perf_counter()
import sys
sys.path[:0] = sys.argv[1:]
import numpy as np
import tape
rng = np.random.default_rng(0)
_, step = tape.ours(rng.normal(size=(360, 64)), rng.integers(0, 2, (1, 360)).astype(float))
step()
print(time.perf_counter() - start)
"""


def digits() -> tuple[Any, Any]:
    """The classes 0 and 1 of scikit-learn's digits, standardised; else data of their shape."""
    sklearn = peer("sklearn.datasets")
    if sklearn is None:
        rng = np.random.default_rng(0)
        return rng.normal(size=(360, 64)), rng.integers(0, 2, (1, 360)).astype(float)
    X, y = sklearn.load_digits(n_class=2, return_X_y=True)
    spread = X.std(axis=0)
    return (X - X.mean(axis=0)) / np.where(spread > 0, spread, 1), y[None, :].astype(float)


def start() -> Any:
    return np.random.default_rng(0).normal(0, 0.05, (1, 64))


def ours(data: Any, labels: Any) -> tuple[Any, Step]:
    """The weights and a step of the loop, as a tutorial writes it."""
    X, y, w = sd.constant(data), sd.constant(labels), sd.Variable(start(), name="w")
    optimizer = sd.optimizers.Adam(learning_rate=0.001)

    def step() -> Any:
        with sd.GradientTape() as tape:
            logits = sd.matmul(w, sd.transpose(X))
            loss = sd.mean(sd.sigmoid_cross_entropy_with_logits(labels=y, logits=logits))
        optimizer.apply_gradients(zip(tape.gradient(loss, [w]), [w], strict=True))
        return loss

    return w, step


def theirs(tf: Any, data: Any, labels: Any, dtype: Any) -> tuple[Any, Step]:
    """The same with TensorFlow and Keras' Adam."""
    X, y = tf.constant(data, dtype), tf.constant(labels, dtype)
    w = tf.Variable(start(), dtype=dtype)
    double = [np.float64(x) for x in (0.9, 0.999, 1e-7)]  # else they pass through float32
    optimizer = tf.keras.optimizers.Adam(0.001, *double)
    optimizer.build([w])
    loss_of = tf.nn.sigmoid_cross_entropy_with_logits

    def step() -> Any:
        with tf.GradientTape() as tape:
            logits = tf.matmul(w, tf.transpose(X))
            loss = tf.reduce_mean(loss_of(labels=y, logits=logits))
        optimizer.apply_gradients(zip(tape.gradient(loss, [w]), [w], strict=True))
        return loss

    return w, step


def logistic() -> bool:
    """A step after the first, against TensorFlow's eager tape and its ``tf.function``."""
    data, labels = digits()

    def fresh(*command: str) -> float:
        command = (sys.executable, *command)
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        return float(done.stdout.split()[-1])

    after_imports = median("logistic, first step", lambda: fresh(__file__, "first"))
    median("logistic, first step, imports included", lambda: fresh("-c", FRESH, *sys.path))
    fine = verdict("first step", after_imports, 0.05)
    w, step = ours(data, labels)
    tf = peer("tensorflow")
    if tf is None:
        once = seconds(step, calls_for(step, 0.5))
        print(f"logistic, a step {readable(once)}")
        return fine
    tf.keras.config.set_floatx("float64")
    eager_w, eager = theirs(tf, data, labels, tf.float64)
    graph_w, traced = theirs(tf, data, labels, tf.float64)
    graph = tf.function(traced)
    for _ in range(70):
        losses = [float(step()), float(eager()), float(graph())]
        agree(losses, losses[:1] * 3)
    agree(w.numpy(), eager_w.numpy())
    agree(w.numpy(), graph_w.numpy())
    fine = verdict("of TensorFlow's eager tape", race("logistic, eager", step, eager), 1) and fine
    return verdict("of tf.function", race("logistic, tf.function", step, graph), 2) and fine


def first() -> bool:
    """Prints the seconds of the first step in this process."""
    _, step = ours(*digits())
    begin = time.perf_counter()
    step()
    print(time.perf_counter() - begin)
    return True


def quadratic() -> bool:
    """A step of gradient descent on x² - 20x + 100, as `examples/minimise_quadratic.py` does it."""
    x = sd.Variable(50.0, name="x")
    optimizer = sd.optimizers.SGD(learning_rate=0.1)

    def step() -> None:
        with sd.GradientTape() as tape:
            y = x**2 - 20 * x + 100
        optimizer.apply_gradients([(tape.gradient(y, x), x)])

    for i in range(1, 51):
        step()
        agree(x.numpy(), 10 + 40 * 0.8**i)
    once = min(seconds(step, 100) for _ in range(150))
    fine = verdict("quadratic, us a step", once * 1e6, 30)
    minimize = lambda: optimizer.minimize(lambda: x**2 - 20 * x + 100, [x])
    once = min(seconds(minimize, 100) for _ in range(150))
    print(f"quadratic, optimizer.minimize  {readable(once)}")
    tf = peer("tensorflow")
    if tf is not None:
        v = tf.Variable(50.0, dtype=tf.float64)
        other = tf.keras.optimizers.SGD(learning_rate=0.1)

        def eager() -> None:
            with tf.GradientTape() as tape:
                y = v**2 - 20 * v + 100
            other.apply_gradients([(tape.gradient(y, v), v)])

        race("quadratic, eager", step, eager)
        race("quadratic, tf.function", step, tf.function(eager))
    return fine


WORKLOADS = {"logistic": logistic, "quadratic": quadratic, "first": first}


def main(names: list[str]) -> bool:
    found = [WORKLOADS[name]() for name in names or ("logistic", "quadratic")]
    return all(found)


if __name__ == "__main__":
    raise SystemExit(not main(sys.argv[1:]))
