"""What one has, by the API (R66, R121)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django.http import HttpRequest
from ninja import Query, Router, Schema

from accounts.api_auth import user_auth
from accounts.models import User
from courses.certificates.models import Certificate
from courses.learning.models import Enrolment
from marketplace.api_schemas import FileOut, absolute, file_of
from marketplace.library.selectors import continue_url, shelf_cards, works_of

library_router = Router(tags=["library"])
shelf_router = Router(tags=["library"])


class OwnedOut(Schema):
    slug: str
    url: str
    kind: str
    title: str
    creator: str
    version: str
    has_update: bool
    since: datetime
    files: list[FileOut]


class OwnedPage(Schema):
    count: int
    items: list[OwnedOut]


@library_router.get("/me/purchases", response={200: OwnedPage}, auth=user_auth, summary="What I have")
def purchases(
    request: HttpRequest, q: str = Query("", max_length=200), limit: int = Query(50, ge=1, le=100), offset: int = Query(0, ge=0, le=100_000)
) -> dict[str, Any]:
    """Everything bought or taken, what was opened last on top, with the files of the newest version."""
    works = works_of(cast(User, request.user), words=q.replace("\x00", " "))
    cards = shelf_cards(list(works[offset : offset + limit]))
    return {
        "count": works.count(),
        "items": [
            {
                "slug": card.product.slug,
                "url": absolute(card.product.get_absolute_url()),
                "kind": card.product.kind,
                "title": card.product.title,
                "creator": card.product.creator.username,
                "version": card.version,
                "has_update": card.is_updated,
                "since": card.since,
                "files": [file_of(asset) for asset in card.files],
            }
            for card in cards
        ],
    }


class ProgressOut(Schema):
    """How far one is in a course (R162, R164). `progress_percentage` reaches 100 only with the completion rule fulfilled; `continue_url`
    leads to the lesson where one goes on; `certificate_url` is null until there is one, and while its holder has it off the web."""

    course_slug: str
    access: str
    lessons_completed: int
    total_lessons: int
    progress_percentage: int
    total_time_spent_seconds: int
    is_completed: bool
    completed_at: datetime | None
    continue_url: str
    certificate_url: str | None


class ShelfItem(Schema):
    """Something that one has. `progress` is null for what is not learnt; `files` are those of the newest version."""

    slug: str
    url: str
    kind: str
    title: str
    creator: str
    since: datetime
    last_activity_at: datetime
    version: str
    has_update: bool
    files: list[FileOut]
    progress: ProgressOut | None


class ShelfOut(Schema):
    count: int
    items: list[ShelfItem]


@shelf_router.get("/library/", response={200: ShelfOut}, auth=user_auth, summary="My library, with progress")
def library(
    request: HttpRequest, q: str = Query("", max_length=200), limit: int = Query(50, ge=1, le=100), offset: int = Query(0, ge=0, le=100_000)
) -> dict[str, Any]:
    """Courses and downloads together, what was learnt, opened or got last on top (R203-R205)."""
    works = works_of(cast(User, request.user), words=q.replace("\x00", " "))
    return {
        "count": works.count(),
        "items": [
            {
                "slug": card.product.slug,
                "url": absolute(card.product.get_absolute_url()),
                "kind": card.product.kind,
                "title": card.product.title,
                "creator": card.product.creator.username,
                "since": card.since,
                "last_activity_at": card.active_at,
                "version": card.version,
                "has_update": card.is_updated,
                "files": [file_of(asset) for asset in card.files],
                "progress": _progress(card.enrolment) if card.enrolment else None,
            }
            for card in shelf_cards(list(works[offset : offset + limit]))
        ],
    }


def _progress(enrolment: Enrolment) -> dict[str, Any]:
    certificate: Certificate | None = getattr(enrolment, "certificate", None)
    return {
        "course_slug": enrolment.course.slug,
        "access": enrolment.source,
        "lessons_completed": enrolment.lessons_completed,
        "total_lessons": enrolment.lessons_total,
        "progress_percentage": enrolment.progress,
        "total_time_spent_seconds": enrolment.seconds_spent,
        "is_completed": enrolment.is_completed,
        "completed_at": enrolment.completed_at,
        "continue_url": absolute(continue_url(enrolment)),
        "certificate_url": absolute(certificate.get_absolute_url()) if certificate and certificate.is_public else None,
    }
