"""Errors as OData states them (JSON format 4.0, 19): the same statuses and sentences as elsewhere."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.http import JsonResponse

from kpotracker.toolkit.odata.negotiation import MINIMAL
from kpotracker.toolkit.problems import InputError, Problem, problem_of

logger = logging.getLogger(__name__)


def exception_handler(error: Exception, context: Mapping[str, Any]) -> JsonResponse:
    """DRF's exception handler below an OData root."""
    problem = problem_of(error)
    if problem.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        logger.error("%s failed", getattr(context.get("request"), "path", "?"), exc_info=error)
    return JsonResponse(
        body_of(problem),
        status=problem.status,
        content_type=MINIMAL,
        headers=dict(problem.headers),
    )


def body_of(problem: Problem) -> dict[str, Any]:
    stated: dict[str, Any] = {"code": _code(problem.status), "message": problem.detail}
    if problem.errors:
        stated["details"] = [_detail(one) for one in problem.errors]
    return {"error": stated}


def _detail(error: InputError) -> dict[str, str]:
    target = {"target": error.parameter} if error.parameter else {}
    return {"code": error.code, "message": error.detail, **target}


def _code(status: int) -> str:
    """BadRequest of 400."""
    return HTTPStatus(status).phrase.title().replace(" ", "").replace("-", "")
