"""Where ffmpeg is."""

from __future__ import annotations

import shutil
from functools import lru_cache

import imageio_ffmpeg
from django.conf import settings


@lru_cache(maxsize=1)
def ffmpeg() -> str:
    """Path of the ffmpeg program: the configured one, else the system's, else the one that pip installed.

    Raises RuntimeError where there is none.
    """
    return settings.FFMPEG_BINARY or shutil.which("ffmpeg") or str(imageio_ffmpeg.get_ffmpeg_exe())
