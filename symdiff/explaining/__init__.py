"""A derivative as the steps that lead to it."""
