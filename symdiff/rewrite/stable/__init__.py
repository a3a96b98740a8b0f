"""Stable forms: what compiling and differentiating add so that no digits are lost."""
