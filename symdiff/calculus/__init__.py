"""Differentiation: rule kinds, the two modes, derivatives with their structure."""
