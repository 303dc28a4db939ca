"""Why a video could not be processed, in words for who uploaded it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

REASONS = {
    "missing": _("The uploaded file is no longer there. Upload it again."),
    "empty": _("The file is empty. Upload it again."),
    "not_a_video": _("This file is not a video that we know how to read. MP4, MOV, WebM, MKV, AVI and MPEG files work."),
    "corrupt": _("The file is damaged and cannot be read. Export it anew and upload it again."),
    "cut_short": _("The file ends too early: a part of it is missing or damaged. Upload it again."),
    "no_picture": _("There is no picture in this file, only sound or data."),
    "unknown_codec": _("The picture is coded in a way that we cannot read. Export it as H.264 and upload it again."),
    "bad_sound": _("The sound of this video cannot be read. Export it with AAC sound and upload it again."),
    "too_long": _("The video is too long. Cut it into parts of at most twelve hours."),
    "too_large": _("The picture is larger than 8K. Export it in a smaller size."),
    "too_small": _("The picture is smaller than 32 pixels. There would be nothing to see."),
    "too_heavy": _("This video asks for more work than one video may. Export it as H.264 and upload it again."),
    "disk_full": _("The server ran out of space while preparing the video. Try again later."),
    "storage": _("The store of files could not be reached for a long while. Try again later."),
    "interrupted": _("Preparing this video was interrupted too often. Try again; if it fails again, export the video anew."),
    "no_sound": _("There is no sound in this video that could be written down."),
    "no_words": _("No words were heard in this video."),
    "captions_exist": _("There are subtitles in this language by now; they were left as they are."),
    "captions_heavy": _("Writing the subtitles of this video took more than one video may take."),
    "transcriber": _("The program that writes subtitles could not do this one. Try again later, or upload a file."),
    "cancelled": _("Preparing this video was stopped."),
    "encoder": _("Something went wrong while preparing the video. Try again later."),
}


class Unprocessable(Exception):
    """The file itself is the trouble: trying again would not help. `code` is one of `REASONS`; `detail` is for the log."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code


class Trouble(Exception):
    """The world around the file is the trouble: another try may go well. `code` as above."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code


def sentence(code: str) -> str:
    """The reason as it is kept with the video, in the site's own language; pages translate it anew by its code."""
    with override(None):
        return str(REASONS[code])
