"""Fetching files by the API (R42, R122)."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from ninja import Router, Schema

from accounts.api_auth import auth_for
from accounts.models import Scope, User
from kit.api import refusals
from kit.http import client_ip
from kit.ratelimit import limit
from marketplace.api_schemas import Slug, absolute
from marketplace.delivery.access import get_file
from marketplace.delivery.services.downloads import hand_out

delivery_router = Router(tags=["delivery"])


class LinkOut(Schema):
    """A link that needs no sign-in and works for `expires_in` seconds. To go on after a break, ask for another."""

    url: str
    name: str
    size_bytes: int
    sha256: str
    content_type: str
    expires_in: int


@delivery_router.post(
    "/products/{slug}/files/{uuid:asset_id}/download",
    response={200: LinkOut, **refusals(451)},
    auth=auth_for(Scope.DOWNLOAD),
    summary="Get a link to a file",
)
def download(request: HttpRequest, slug: Slug, asset_id: UUID) -> dict[str, Any]:
    """For those who have the product. Each call is logged, as on the pages."""
    user = cast(User, request.user)
    limit("download", rate="120/10m", request=request, by="user")
    given = get_file(user, slug, asset_id)
    url = hand_out(given, to=user, ip=client_ip(request), user_agent=request.headers.get("User-Agent", ""))
    asset = given.asset
    return {
        "url": absolute(url),
        "name": asset.name,
        "size_bytes": asset.size_bytes,
        "sha256": asset.sha256,
        "content_type": asset.content_type,
        "expires_in": settings.DOWNLOAD_LINK_SECONDS,
    }
