"""Minimisation by SciPy's methods, each with the derivatives it wants."""
