"""Tapes: what they record, what they give, and what they leave behind."""

import gc
import threading
import weakref

import numpy as np
import pytest

import symdiff as sd
from symdiff.tape.recording import state


def taped(f, *starts, **options):
    """Values of ``f`` on variables that start there, and its gradient by all of them."""
    variables = [sd.Variable(s, **options) for s in starts]
    with sd.GradientTape() as tape:
        out = f(*variables)
    return out, tape.gradient(out, variables)


# -- the tutorials --------------------------------------------------------------------------------


def test_sum_of_ones_squared():
    x = sd.constant(np.ones((2, 2)))
    with sd.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = sd.sum(x)
        z = y * y
    assert tape.gradient(z, x).tolist() == [[8.0, 8.0], [8.0, 8.0]]
    assert float(tape.gradient(z, y)) == 8.0


def test_persistent_tape_gives_more_than_one():
    x = sd.constant(3.0)
    with sd.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x**2
        z = y**2
    assert float(tape.gradient(z, x)) == 108.0
    assert float(tape.gradient(y, x)) == 6.0
    assert float(tape.gradient(z, y)) == 18.0


@pytest.mark.parametrize(("at", "slope"), [(1.0, 3.0), (3.0, 27.0)])
def test_cube(at, slope):
    _, (g,) = taped(lambda x: x**3, at)
    assert float(g) == slope


@pytest.mark.parametrize(("at", "first", "second"), [(1.0, 3.0, 6.0), (5.0, 75.0, 30.0)])
def test_nested_tapes(at, first, second):
    x = sd.Variable(at)
    with sd.GradientTape() as outer:
        with sd.GradientTape() as inner:
            y = x * x * x
        slope = inner.gradient(y, x)
    curvature = outer.gradient(slope, x)
    assert (float(slope), float(curvature)) == (first, second)


@pytest.mark.parametrize(("y", "slope"), [(6, 12.0), (5, 12.0), (4, 4.0)])
def test_control_flow_is_followed(y, slope):
    x = sd.constant(2.0)
    with sd.GradientTape() as tape:
        tape.watch(x)
        out = 1.0
        for i in range(1, y + 1):
            if i > 2 and i <= 5:
                out = out * x
    assert float(tape.gradient(out, x)) == slope


def test_polynomial():
    out, (g,) = taped(lambda x: 3 * x**3 + x**2, 10.0)
    assert (float(out), float(g)) == (3100.0, 920.0)


def test_two_variables_and_their_hessian():
    x, y = sd.Variable(3.0), sd.Variable(4.0)
    with sd.GradientTape(persistent=True) as tape:
        f = x**2 * y + y + 2
    assert [float(g) for g in tape.gradient(f, [x, y])] == [24.0, 10.0]
    assert tape.hessian(f, [x, y]).tolist() == [[8.0, 6.0], [6.0, 0.0]]


def test_quadratic_by_gradient_descent():
    x = sd.Variable(50.0)
    path = []
    for _ in range(50):
        with sd.GradientTape() as tape:
            loss = x**2 - 20 * x + 100
        x.assign_sub(0.1 * tape.gradient(loss, x))
        path.append(float(x.numpy()))
    assert path[:3] == pytest.approx([42.0, 35.6, 30.48], abs=1e-12)
    assert path[36] == pytest.approx(10.010385, abs=5e-7)
    assert path[49] == pytest.approx(10.000570, abs=1e-6)


# -- what a recording is --------------------------------------------------------------------------


def test_recordings_are_told_apart():
    x = sd.Variable(3.0)
    with sd.GradientTape(persistent=True) as tape:
        y = x * x
        z = y * y + x * x  # the last product is not y
    assert float(tape.gradient(z, y)) == 18.0
    assert float(tape.gradient(z, x)) == 4 * 27 + 6
    a, b = tape.gradient(z, [x, y])  # each in full
    assert (float(a), float(b)) == (114.0, 18.0)
    with sd.GradientTape() as tape:
        y = x * x
        z = y * y
        w = z * y + z
    found = tape.gradient(w, {"x": x, "y": y, "z": z})
    assert float(found["x"]) == 6 * 3.0**5 + 4 * 3.0**3
    assert float(found["y"]) == 3 * 9.0**2 + 2 * 9.0
    assert float(found["z"]) == 9.0 + 1.0


