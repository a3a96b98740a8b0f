"""Every test fails in which a form was proposed whose values are not those of its original.

The check drops such a form before anybody sees it; so the fault that made it would stay unseen.
Cases that hypothesis draws are fewer in the usual run.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from confirming import confirmed
from hypothesis import settings

from symdiff.rewrite.check import disagreements

# A third of the drawn cases; ``pytest --hypothesis-profile default`` tries all of them.
settings.register_profile("third", max_examples=33)
settings.load_profile("third")


@pytest.fixture(autouse=True)
def no_form_has_other_values() -> Iterator[None]:
    with disagreements() as found:
        yield
    for item in found:
        if confirmed(item):
            pytest.fail(f"{item.proposed} was proposed for {item.original}: {item.verdict}")
