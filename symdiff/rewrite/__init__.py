"""Rewriting: matching, rules, canonical form, simplification, common subexpressions."""
