"""Optimisers and schedules: Keras' own figures step by step, closed forms, and bad input."""

import copy
import json
import pickle
import warnings

import numpy as np
import pytest
from keras_figures import PATH, SCHEDULES, SETTINGS, START, STEPS, gradients

import symdiff as sd
from symdiff.optimizers.base import BLOCK

FIGURES = json.loads(PATH.read_text())
optimizers, schedules = sd.optimizers, sd.optimizers.schedules
KINDS = [
    optimizers.SGD(0.1),
    optimizers.SGD(0.1, momentum=0.9),
    optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    optimizers.SGD(0.1, weight_decay=0.1),
    optimizers.Adagrad(0.1),
    optimizers.RMSProp(0.1),
    optimizers.RMSProp(0.1, momentum=0.5, centered=True),
    optimizers.Adam(0.1),
    optimizers.Adam(0.1, amsgrad=True),
    optimizers.AdamW(0.1),
]


def schedule(name):
    kind, options = SCHEDULES[name]
    return getattr(schedules, kind)(**options)


def optimizer(name):
    kind, options = SETTINGS[name]
    rate = options.get("learning_rate")
    if isinstance(rate, str):
        options = {**options, "learning_rate": schedule(rate)}
    return getattr(optimizers, kind)(**options)


def fresh(made):
    return copy.deepcopy(made)


# -- Keras ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", SETTINGS)
def test_steps_are_those_of_keras(name, dtype):
    made = optimizer(name)
    w, b = [sd.Variable(start, dtype=dtype) for start in START]
    wanted = FIGURES[dtype][name]
    assert len(wanted) == STEPS
    few = 4 * np.finfo(dtype).eps
    for step, row in enumerate(wanted):
        found = gradients(w.numpy(), b.numpy(), step)
        assert made.apply_gradients(zip(found, [w, b], strict=True)) == step + 1
        np.testing.assert_allclose([*w.numpy(), b.numpy()], row, rtol=few, atol=few)
    assert w.dtype == b.dtype == dtype
    for variable in (w, b):
        assert all(np.asarray(slot).dtype == dtype for slot in made.state(variable).values())


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules_are_those_of_keras(name):
    rate = schedule(name)
    found = [rate(step) for step in range(STEPS)]
    np.testing.assert_allclose(found, FIGURES["schedules"][name], rtol=1e-15, atol=1e-17)


def test_the_figures_are_of_keras_3():
    assert FIGURES["keras"].startswith("3.")


def test_both_spellings_of_rmsprop():
    assert optimizers.RMSprop is optimizers.RMSProp


# -- numbers, arrays, large arrays ----------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_an_array_goes_as_its_elements_go(kind, dtype):
    rng = np.random.default_rng(0)
    together, apart = fresh(kind), fresh(kind)
    start = rng.normal(size=(2, 2))
    whole = sd.Variable(start, dtype=dtype)
    alone = [sd.Variable(x, dtype=dtype) for x in start.ravel()]
    for _ in range(6):
        g = rng.normal(size=(2, 2)).astype(dtype)
        together.apply_gradients([(g, whole)])
        apart.apply_gradients(zip(g.ravel(), alone, strict=True))
    np.testing.assert_array_equal(whole.numpy().ravel(), [v.numpy() for v in alone])


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_large_arrays_go_as_their_parts_go(kind):
    rng = np.random.default_rng(0)
    size = 2 * BLOCK + 17
    together, apart = fresh(kind), fresh(kind)
    start = rng.normal(size=size)
    whole = sd.Variable(start)
    cuts = [(0, 100), (100, BLOCK + 1), (BLOCK + 1, size)]
    parts = [sd.Variable(start[a:b]) for a, b in cuts]
    for _ in range(3):
        g = rng.normal(size=size)
        together.apply_gradients([(g, whole)])
        apart.apply_gradients([(g[a:b], v) for (a, b), v in zip(cuts, parts, strict=True)])
    np.testing.assert_array_equal(whole.numpy(), np.concatenate([v.numpy() for v in parts]))


@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize("g", [1e200, -np.inf, np.nan, 5e-324, 0.0])
def test_numbers_overflow_as_arrays_do(kind, g):
    number, array = sd.Variable(1.0), sd.Variable([1.0])
    made = fresh(kind)
    for _ in range(3):
        made.apply_gradients([(g, number), (np.array([g]), array)])
    np.testing.assert_array_equal(number.numpy(), array.numpy()[0])