def test_a_variable_assigned_after_use_keeps_the_recorded_value():
    v = sd.Variable(3.0)
    with sd.GradientTape() as tape:
        y = v * v
        v.assign(10.0)
    assert float(y) == 9.0
    assert float(tape.gradient(y, v)) == 6.0
    assert float(v.numpy()) == 10.0


def test_versions_of_a_variable_add_up():
    v = sd.Variable([1.0, 2.0])
    with sd.GradientTape(persistent=True) as tape:
        y = sd.sum(v**2)
        v.assign_add([1.0, 1.0])
        z = y + sd.sum(v**3)
    expected = 2 * np.array([1.0, 2.0]) + 3 * np.array([2.0, 3.0]) ** 2
    np.testing.assert_allclose(tape.gradient(z, v), expected)
    np.testing.assert_allclose(tape.jacobian(z, v), expected)
    curvature = np.diag([2.0, 2.0]) + np.diag(6 * np.array([2.0, 3.0]))
    np.testing.assert_allclose(tape.hessian(z, v), curvature)


def test_second_derivatives_across_versions():
    v = sd.Variable([2.0, 5.0])
    with sd.GradientTape(persistent=True) as tape:
        before = v * 1
        v.assign([3.0, 7.0])
        y = sd.sum(before * v) + before[0] ** 3
    assert tape.gradient(y, v).tolist() == [2.0 + 3.0 + 12.0, 5.0 + 7.0]
    assert tape.hessian(y, v).tolist() == [[2.0 + 12.0, 0.0], [0.0, 2.0]]


def test_data_are_copied_in():
    data = np.array([1.0, 2.0])
    v, c = sd.Variable(data), sd.constant(data)
    with sd.GradientTape() as tape:
        y = sd.sum(v * data * c)
        data[:] = 100.0
    assert float(y) == 1.0 + 8.0
    np.testing.assert_array_equal(tape.gradient(y, v), [1.0, 4.0])
    v.assign(data)
    data[:] = 0.0
    assert v.numpy().tolist() == [100.0, 100.0]
    v.numpy()[:] = 7.0
    c.numpy()[:] = 7.0
    assert v.numpy().tolist() == [100.0, 100.0]
    assert c.numpy().tolist() == [1.0, 2.0]
    with pytest.raises(ValueError, match="read-only"):
        np.asarray(c)[0] = 1.0


def test_watching():
    x, c = sd.Variable(2.0), sd.constant(3.0)
    still = sd.Variable(5.0, trainable=False)
    with sd.GradientTape(persistent=True) as tape:
        y = x * c * still
    assert tape.watched_variables() == (x,)
    assert float(tape.gradient(y, x)) == 15.0
    assert tape.gradient(y, [c, still]) == [None, None]
    with sd.GradientTape(watch_accessed_variables=False, persistent=True) as tape:
        tape.watch({"c": c, "more": [still]})
        y = x * c * still
        still.assign(1.0)
        y = y + still
    assert tape.gradient(y, x) is None
    assert [float(g) for g in tape.gradient(y, [c, still])] == [10.0, 7.0]
    assert tape.watched_variables() == (still,)
    with pytest.raises(sd.KindError, match=r"sd\.constant"):
        tape.watch(3.0)


def test_watching_again_changes_nothing():
    c = sd.constant([1.0, 2.0])
    with sd.GradientTape() as tape:
        tape.watch(c)
        y = c * c
        tape.watch([c, y])
        z = y + c
    assert tape.gradient(z, c).tolist() == [3.0, 5.0]


def test_equal_values_are_told_apart():
    a, b = sd.constant(3.0), sd.constant(3.0)
    v, w = sd.Variable(3.0), sd.Variable(3.0)
    with sd.GradientTape() as tape:
        tape.watch([a, b])
        y = a * b**2 * v**3 * w**4
    slopes = [float(g) * 3.0 / float(y) for g in tape.gradient(y, [a, b, v, w])]
    assert slopes == [1.0, 2.0, 3.0, 4.0]
    assert len({x.expr for x in (a, b)}) == 1  # by name only
    assert str(tape.graph(y)) == "x0*x1**2*x2**3*x3**4"


