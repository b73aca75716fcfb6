"""Defaults by repetition and levels weighted by days, as collections and SQL views tell of them."""
