"""A person's part in the log of downloads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from accounts.models import User
from marketplace.delivery.models import Download


def downloads_of(user: User) -> Iterator[dict[str, Any]]:
    for download in Download.objects.filter(user=user).select_related("product").order_by("at").iterator(500):
        yield {
            "title": download.product.title,
            "file": download.file_name,
            "size_bytes": download.size_bytes,
            "at": download.at,
            "from_address": download.ip,
            "with": download.user_agent,
        }


def forget_reader(user: User) -> None:
    """That something was fetched stays, as evidence that it was delivered; from where and with what goes."""
    Download.objects.filter(user=user).update(ip=None, user_agent="")
