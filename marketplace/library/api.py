"""What one has, by the API (R66, R121)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django.http import HttpRequest
from ninja import Query, Router, Schema

from accounts.api_auth import user_auth
from accounts.models import User
from marketplace.api_schemas import FileOut, absolute, file_of
from marketplace.library.selectors import shelf_cards, works_of

library_router = Router(tags=["library"])


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
