"""Proposed terms against past rows: what would have failed, and what it would have cost."""
