"""What videos refuse."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kit.errors import Conflict, DomainError, NotFound


class VideoNotFound(NotFound):
    code = "video_not_found"
    message = _("There is no such video, or it is not yours to see.")


class BadUpload(DomainError):
    """The file that was announced cannot be taken. Say why."""

    status_code = 422
    code = "bad_upload"
    message = _("This file cannot be taken.")


class QuotaReached(DomainError):
    """The creator's shelf is full."""

    status_code = 413
    code = "video_quota_reached"
    message = _("There is no room left for this video.")


class UploadIncomplete(Conflict):
    """Parts are missing; `extra["missing"]` names them."""

    code = "upload_incomplete"
    message = _("Parts of the file have not arrived yet.")


class NotPlayable(Conflict):
    code = "video_not_playable"
    message = _("This video is still being prepared.")
