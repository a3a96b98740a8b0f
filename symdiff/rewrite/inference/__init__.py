"""Facts of nodes by inference: signs, bounds, whole numbers, parity; in reals and in floats."""
