"""One graph is kept for calls that differ in numbers alone, another one where they differ in masks,
counts, orders or types."""

import numpy as np
import pytest

import symdiff as sd

DATA = np.array([1.0, 2.0, 4.0, 8.0])
PLACES = [
    [np.array([True, False, True, False]), np.array([False, True, True, False])],
    [np.array([0, 3]), np.array([2, 2])],
    [[1, 2], [2, 1]],
    [slice(0, 3, 2), slice(1, 3, 1)],
    [1, 2],
]


@pytest.mark.parametrize("pair", PLACES, ids=lambda pair: str(pair[0]))
def test_different_places_of_one_shape(pair):
    v = sd.Variable(DATA)
    for at in (*pair, pair[0]):
        with sd.GradientTape() as tape:
            part = v[at]
            total = sd.sum(part * part)
        np.testing.assert_array_equal(part.numpy(), DATA[at])
        slope = np.zeros(4)
        np.add.at(slope, at, 2 * DATA[at])
        np.testing.assert_array_equal(tape.gradient(total, v).numpy(), slope)


@pytest.mark.parametrize("counts", [([1, 2, 0, 1], [0, 1, 2, 1]), (2, 3)])
def test_different_counts(counts):
    v = sd.Variable(DATA)
    for times in (*counts, counts[0]):
        given = np.array(times)
        with sd.GradientTape() as tape:
            repeated = sd.repeat(v, given)
        np.testing.assert_array_equal(repeated.numpy(), np.repeat(DATA, times))
        slope = tape.gradient(repeated, v).numpy()
        np.testing.assert_array_equal(slope, np.broadcast_to(times, 4))


def test_different_exponents_and_types_of_one_shape():
    v = sd.Variable(DATA)
    for power in (2, 3, 2.0, 0.5, np.float64(3.0), np.array([1.0, 2.0, 0.0, 3.0])):
        np.testing.assert_allclose((v**power).numpy(), DATA**power, rtol=1e-15)
