"""What a person shows of herself."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from accounts.events import PictureDropped
from accounts.models import Profile, User
from kit.events import publish
from kit.images import clean_image
from kit.storage import public

PICTURE_SIDE = 512
FIELDS = ("display_name", "bio", "location", "website", "social_links", "time_zone")


@transaction.atomic
def change_profile(user: User, *, changes: Mapping[str, Any]) -> Profile:
    """Write the given fields of the profile (`FIELDS`); the caller's form or schema has cleaned them (R67, R68)."""
    if unknown := set(changes) - set(FIELDS):
        raise TypeError(f"no such fields of a profile: {sorted(unknown)}")
    profile = Profile.objects.select_for_update().get(pk=user.pk)
    for name, value in changes.items():
        setattr(profile, name, value)
    profile.save(update_fields=[*changes, "updated_at"])
    return profile


def change_picture(user: User, *, upload: UploadedFile) -> Profile:
    """Show this picture from now on: drawn anew at 512 pixels at most, without what cameras write into files.

    Raises what `kit.images.clean_image` raises for files that are no pictures or are too large.
    """
    cleaned = clean_image(upload, max_side=PICTURE_SIDE)
    extension = {"image/webp": "webp", "image/png": "png"}.get(cleaned.content_type, "jpg")
    name = public().save(f"avatars/{uuid.uuid4().hex}.{extension}", ContentFile(cleaned.content.read()))
    return _show_picture(user, name)


def remove_picture(user: User) -> Profile:
    """Show no picture: the pages draw one from the name."""
    return _show_picture(user, "")


@transaction.atomic
def _show_picture(user: User, name: str) -> Profile:
    profile = Profile.objects.select_for_update().get(pk=user.pk)
    before = profile.avatar.name or ""
    profile.avatar = name
    profile.save(update_fields=["avatar", "updated_at"])
    if before and before != name:
        publish(PictureDropped(name=before))
    return profile
