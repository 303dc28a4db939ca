"""What accounts does when something happened."""

from __future__ import annotations

from accounts.events import PictureDropped
from accounts.models import Profile
from kit.events import subscribe
from kit.storage import public


@subscribe(PictureDropped)
def delete_dropped_picture(event: PictureDropped) -> None:
    """Take the file away, unless a profile shows it after all."""
    if not Profile.objects.filter(avatar=event.name).exists():
        public().delete(event.name)
