"""Models written as thousands of scalars become a few operations on arrays."""
