"""The tool that plants faults: what it changes, and that it tells a caught one from a survivor."""

import ast
import doctest
import sys
from pathlib import Path

import pytest
from mutate import faults
from mutate.judging import FOLDERS, Stage, copied, judge, planted, stages

SOURCE = b'''"""A text with 1 < 2."""


def area(width: int | None, height=1):
    if width is None or not height >= 0:  # a - b
        raise ValueError("1 - 1", 1 - 1)
    return max(width, divmod(-height, width)[0]) * (
        height  # or +
        + 2.5
    )
'''
CHANGED = {
    "None": 1, "not (width is None or not height >= 0)": 1, "is not": 1, "and": 1, "False": 1,
    "": 2, ">": 1, "<=": 1, "0": 1, "2": 1, "1": 2, "-1": 2, "width, -height": 1, "/": 1, "-": 1,
    "3.5": 1, "1.5": 1,
}  # fmt: skip
TEST = """
from area import area

def test_area():
    assert area(2, 3) == 2 * (3 + 2.5)
"""


def test_examples():
    assert doctest.testmod(faults).failed == 0


def test_what_may_be_at_fault():
    """Neither docstring, annotation, comment nor what is raised, nor the order of a maximum."""
    texts = [fault.text for site in faults.sites(SOURCE) for fault in site]
    assert {text: texts.count(text) for text in texts} == CHANGED


def test_every_fault_is_another_program():
    source = Path(faults.__file__).read_bytes()
    every = [fault for place in faults.sites(source) for fault in place]
    assert len(every) == len({fault.name for fault in every}) > 100
    for fault in every:
        assert ast.dump(ast.parse(fault.plant(source))) != ast.dump(ast.parse(source))


def test_a_fault_is_caught_and_none_survives(tmp_path):
    (tmp_path / "area.py").write_bytes(SOURCE)
    (tmp_path / "test_area.py").write_text(TEST)
    run = [Stage([sys.executable, "-m", "pytest", "-x", "-q", "test_area.py"], 60)]
    at = {fault.text: fault for site in faults.sites(SOURCE) for fault in site}
    with copied(tmp_path) as copy:
        assert not judge(copy, run).caught_by
        with planted(copy / "area.py", at["3.5"].plant(SOURCE)):
            assert judge(copy, run).caught_by == "test_area.py::test_area"
        with planted(copy / "area.py", at[">"].plant(SOURCE)):
            assert not judge(copy, run).caught_by
        endless = Stage([sys.executable, "-c", "while True: pass"], 1)
        assert judge(copy, [endless, *run]).caught_by == "no end within 1 s of processor time"
    assert not copy.exists()
    assert at["3.5"].lines(SOURCE) == "-        + 2.5\n+        + 3.5"


@pytest.mark.parametrize("folder", FOLDERS)
def test_each_folder_has_tests_that_come_first(folder):
    root = Path(__file__).parents[1]
    assert (root / "symdiff" / folder).is_dir()
    first, *others = stages(root, folder)
    assert len(others) == 2
    assert any(f"{folder}/test_" in part for part in first.command)
