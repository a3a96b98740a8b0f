"""What is known of nodes: ranges over the reals and of floats, whole numbers, parity."""
