"""Who may do what, at every address that the site answers.

Each address of the URL resolver has a row in `access_matrix.py` for every method that means something there; one without fails
`test_every_address_has_a_row`. The rows are asked by seven people, each time in the same world, and a request that is refused
leaves every table as it was.
"""

from __future__ import annotations

from functools import cache as cache_forever
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.db.models import Model
from django.test import Client, override_settings
from django.urls import reverse

from marketplace.orders.models import Order
from tests.architecture.access_matrix import BODIES, MATRIX, PEOPLE
from tests.architecture.addresses import ADMIN, addresses, filled
from tests.factories import make_user
from tests.factories.world import World
from tests.plugins.standing import undone

pytestmark = pytest.mark.django_db


@pytest.fixture
def sessions(world: World) -> dict[str, str]:
    """Session cookies of the `PEOPLE`, "anon" having none."""
    made = {"anon": ""}
    for name, person in world.people.items():
        client = Client()
        client.force_login(person)
        made[name] = client.cookies[settings.SESSION_COOKIE_NAME].value
    return made


DEFAULTS: dict[str, str] = {
    "slug": "live",
    "asset": "asset",
    "asset_id": "asset",
    "number": "paid",
    "user_id": "cleo",
    "pk": "token",
    "picture_id": "1",
    "username": "ada",
    "kind": "ebook",
    "section": "works",
    "gateway": "sandbox",
    "checkout_id": "unknown",
    "token": "made-up",
    "filename": "book.pdf",
    "name": "covers/none.webp",
    "key": "made-up",
    "uidb36": "1",
    "course": "course",
    "module": "module",
    "module_id": "module",
    "lesson": "lesson",
    "lesson_id": "lesson",
    "quiz": "quiz",
    "quiz_id": "quiz",
    "question_id": "question",
    "attachment": "attachment",
    "attachment_id": "attachment",
    "file_id": "attachment",
    "part": "lesson",
    "part_id": "lesson",
    "note": "note",
    "attempt": "attempt",
    "submission": "submission",
    "submission_id": "submission",
    "enrolment_id": "enrolment",
    "certificate_id": "certificate",
    "import_id": "course_import",
    "export_id": "course_export",
    "kid": "kid",
    "video_id": "video",
    "caption_id": "caption",
    "upload_id": "upload",
}
"""What stands for a route's parameters unless a row chooses: `slug=draft`. Names are those of `World` and `School`, else themselves."""
BY_SLUG = {"slug", "course", "lesson", "quiz"}
"""Parameters that are addresses rather than keys."""
WORDS = {"part", "username"}
"""Parameters that mean themselves."""


def values_for(world: World, route: str, choice: str) -> dict[str, object]:
    """What stands for a route's parameters: ada's live work or course, ben's order, unless the row chooses others."""
    chosen = DEFAULTS | ({"slug": "course"} if "courses/" in route else {})
    chosen |= dict(pair.split("=", 1) for pair in choice.split())
    return {name: _value(world, name, value) for name, value in chosen.items()}


def _value(world: World, name: str, chosen: str) -> object:
    found = None if name in WORDS else getattr(world, chosen, None) or getattr(world.school, chosen, None)
    if not isinstance(found, Model):
        return found or chosen
    if isinstance(found, Order):
        return found.number
    return getattr(found, "slug", found.pk) if name in BY_SLUG else found.pk


def parse(row: str) -> tuple[str, str, str]:
    """Method, route and choice of a row's key: `GET dashboard/<slug:slug>/edit/ slug=draft`."""
    method, _, rest = row.partition(" ")
    route, *choice = rest.split(" ")
    return method, route, " ".join(choice)


@cache_forever
def _browser() -> Client:
    """One for all that is asked: a new one loads all middleware anew."""
    return Client(raise_request_exception=False)


