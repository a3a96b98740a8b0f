"""Python functions of arrays as graphs: tracing, and derivatives of functions as functions."""