def test_truth_values_beside_tensors():
    x = sd.Variable([1.0, 2.0])
    with sd.GradientTape(persistent=True) as tape:
        on, off = x * True, x * False
        chosen = sd.where(False, x, 2 * x) + sd.where([True, False], x, 0.0)
    assert tape.gradient(on, x).tolist() == [1.0, 1.0]
    assert tape.gradient(off, x).tolist() == [0.0, 0.0]
    assert tape.gradient(chosen, x).tolist() == [3.0, 2.0]


def test_a_constant_that_is_not_watched_gives_none():
    c = sd.constant(3.0)
    with sd.GradientTape() as tape:
        y = c * c
    assert tape.gradient(y, c) is None


def test_stop_recording():
    x = sd.Variable(2.0)
    with sd.GradientTape() as tape:
        with tape.stop_recording():
            factor = x**3
        y = factor * x
    assert float(tape.gradient(y, x)) == 8.0


def test_after_stop_recording_the_tape_goes_on():
    x = sd.Variable(3.0)
    with sd.GradientTape(persistent=True) as tape:
        with pytest.raises(sd.ShapeError), tape.stop_recording():
            x * [1.0, 2.0] + [1.0, 2.0, 3.0]
        y = x * x
        with tape.stop_recording():
            tape.reset()
        z = x**3
    assert tape.gradient(y, x) is None
    assert float(tape.gradient(z, x)) == 27.0


def test_stop_recording_of_an_inner_tape_only():
    x = sd.Variable(2.0)
    with sd.GradientTape() as outer:
        with sd.GradientTape() as inner:
            with inner.stop_recording():
                factor = x**3
            y = factor * x
        assert float(inner.gradient(y, x)) == 8.0
    assert float(outer.gradient(y, x)) == 32.0


def test_an_inner_tape_does_not_know_what_was_before_it():
    x = sd.Variable(3.0)
    with sd.GradientTape() as outer:
        y = x * x
        with sd.GradientTape(persistent=True) as inner:
            inner.watch(y)
            z = y * y
        assert inner.gradient(z, x) is None
        assert float(inner.gradient(z, y)) == 18.0
    assert float(outer.gradient(z, x)) == 108.0


def test_reset():
    x = sd.Variable(3.0)
    with sd.GradientTape() as tape:
        y = x * x
        tape.reset()
        z = x * 2
    assert tape.watched_variables() == (x,)
    assert float(tape.gradient(z, x)) == 2.0
    tape.reset()
    assert tape.gradient(y, x) is None


def test_a_tape_that_is_not_persistent_answers_once():
    x = sd.Variable(3.0)
    with sd.GradientTape() as tape:
        y = x * x
    tape.gradient(y, x)
    with pytest.raises(sd.TapeError, match="persistent=True"):
        tape.gradient(y, x)
    with pytest.raises(RuntimeError, match="hessian"):
        tape.hessian(y, x)


def test_a_tape_that_has_answered_records_no_more():
    x = sd.Variable(3.0)
    with sd.GradientTape() as tape:
        y = x * x
        assert float(tape.gradient(y, x)) == 6.0
        assert state.live == ()
        assert (x * 3)._mark is None
    with sd.GradientTape(persistent=True) as tape:
        tape.gradient(x * x, x)
        assert len(state.live) == 1


