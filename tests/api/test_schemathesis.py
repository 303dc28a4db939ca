"""Thousands of requests made up from the OpenAPI document, good and bad, with every check of schemathesis switched on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import schemathesis
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client, override_settings
from django.utils import timezone
from schemathesis import Case, CheckContext, Response

from accounts.models import User
from config.api import openapi
from courses.models import Course, Lesson
from marketplace.models import Asset, Product
from marketplace.orders.models import Order
from tests.api.caller import Caller
from tests.factories.school import KNOWN
from tests.factories.world import FIRST_ID, World
from tests.plugins.standing import undone

ASSETS = [UUID(int=number) for number in (1, 2, 3)]
WORDS: dict[str, list[Any]] = {
    "slugs": ["grids-that-hold", "old-grids", "later-grids", "unfinished-grids", "submitted-grids", "poor-grids", "fair-grids"],
    "assets": [str(pk) for pk in ASSETS],
    "numbers": [f"A-{timezone.now().year}-{number:05d}" for number in range(1, 7)],
    "people": [FIRST_ID + number for number in range(6)],
    "categories": ["writing"],
    "words": ["grids", "hold", "letters"],
    "courses": ["letters-for-small-screens", "letters-to-come", "letters-in-a-day"],
    "lessons": ["what-is-small", "the-stem", "six-letters", "a-question-or-two"],
    **{f"{name} of the course": [str(pk)] for name, pk in KNOWN.items()},
}
BOUND = {
    "path.slug": "slugs",
    "path.asset_id": "assets",
    "path.number": "numbers",
    "path.user_id": "people",
    "query.category": "categories",
    "query.q": "words",
    "body.items[*].slug": "slugs",
    "body.category": "categories",
    "path.lesson": "lessons",
    "path.lesson_id": "lesson of the course",
    "path.module_id": "module of the course",
    "path.quiz_id": "quiz of the course",
    "path.question_id": "question of the course",
    "path.file_id": "attachment of the course",
    "body.module": "module of the course",
    "body.lesson": "lesson of the course",
}
"""Which inputs are often things that exist (see `world`), rather than made up."""


def often(name: str) -> dict[str, Any]:
    return {"dictionary": name, "probability": 0.7}


schema = schemathesis.openapi.from_dict(
    openapi(),
    config=schemathesis.Config.from_dict(
        {
            "dictionaries": {name: {"values": values} for name, values in WORDS.items()},
            "parameters": {key: often(name) for key, name in BOUND.items()},
            "operations": [{"include-path-regex": "/courses/", "parameters": {"path.slug": often("courses")}}],
            # NUL in a text is refused, with a sentence; JSON Schema has no word for it, so it is tried in test_refusals.py.
            "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", 400, 401, 403, 404, 409, 422, 451]}},
            "generation": {"max-examples": 10, "deterministic": True, "database": "none", "allow-x00": False},
        }
    ),
)
schema.app = get_wsgi_application()


# The mark has the test database made. What pytest-django would do around each test, `tokens` does once for all.
pytestmark = pytest.mark.django_db


@pytest.fixture
def _django_db_marker() -> None:
    """No transaction for each test."""


@pytest.fixture(autouse=True)
def stores(standing_stores: Path) -> Path:
    return standing_stores


@pytest.fixture(scope="module", autouse=True)
def tokens(standing_world: World) -> Iterator[dict[str, str]]:
    """Access tokens by name, of nobody too."""
    world = standing_world
    with override_settings(API_RATE="100000/s", ACCOUNT_RATE_LIMITS=False):
        for asset, pk in zip((world.asset, world.draft_asset, world.submitted_asset), ASSETS, strict=True):
            Asset.objects.filter(pk=asset.pk).update(id=pk)
        assert set(WORDS["slugs"]) <= set(Product.objects.values_list("slug", flat=True))
        assert set(WORDS["courses"]) == set(Course.objects.values_list("slug", flat=True))
        assert set(WORDS["lessons"]) <= set(Lesson.objects.values_list("slug", flat=True))
        assert set(WORDS["numbers"]) == set(Order.objects.values_list("number", flat=True))
        assert set(WORDS["people"]) == set(User.objects.values_list("pk", flat=True))
        made = {"": ""} | {name: Caller(Client()).of(world.people[name]).token for name in ("ada", "ben", "mo")}
        with kept_open():
            yield made


def well_formed_is_not_called_malformed(ctx: CheckContext, response: Response, case: Case) -> None:
    """Rules of the house may refuse what fits the schema (a name that is taken, say); the schema itself may not."""
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code not in (400, 415, 422):
        return
    body = response.json()
    assert body["code"] not in ("malformed", "bad_request", "wrong_media_type"), (body, response.request.body)


@contextmanager
def kept_open() -> Iterator[None]:
    """Requests leave the connection alone, as those of Django's own test client do: a server would close it after each."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


def call(case: Case, token: str) -> None:
    """Each request meets the same world."""
    cache.clear()
    with undone():
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        case.call_and_validate(headers=headers, additional_checks=[well_formed_is_not_called_malformed])


@schema.parametrize()
def test_nothing_is_found_as_a_visitor(case: Case, tokens: dict[str, str]) -> None:
    call(case, tokens[""])


@schema.exclude(path_regex="/auth/(register|login|mfa|refresh)|/creator/").parametrize()
def test_nothing_is_found_as_a_buyer(case: Case, tokens: dict[str, str]) -> None:
    call(case, tokens["ben"])


@schema.include(path_regex="/creator/|/me/products|/rating|/checkout|/download").parametrize()
def test_nothing_is_found_as_a_creator(case: Case, tokens: dict[str, str]) -> None:
    call(case, tokens["ada"])


@schema.include(path_regex="/users/").parametrize()
def test_nothing_is_found_as_staff(case: Case, tokens: dict[str, str]) -> None:
    call(case, tokens["mo"])
