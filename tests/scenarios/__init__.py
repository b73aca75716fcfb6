"""Clauses as stories, from a portfolio file and delivered rows through the public services.

What one rule gives is told beside it: kinds of credits, caps and earn-backs in
tests/credits/test_shared_cases.py, relief of a figure in tests/relief, repetition in
tests/evaluation/test_repeating.py, rights in tests/rights. Here they meet.
"""
