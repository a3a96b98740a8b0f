"""Evaluation: programs, the interpreter, compiled functions of numbers and arrays."""