def test_no_epsilon_and_no_gradient_gives_nan_as_keras_does():
    number, array = sd.Variable(1.0), sd.Variable([1.0])
    made = optimizers.RMSProp(epsilon=0.0)
    made.apply_gradients([(0.0, number), (np.array([0.0]), array)])
    assert np.isnan(number.numpy())
    assert np.isnan(array.numpy()[0])


def test_gradients_may_be_tensors_arrays_of_any_layout_and_numbers():
    w = sd.Variable([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], dtype="float32")
    made = optimizers.SGD(0.5)
    made.apply_gradients([(np.arange(6.0).reshape(3, 2).T, w)])
    np.testing.assert_array_equal(w.numpy(), [[1, 1, 1], [3.5, 3.5, 3.5]])
    made.apply_gradients([(sd.constant(np.ones((2, 3))), w)])
    np.testing.assert_array_equal(w.numpy(), [[0.5, 0.5, 0.5], [3, 3, 3]])
    b = sd.Variable(1.0)
    made.apply_gradients([(1, b)])
    assert b.numpy() == 0.5
    assert w.dtype == np.float32


# -- the loop -------------------------------------------------------------------------------------


def test_minimize_follows_the_closed_form_of_a_quadratic():
    x = sd.Variable(50.0, name="x")
    made = optimizers.SGD(learning_rate=0.1)
    found, losses = [], []
    for _ in range(50):
        losses.append(float(made.minimize(lambda: x**2 - 20 * x + 100, [x])))
        found.append(float(x.numpy()))
    assert [round(value, 6) for value in found[:3]] == [42.0, 35.6, 30.48]
    assert round(found[36], 6) == 10.010385
    assert round(found[49], 6) == 10.000571  # 10 + 40 * 0.8**50
    steps = np.arange(1, 51)
    np.testing.assert_allclose(found, 10 + 40 * 0.8**steps, rtol=1e-14)
    np.testing.assert_allclose(losses[:3], [1600.0, 1024.0, 655.36], rtol=1e-13)
    assert made.iterations == 50


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("options", [{}, {"clipnorm": 0.5}, {"clipvalue": 0.5}], ids=str)
def test_the_values_of_variables_keep_their_type(dtype, options):
    class Signs(optimizers.Optimizer):
        """Its steps are float64 whatever the gradient is."""

        def step(self, rate, g, *slots):
            return np.float64(rate) * np.sign(np.asarray(g, dtype=float)), slots

    like = sd.constant(1.0, dtype=dtype)
    for made in (optimizers.SGD(0.1, **options), optimizers.Adam(0.1, **options), Signs(0.1)):
        number, array = sd.Variable(1.0, dtype=dtype), sd.Variable([1.0], dtype=dtype)
        for _ in range(2):
            made.minimize(lambda n=number, a=array: n * sd.sum(a), [number, array])
        assert type(number.value()._value) is type(like._value)
        assert number.dtype == array.dtype == dtype


def test_minimize_takes_one_variable_and_several():
    x, y = sd.Variable(1.0), sd.Variable([1.0, 2.0])
    made = optimizers.SGD(0.25)
    made.minimize(lambda: x * sd.sum(y), x)
    assert (x.numpy(), list(y.numpy())) == (0.25, [1.0, 2.0])
    made.minimize(lambda: x * sd.sum(y), (x, y))
    assert x.numpy() == -0.5
    np.testing.assert_allclose(y.numpy(), [0.9375, 1.9375])


def test_a_gradient_that_is_none_is_left_out_with_a_warning():
    x, y = sd.Variable(1.0, name="x"), sd.Variable(2.0, name="y")
    made = optimizers.Adam(0.1)
    with pytest.warns(UserWarning, match="does not depend on 'y'"):
        made.minimize(lambda: x**2, [x, y])
    assert y.numpy() == 2.0
    assert x.numpy() < 1
    assert made.state(y) == {}
    with pytest.raises(sd.NoGradients, match="'x', 'y'") as caught:
        made.apply_gradients([(None, x), (None, y)])
    assert caught.value.names == ("x", "y")
    assert made.iterations == 1


