"""What videos refuse."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kit.errors import Conflict, DomainError, Gone, NotFound, Unavailable


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


class UploadOver(Gone):
    """It was completed, given up, or nobody went on with it."""

    code = "upload_over"
    message = _("This upload has ended. Choose the file again to begin anew.")


class StoreAway(Unavailable):
    """The store of files does not answer, or has no room."""

    code = "store_away"
    message = _("The file store does not answer just now. Try again in a minute.")


class BadCaptions(DomainError):
    """A file of subtitles that cannot be read. Say why."""

    status_code = 422
    code = "bad_captions"
    message = _("These subtitles cannot be read.")


class NobodyWrites(NotFound):
    """No program that writes subtitles is set up."""

    code = "video_no_transcriber"
    message = _("Nothing here writes subtitles. Upload a file.")


class BadVideo(DomainError):
    """A field of a video does not hold. Say which with `field`."""

    status_code = 422
    code = "bad_video"
    message = _("This does not fit.")


class VideoInUse(Conflict):
    """Lessons show it; `extra["lessons"]` names them."""

    code = "video_in_use"
    message = _("Lessons show this video.")


class NotPlayable(Conflict):
    code = "video_not_playable"
    message = _("This video is still being prepared.")


class NothingToProcess(Conflict):
    """Its original is gone: only uploading it again helps."""

    code = "video_has_no_original"
    message = _("The uploaded file is no longer here. Upload it again.")
