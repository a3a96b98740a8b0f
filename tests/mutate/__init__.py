"""Faults planted in the package one at a time: what share of them do the tests catch?"""