def ask(session: str, method: str, path: str, row: str) -> str:
    """The status as the matrix writes it; "in" where the answer is the way to the sign-in."""
    client = _browser()
    client.cookies.clear()
    if session:
        client.cookies[settings.SESSION_COOKIE_NAME] = session
    body = {name: _sent(value) for name, value in BODIES.get(row, {}).items()}
    extra: dict[str, Any] = {"data": body}
    if path.startswith("/api/") and not any(isinstance(value, SimpleUploadedFile) for value in body.values()):
        extra["content_type"] = "application/json"
    if method in ("GET", "HEAD"):
        extra = {}
    response = getattr(client, method.lower())(path, **extra)
    if response.status_code == 302 and response["Location"].startswith(("/login/", "/admin/login/")):
        return "in"
    return str(response.status_code)


def _sent(value: Any) -> Any:
    return SimpleUploadedFile("book.md", value) if isinstance(value, bytes) else value


def rows() -> dict[str, int]:
    """How many rows each table of ours has, sessions left out."""
    tables = [model._meta.db_table for model in apps.get_models() if model._meta.managed and model._meta.app_label not in ("sessions",)]
    counted = " UNION ALL ".join(f"SELECT '{table}', count(*) FROM \"{table}\"" for table in sorted(set(tables)))
    with connection.cursor() as cursor:
        cursor.execute(counted)
        return dict(cursor.fetchall())


def test_every_address_has_a_row() -> None:
    have = {parse(row)[:2] for row in MATRIX}
    lacking = [
        f"{method} {address.route}  ({address.name})"
        for address in addresses()
        if not address.route.startswith(ADMIN)
        for method in address.methods or ("GET",)
        if (method, address.route) not in have
    ]
    assert not lacking, "No row in access_matrix.py says who may ask for:\n" + "\n".join(lacking)


def test_every_row_is_about_an_address() -> None:
    known = {address.route for address in addresses()}
    assert [row for row in MATRIX if parse(row)[1] not in known] == []
    assert [row for row in BODIES if row not in MATRIX] == []


@pytest.mark.parametrize("name", PEOPLE)
def test_each_person_gets_what_the_matrix_says_and_refusals_change_nothing(world: World, sessions: dict[str, str], name: str) -> None:
    wrong, before = [], rows()
    with override_settings(ACCOUNT_RATE_LIMITS=False):
        for row, expected in MATRIX.items():
            method, route, choice = parse(row)
            status = dict(zip(PEOPLE, expected.split(), strict=True))[name]
            cache.clear()
            with undone():
                got = ask(sessions[name], method, filled(route, values_for(world, route, choice)), row)
                if got != status:
                    wrong.append(f"{row}: {name} got {got}, not {status}")
                refused = not got.startswith("2") and got not in ("301", "302")
                if refused and method != "GET" and (after := rows()) != before:
                    changed = {table: n - before[table] for table, n in after.items() if n != before[table]}
                    wrong.append(f"{row}: {name} was refused, and yet {changed}")
    assert not wrong, "\n".join(wrong)


def test_the_admin_opens_for_staff_alone(world: World, sessions: dict[str, str]) -> None:
    """Whoever does not run the site is sent to sign in; staff see what their permissions say, a superuser every list."""
    root = make_user("root", staff=True, is_superuser=True)
    client = Client()
    client.force_login(root)
    sessions["root"] = client.cookies[settings.SESSION_COOKIE_NAME].value
    wrong = []
    for path in admin_paths():
        for name, session in sessions.items():
            cache.clear()
            with undone():
                got = ask(session, "GET", path, "")
            expected = {"mo": ("200", "302", "403"), "root": ("200", "302", "403")}.get(name, ("in",))
            if path.endswith(LISTS) and name == "root":
                expected = ("200",)
            if got not in expected:
                wrong.append(f"{path}: {name} got {got}, not {' or '.join(expected)}")
    assert not wrong, "\n".join(wrong)


LISTS = tuple(f"/{model._meta.app_label}/{model._meta.model_name}/" for model in admin.site._registry)


def admin_paths() -> list[str]:
    """The front page, and the list, the form for a new row and the form of one row of each model."""
    paths = [reverse("admin:index"), reverse("admin:password_change")]
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        paths += [reverse(f"{name}_changelist"), reverse(f"{name}_add")]
        if (row := model._default_manager.first()) is not None:
            paths += [reverse(f"{name}_{form}", args=[row.pk]) for form in ("change", "delete", "history")]
    return paths
