"""Dates to act on, as a calendar that people subscribe to."""