def test_an_exception_leaves_nothing_behind():
    x = sd.Variable(3.0)
    tape = sd.GradientTape()

    def work():
        with tape:
            return x * x / (1 // 0)

    with pytest.raises(ZeroDivisionError):
        work()
    assert state.live == ()
    z = x * x
    assert z._mark is None
    assert tape.gradient(z, x) is None
    with sd.GradientTape() as other, pytest.raises(sd.ShapeError), other.stop_recording():
        sd.constant([1.0, 2.0]) + sd.constant([1.0, 2.0, 3.0])
    assert state.live == ()


def test_a_tape_records_once_at_a_time():
    with sd.GradientTape() as tape, pytest.raises(sd.TapeError, match="already"), tape:
        pass
    assert state.live == ()


def test_threads_do_not_see_each_other():
    shared = sd.Variable(2.0)
    constant = sd.constant(3.0)
    barrier = threading.Barrier(4)
    found = {}

    def work(k):
        for _ in range(50):
            barrier.wait()
            with sd.GradientTape(persistent=True) as tape:
                tape.watch(constant)
                y = shared**k * constant
                barrier.wait()
                own = len(state.live)
                y = y + constant * k
            found.setdefault(k, set()).add(
                (own, float(tape.gradient(y, shared)), float(tape.gradient(y, constant)))
            )

    threads = [threading.Thread(target=work, args=(k,)) for k in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {k: {(1, 3.0 * k * 2.0 ** (k - 1), 2.0**k + k)} for k in range(1, 5)}
    assert state.live == ()


def test_a_recording_is_freed_with_its_tape():
    x = sd.Variable(np.ones(10))
    with sd.GradientTape() as tape:
        inside = sd.exp(x)
        y = sd.sum(inside)
    gone = weakref.ref(inside)
    recording = weakref.ref(tape._recording)
    del inside, tape
    gc.collect()
    assert gone() is None  # the tape needs no intermediate values
    assert recording() is None
    assert float(y) == pytest.approx(10 * np.e)


def test_deep_recordings():
    x = sd.Variable(1.0)
    with sd.GradientTape() as tape:
        y = x
        for _ in range(50_000):
            y = y * 0.5 + x
    assert float(y) == pytest.approx(2.0)
    assert float(tape.gradient(y, x)) == pytest.approx(2.0)
    assert len(tape._recording.entries) == 100_001
    del tape, y
    gc.collect()


# -- what a gradient is ---------------------------------------------------------------------------


def test_structures_of_sources_and_targets():
    x, y = sd.Variable(3.0), sd.Variable([1.0, 2.0])
    with sd.GradientTape(persistent=True) as tape:
        f, g = x * sd.sum(y), sd.sum(y * y)
    found = tape.gradient({"f": f, "g": [g]}, {"x": x, "both": (y, [x])})
    assert set(found) == {"x", "both"}
    assert isinstance(found["both"], tuple)
    assert float(found["x"]) == float(found["both"][1][0]) == 3.0
    np.testing.assert_array_equal(found["both"][0], [3.0 + 2.0, 3.0 + 4.0])
    assert tape.gradient(f, []) == []


def test_what_is_not_connected():
    x, y = sd.Variable([1.0, 2.0]), sd.Variable(3.0)
    n = sd.Variable(2)
    with sd.GradientTape(persistent=True) as tape:
        f = sd.sum(x * x) * n
        dead = sd.stop_gradient(y) + sd.floor(y)
        zero = 0 * y + (y - y)
    assert tape.gradient(f, y) is None
    with pytest.warns(UserWarning, match=r"an int has no gradient.*write 2\.0"):
        assert tape.gradient(f, n) is None
    assert tape.gradient(dead, y) is None
    assert float(tape.gradient(zero, y)) == 0.0
    a, b = tape.gradient(f, [x, y], unconnected_gradients="zero")
    assert (a.tolist(), float(b)) == ([4.0, 8.0], 0.0)
    assert tape.gradient(f, x, unconnected_gradients="zero").tolist() == [4.0, 8.0]
    assert tape.gradient(sd.constant(1.0), x) is None
    assert tape.gradient(sd.constant(1.0), x, unconnected_gradients="zero").tolist() == [0.0, 0.0]
    assert tape.jacobian([f, sd.constant([1.0])], [x, y])[1] == [None, None]
    assert tape.jacobian(sd.constant([1.0]), x, unconnected_gradients="zero").tolist() == [[0, 0]]
    with pytest.raises(ValueError, match="'none' or 'zero'"):
        tape.gradient(f, x, unconnected_gradients="raise")


def test_a_target_that_is_not_real_has_no_gradient():
    x = sd.Variable([1.0, 2.0])
    with sd.GradientTape(persistent=True) as tape:
        where, found = sd.argmax(x), x > 1
    assert tape.gradient(where, x) is None
    assert tape.jacobian(found, x) is None


def test_a_target_with_axes_is_summed():
    x = sd.Variable([1.0, 2.0, 3.0])
    with sd.GradientTape(persistent=True) as tape:
        y = x**2
    np.testing.assert_array_equal(tape.gradient(y, x), [2.0, 4.0, 6.0])
    np.testing.assert_array_equal(tape.gradient([y, y], x), [4.0, 8.0, 12.0])
    np.testing.assert_array_equal(tape.gradient(x, x), [1.0, 1.0, 1.0])


def test_output_gradients():
    x = sd.Variable([1.0, 2.0, 3.0])
    with sd.GradientTape(persistent=True) as tape:
        y, z = x**2, x[0] * x[1]
    weights = [1.0, 10.0, 100.0]
    np.testing.assert_array_equal(
        tape.gradient(y, x, output_gradients=np.array(weights)), [2.0, 40.0, 600.0]
    )
    found = tape.gradient([y, z], x, output_gradients=[sd.constant(weights), 1000.0])
    np.testing.assert_array_equal(found, [2002.0, 1040.0, 600.0])
    with pytest.raises(sd.ShapeError, match=r"\(3,\) and \(2,\)"):
        tape.gradient(y, x, output_gradients=[1.0, 2.0])


def test_output_gradients_are_in_the_structure_of_the_targets():
    x = sd.Variable([1.0, 2.0])
    with sd.GradientTape(persistent=True) as tape:
        y, z = x**2, x[0] * x[1]
    assert tape.gradient(y, x, output_gradients=(10, 1)).tolist() == [20.0, 4.0]
    assert tape.gradient([y], x, output_gradients=[[10.0, 1.0]]).tolist() == [20.0, 4.0]
    found = tape.gradient({"y": y, "z": [z]}, x, output_gradients={"z": [2], "y": [10.0, 1.0]})
    assert found.tolist() == [24.0, 6.0]
    w = sd.Variable(3.0)
    with sd.GradientTape() as outer:
        with sd.GradientTape() as tape:
            y = x**2
        g = tape.gradient(y, x, output_gradients=[w, w**2])
    assert g.tolist() == [6.0, 36.0]
    assert float(outer.gradient(g, w)) == 2.0 + 4.0 * 6.0
    with sd.GradientTape(persistent=True) as tape:
        y, z = x**2, x[0] * x[1]
    for target, weights in [([y, z], [1.0]), ([y, z], 1.0), ({"y": y}, [[1.0, 1.0]]),
                            ({"y": y}, {"z": [1.0, 1.0]}), ([y, [z]], [y, z])]:  # fmt: skip
        with pytest.raises(sd.KindError, match="structure of the targets, a"):
            tape.gradient(target, x, output_gradients=weights)


def test_a_target_that_is_a_source():
    v0, v1 = sd.Variable(2.0), sd.Variable(3.0)
    for x, expected in [(1.0, [1.0, None]), (-1.0, [None, 6.0])]:
        with sd.GradientTape(persistent=True) as tape:
            result = v0 if x > 0 else v1**2
        found = tape.gradient(result, [v0, v1])
        assert [g if g is None else float(g) for g in found] == expected
    assert tape.watched_variables() == (v1,)
    c = sd.constant([1.0, 2.0])
    with sd.GradientTape(persistent=True) as tape:
        y = c * c * v0
        v0.assign(5.0)
    for _ in range(2):
        assert tape.gradient(y, c) is None  # it was not watched
        assert tape.gradient(c, c).tolist() == [1.0, 1.0]
    found = tape.gradient([y, c], [c, v0])
    assert (found[0].tolist(), float(found[1])) == ([1.0, 1.0], 5.0)
    assert tape.jacobian(c, c).tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert tape.gradient(c, c, output_gradients=[3.0, 4.0]).tolist() == [3.0, 4.0]
    assert float(tape.gradient([y, v0], v0)) == 6.0  # 5 by the version in y, 1 by the present one
    assert tape.gradient(sd.Variable(3), v0) is None


def test_jacobians():
    x, w = sd.Variable([1.0, 2.0]), sd.Variable(3.0)
    with sd.GradientTape(persistent=True) as tape:
        y = sd.stack([x[0] * x[1], x[0] ** 2, w * x[1]])
    dx, dw = tape.jacobian(y, [x, w])
    np.testing.assert_array_equal(dx, [[2.0, 1.0], [2.0, 0.0], [0.0, 3.0]])
    np.testing.assert_array_equal(dw, [0.0, 0.0, 2.0])
    np.testing.assert_array_equal(tape.jacobian({"y": y}, x)["y"], dx)


def test_batch_jacobian():
    rng = np.random.default_rng(0)
    data, W = rng.normal(size=(5, 3)), rng.normal(size=(3, 4))
    x = sd.Variable(data)
    with sd.GradientTape(persistent=True) as tape:
        y = sd.tanh(x @ W)
        s = sd.sum(x)
    found = tape.batch_jacobian(y, x)
    expected = (1 - np.tanh(data @ W) ** 2)[:, :, None] * W.T[None]
    np.testing.assert_allclose(found, expected, rtol=1e-13)
    whole = tape.jacobian(y, x).numpy()
    np.testing.assert_allclose(found, whole[np.arange(5), :, np.arange(5)], rtol=1e-13)
    with pytest.raises(sd.ShapeError, match="batch"):
        tape.batch_jacobian(s, x)
    assert tape.batch_jacobian(y, sd.Variable(data)) is None
    zeros = tape.batch_jacobian(y, sd.Variable(data), unconnected_gradients="zero")
    assert zeros.shape == (5, 4, 3)


def test_hessians():
    rng = np.random.default_rng(1)
    A = rng.normal(size=(3, 3))
    x, c = sd.Variable(rng.normal(size=3)), sd.Variable(2.0)
    with sd.GradientTape(persistent=True) as tape:
        inside = x * c
        f = inside @ A @ inside
    np.testing.assert_allclose(tape.hessian(f, x), 4 * (A + A.T), rtol=1e-13)
    found = tape.hessian(f, {"x": x, "c": c})
    assert found["x"]["c"].shape == found["c"]["x"].shape == (3,)
    both = (A + A.T) @ x.numpy()
    np.testing.assert_allclose(found["x"]["c"], 2 * 2 * both, rtol=1e-13)
    np.testing.assert_allclose(found["c"]["c"], x.numpy() @ both, rtol=1e-13)
    np.testing.assert_allclose(tape.hessian(f, inside), A + A.T, rtol=1e-13)
    other = sd.Variable(1.0)
    assert tape.hessian(f, [other]).tolist() == [[0.0]]
    assert tape.hessian(f, [c, other]).tolist()[1] == [0.0, 0.0]
    assert tape.hessian(f, (other,))[0][0].tolist() == 0.0


def test_hessian_by_nested_tapes_is_the_hessian():
    x = sd.Variable([0.5, -1.0, 2.0])
    with sd.GradientTape(persistent=True) as outer:
        with sd.GradientTape() as inner:
            f = sd.sum(sd.sin(x) * x) * sd.exp(x[0])
        g = inner.gradient(f, x)
    nested = outer.jacobian(g, x)
    np.testing.assert_allclose(nested, outer.hessian(f, x), rtol=1e-13, atol=1e-15)
    a = np.array([0.5, -1.0, 2.0])
    slopes = np.cos(a) * a + np.sin(a)
    expected = np.exp(0.5) * slopes
    expected[0] += np.sum(np.sin(a) * a) * np.exp(0.5)
    np.testing.assert_allclose(g, expected, rtol=1e-14)


def test_third_order():
    x = sd.Variable(2.0)
    with sd.GradientTape() as a:
        with sd.GradientTape() as b:
            with sd.GradientTape() as c:
                y = x**5
            first = c.gradient(y, x)
        second = b.gradient(first, x)
    assert [float(first), float(second), float(a.gradient(second, x))] == [80.0, 160.0, 240.0]


def test_a_persistent_tape_records_its_own_gradient():
    x = sd.Variable(3.0)
    with sd.GradientTape(persistent=True) as tape:
        y = x**3
        g = tape.gradient(y, x)
    assert float(tape.gradient(g, x)) == 18.0


def test_an_outer_tape_sees_what_an_inner_one_takes_for_constant():
    x, c = sd.Variable(3.0), sd.constant(2.0)
    with sd.GradientTape(persistent=True) as outer:
        outer.watch(c)
        with sd.GradientTape() as inner:
            y = c * x**2 * 5
        g = inner.gradient(y, x)
    assert float(g) == 60.0
    assert float(outer.gradient(g, c)) == 30.0
    assert float(outer.gradient(g, x)) == 20.0


def test_gradient_by_an_intermediate_inside_an_outer_tape():
    x = sd.Variable(3.0)
    with sd.GradientTape() as outer:
        with sd.GradientTape() as inner:
            y = x * x
            z = y**3
        g = inner.gradient(z, y)
    assert float(g) == 243.0
    assert float(outer.gradient(g, x)) == 6 * 9 * 6


def test_targets_and_sources_are_tensors():
    x = sd.Variable(3.0)
    with sd.GradientTape() as tape:
        y = float(x * x)
    with pytest.raises(sd.KindError, match="float"):
        tape.gradient(y, x)
    with pytest.raises(sd.KindError, match="gradient takes tensors"):
        tape.gradient(x, 3.0)


def test_the_finite_gradient_where_an_entry_is_zero():
    _, (g,) = taped(lambda X: 0.2 * sd.sum(sd.sqrt(X**2)), [[0.0, 2.0], [-3.0, 0.0]])
    np.testing.assert_allclose(g, [[0.0, 0.2], [-0.2, 0.0]])


# -- pictures and formulas ------------------------------------------------------------------------


def test_graph_and_expr():
    x, y = sd.Variable(3.0, name="x"), sd.Variable(4.0, name="y")
    with sd.GradientTape() as tape:
        f = x**2 * y + y + 2
    assert str(tape.graph(f)) == str(f.expr) == "x**2*y + y + 2"
    slopes = sd.grad(tape.graph(f), [tape.graph(x), tape.graph(y)])
    assert [str(g) for g in slopes] == ["2*x*y", "x**2 + 1"]
    assert sd.evaluate(f.expr, x=3, y=4) == 42
    assert tape.gradient(f, x) is not None
    assert str(tape.graph(f)) == "x**2*y + y + 2"


def test_names_in_a_graph_are_different():
    a, b = sd.Variable(1.0, name="w"), sd.Variable(2.0, name="w")
    c, d = sd.Variable(3.0, name="x0"), sd.constant([1.0, 2.0])
    with sd.GradientTape() as tape:
        f = sd.sum(a * b * c * d * np.array([1.0, 2.0]))
    assert str(tape.graph(f)) == "sum(w*w_1*x0*x1*x2)"
    assert tape.graph(d).shape == (2,)
    assert str(sd.constant(2.0, name="k").expr) == "k"


def test_names_do_not_depend_on_what_is_asked_for():
    a, b = sd.Variable(1.0), sd.Variable(2.0)
    with sd.GradientTape() as tape:
        f, g = a * b, b * 3
    assert (str(tape.graph(f)), str(tape.graph(g))) == ("x0*x1", "x1*3")


def test_drawing(tmp_path):
    x, y = sd.Variable(3.0, name="x"), sd.Variable(4.0, name="y")
    with sd.GradientTape() as tape:
        f = x**2 * y + y + 2
    drawn = tape.draw(f, tmp_path / "f.svg")
    text = (tmp_path / "f.svg").read_text()
    assert text == drawn.svg
    assert text == sd.to_svg(sd.parse("x**2*y + y + 2"), at={"x": 3.0, "y": 4.0},
                             wrt=[sd.Var("x"), sd.Var("y")])  # fmt: skip
    for number in ("42", "24", "10"):
        assert f">{number}<" in text or number in text


def test_drawing_an_array():
    x = sd.Variable([1.0, 2.0], name="x")
    with sd.GradientTape() as tape:
        y = x * x
    assert "sum" in tape.draw(y).svg
