"""Hessians with structure: read from their formulas, sparse by pattern, operators at a point."""
