"""A figure explained whole, as text and as JSON: every part is made by one function of a list."""

from .parts import Part, Subject
from .whole import PARTS, Told, tell

__all__ = ["PARTS", "Part", "Subject", "Told", "tell"]
