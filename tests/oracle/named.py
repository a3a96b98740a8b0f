"""Cases of the named models of science: at points usual in their fields, and far out."""

from __future__ import annotations

import random

from .cases import Case
from .models import MODELS


def make(r: random.Random) -> Case:
    return _case(r, far=False)


def make_far(r: random.Random) -> Case:
    return _case(r, far=True)


def _case(r: random.Random, far: bool) -> Case:
    model = r.choice([m for m in MODELS if m.far or not far])
    declared = model.positive if r.random() < 0.5 else frozenset()
    domains = {name: "POSITIVE" if name in declared else "REAL" for name in model.ranges}
    return Case(model.text, domains, [model.point(r, far) for _ in range(2)], far)
