"""symdiff"""
from . import operators, ops
operators.install()
