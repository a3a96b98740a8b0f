"""Every error keeps its text and fields on the way to another process, and no message is long."""

import ast
import builtins
import copy
import inspect
import pickle
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

import symdiff as sd
from symdiff import errors
from symdiff.messages import short

x, y = sd.vars("x y")
HUGE = 10**5000
LONG = "n" * 10**6

CLASSES = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, Exception)]
SAMPLES = {
    "str": ["x", LONG],
    "int": [3, 2**62],
    "object": [2.5, x, lambda: 0, [LONG] * 10, HUGE, Fraction(HUGE, 3)],
    "tuple[str, ...]": [("x", "y"), (LONG, *map(str, range(10_000)))],
    "tuple[int, ...]": [(3, 4), (HUGE,) * 64],
    "tuple[tuple[int, ...], ...]": [((3,), (4, 5)), ((HUGE,) * 64,) * 1000],
    "list[tuple[str, float, float]]": [[("d/dx", 1.0, 2.0)], [(LONG, 0.0, 1.0)] * 1000],
}


def made(kind):
    """Errors of a class, from its smallest arguments to the largest."""
    fields = list(inspect.signature(kind).parameters.values())
    columns = [SAMPLES[field.annotation] for field in fields]
    for i in range(max(map(len, columns))):
        yield kind(*[column[min(i, len(column) - 1)] for column in columns])


@pytest.mark.parametrize("kind", CLASSES, ids=lambda c: c.__name__)
def test_an_error_survives_a_pickle_with_text_and_fields(kind):
    for error in made(kind):
        error.__notes__ = ["seen in a worker"]
        for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
            assert type(twin) is kind
            assert str(twin) == str(error)
            assert vars(twin).keys() == vars(error).keys()
            for name, value in vars(error).items():
                assert getattr(twin, name) in (value, short(value))


@pytest.mark.parametrize("kind", CLASSES, ids=lambda c: c.__name__)
def test_no_message_is_long(kind):
    assert all(len(str(error)) <= errors.LONGEST for error in made(kind))


def test_fields_that_can_be_pickled_arrive_as_they_are():
    twin = pickle.loads(pickle.dumps(errors.ParseError("no", "x +", 3)))
    assert (twin.message, twin.text, twin.position) == ("no", "x +", 3)
    assert pickle.loads(pickle.dumps(errors.DomainError("x", x + 1, sd.POSITIVE))).value is x + 1


def test_a_pool_of_processes_returns_the_error():
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        error = pool.submit(sd.parse, "x +").exception(timeout=60)
    assert type(error) is sd.ParseError
    assert error.position == 3


def test_every_error_is_public():
    public = {c.__name__ for c in CLASSES if issubclass(c, sd.SymdiffError)}
    assert public == set(errors.__all__) <= set(sd.__all__)


HUGE_INPUTS = {
    "name": lambda: sd.evaluate(sd.Var(LONG), {}),
    "names": lambda: sd.evaluate(sum(sd.vars([f"v{i}" for i in range(5000)])), {}),
    "unknown name": lambda: sd.evaluate(x, {LONG: 1}),
    "attribute": lambda: getattr(x, LONG),
    "attribute of the package": lambda: getattr(sd, LONG),
    "value": lambda: sd.evaluate(sd.Var("p", domain=sd.POSITIVE), {"p": -HUGE}),
    "list": lambda: sd.sin(["text" * 1000] * 10**5),
    "kind": lambda: sd.Var("x", kind=LONG),
    "shape": lambda: sd.Var("x", (HUGE,)),
    "shapes": lambda: sd.Var("u", (2,) * 60) + sd.Var("v", (3,) * 60),
    "size of an axis": lambda: sd.reshape(x, (HUGE, HUGE)),
    "index": lambda: sd.Var("v", (3,))[HUGE],
    "text": lambda: sd.parse("(" * 99 + LONG[:90_000]),
    "function": lambda: sd.parse(LONG[:90_000] + "(x)"),
    "number": lambda: sd.parse("9" * 90_000),
    "tag": lambda: sd.parse("x#" + "9" * 90_000),
    "argument of a function": lambda: sd.parse(f"reshape(x, ({'9' * 3000}, {'9' * 3000}))"),
    "order": lambda: sd.derivative(x, x, -HUGE),
    "effort": lambda: sd.simplify(x, effort=HUGE),
    "mode": lambda: sd.take(sd.Var("v", (3,)), 1, mode=LONG),
    "axis": lambda: sd.sum(sd.Var("v", (3,)), axis=HUGE),
    "truth": lambda: bool(x + HUGE),
    "theme": lambda: sd.to_svg(x, theme=LONG),
    "unconnected": lambda: sd.grad(x + 1, y, unconnected=LONG),
    "labels": lambda: sd.einsum(LONG, sd.Var("v", (3,))),
    "gradient of an array": lambda: sd.grad(sd.Var("v", (1,) * 64), x),
    "method": lambda: sd.minimize(x**2, {x: 1.0}, method=LONG),
}


@pytest.mark.parametrize("case", HUGE_INPUTS)
def test_huge_inputs_make_short_messages(case):
    with pytest.raises((sd.SymdiffError, AttributeError)) as caught:
        HUGE_INPUTS[case]()
    assert len(str(caught.value)) <= errors.LONGEST
    assert "Exceeds the limit" not in str(caught.value)  # Python's words for an int of many digits


def raises():
    for path in sorted(Path(sd.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                yield f"{path.name}:{node.lineno}", node.exc


def quoted(call):
    """The values that stand in the text of a message."""
    return [part for part in ast.walk(call) if isinstance(part, ast.FormattedValue)]


def test_no_message_quotes_a_value_at_full_length():
    found = [where for where, call in raises() for v in quoted(call) if v.conversion == ord("r")]
    assert not found, "use messages.short"


def test_pythons_own_errors_quote_nothing_unbounded():
    """The package's errors cut their text; those of Python do not."""
    found = [
        where
        for where, call in raises()
        if hasattr(builtins, getattr(call.func, "id", ""))
        for v in quoted(call)
        if not isinstance(v.value, ast.Call)
    ]
    assert not found, "raise an error of errors.py, or use messages.short"


def test_values_in_messages():
    assert short(np.arange(10**6)).startswith("array([")
    assert short("'") == '"\'"'
    assert len(short(dict.fromkeys(range(1000), LONG))) <= 80
    assert short([[[[[[[[[[1]]]]]]]]]]) == "[[[[[[[...]]]]]]]"
