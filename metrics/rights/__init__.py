"""Chronic failures open rights to terminate, which expire."""