def test_the_learning_rate_may_be_set_and_scheduled():
    x = sd.Variable(0.0)
    made = optimizers.SGD(1)
    made.apply_gradients([(1.0, x)])
    made.learning_rate = 0.25
    made.apply_gradients([(1.0, x)])
    assert x.numpy() == -1.25
    made.learning_rate = lambda step: 0.5 ** (step + 1)
    assert made.learning_rate == 0.125
    made.apply_gradients([(1.0, x)])
    assert x.numpy() == -1.375
    assert made.learning_rate == 0.0625


def test_new_variables_may_join_later():
    x, y = sd.Variable(1.0), sd.Variable(1.0)
    made = optimizers.SGD(0.1, momentum=0.5)
    made.apply_gradients([(1.0, x)])
    made.apply_gradients([(1.0, x), (1.0, y)])
    np.testing.assert_allclose([x.numpy(), y.numpy()], [1 - 0.1 - 0.15, 0.9])


def test_an_optimiser_and_its_variables_can_be_copied_and_pickled():
    for copied in (copy.deepcopy, lambda pair: pickle.loads(pickle.dumps(pair))):
        v, made = sd.Variable([1.0, 2.0]), optimizers.Adam(0.1)
        made.apply_gradients([(np.array([1.0, -1.0]), v)])
        other, twin = copied((v, made))
        for variable, one in ((v, made), (other, twin)):
            one.apply_gradients([(np.array([0.5, 3.0]), variable)])
        np.testing.assert_array_equal(v.numpy(), other.numpy())
        np.testing.assert_array_equal(*[m.state(w)["mean"] for m, w in ((made, v), (twin, other))])


@pytest.mark.parametrize("size", [2, BLOCK + 3])
@pytest.mark.parametrize("in_place", [False, True])
def test_an_optimiser_of_ones_own(size, in_place):
    class Halving(optimizers.Optimizer):
        """The first gradient is kept and halved in each step."""

        def slots(self):
            return {"first": 0.0}

        def step(self, rate, g, *slots):
            (first,) = slots
            if in_place:
                first *= 0.5
            else:
                first = first * 0.5
            if self.iterations == 0:
                first = first + g if not in_place else np.add(first, g, out=first)
            return rate * first, (first,)

    g = np.arange(size, dtype=float)
    array = sd.Variable(2 * g)
    made = Halving(1.0)
    for _ in range(3):
        made.apply_gradients([(g, array)])
    np.testing.assert_array_equal(array.numpy(), 0.25 * g)
    np.testing.assert_array_equal(made.state(array)["first"], 0.25 * g)


# -- bad input ------------------------------------------------------------------------------------


def test_a_gradient_of_another_shape_is_refused_before_anything_changes():
    v, w = sd.Variable([1.0, 2.0], name="v"), sd.Variable(np.ones((2, 1)), name="w")
    made = optimizers.SGD(1.0)
    with pytest.raises(sd.ShapeError, match="gradient of w") as caught:
        made.apply_gradients([(np.ones(2), v), (np.ones(2), w)])
    assert caught.value.shapes == ((2,), (2, 1))
    np.testing.assert_array_equal(v.numpy(), [1.0, 2.0])


def test_only_real_variables_are_changed():
    made = optimizers.SGD(1.0)
    with pytest.raises(sd.KindError, match="int64"):
        made.apply_gradients([(1.0, sd.Variable(1, dtype="int64"))])
    with pytest.raises(sd.KindError, match=r"give \(gradient, sd.Variable\)"):
        made.apply_gradients([(sd.Variable(1.0), 1.0)])
    assert made.iterations == 0


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: optimizers.SGD(momentum=1.5), "momentum is between 0 and 1"),
        (lambda: optimizers.Adam(beta_2=1.0), "beta_2 is at least 0 and less than 1"),
        (lambda: optimizers.SGD(clipnorm=1.0, clipvalue=1.0), "clipnorm and clipvalue"),
        (lambda: schedules.CosineDecay(0.1, 0), "decay_steps is more than 0"),
        (lambda: schedules.PiecewiseConstantDecay([1, 2], [0.1]), "one value more"),
    ],
)
def test_settings_that_make_no_sense_are_refused(make, said):
    with pytest.raises(ValueError, match=said):
        make()


def test_clipping_leaves_no_gradient_at_zero_as_it_is():
    for limit in ("clipnorm", "global_clipnorm", "clipvalue"):
        v = sd.Variable([1.0, 2.0])
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            optimizers.SGD(0.1, **{limit: 0.5}).apply_gradients([(np.zeros(2), v)])
        np.testing.assert_array_equal(v.numpy(), [1.0, 2.0])
