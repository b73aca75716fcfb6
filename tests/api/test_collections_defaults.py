"""Defaults by repetition and levels weighted by days, as collections and SQL views tell of them."""

from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from metrics.bi.sqlviews import PREFIX
from tests.api.world import a_program
from tests.evaluation.agreed import (
    MONTHS_12,
)
