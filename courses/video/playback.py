"""Playing: playlists made for one viewer, and passes that end (R180).

The master playlist is asked for with a cookie, and whoever answers has checked that the viewer may watch. It names the media
playlists below an address that holds a **pass**: signed, good for `PASS_SECONDS`, and tied to the browser's session, so that a
copied link is worthless elsewhere at once and everywhere after minutes. Segments are checked by the pass alone: no query. A page
that plays for long asks for a fresh pass and puts it in the place of the old one, without interrupting anything.

Players without Media Source Extensions (older iPhones) fetch segments themselves and cannot do that. For them the playlists name
addresses below the lesson, which ask for the cookie each time and lead on to a fresh pass.

Playlists follow RFC 8216 and Apple's authoring rules: measured bandwidths, frame rates, codecs, separate sound.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Final, TypeVar, cast
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.crypto import constant_time_compare

from courses.video.errors import VideoNotFound
from courses.video.models import VideoAsset, VideoRendition
from kit.http import browser_of
from kit.signing import BadLink, sign, unsign

PASS_SECONDS: Final = 300
SIGNED_AS: Final = "video.play"
AUDIO: Final = "audio"
_FILE = re.compile(
    r"^(?:(?P<generation>[1-9][0-9]{0,6})-[0-9]{1,6}/)?(?P<quality>[0-9]{2,4}p|audio)/(?P<file>init\.mp4|(?:0|[1-9][0-9]{0,6})\.m4s)$"
)
V = TypeVar("V", bound=Callable[..., HttpResponseBase])


@dataclass(frozen=True, kw_only=True)
class Pass:
    """What a pass opens: a video, by default the generation that was served when it was given."""

    video: str
    generation: int

    def path(self, name: str) -> str:
        """The stored file called `name` ("1-2/360p/3.m4s"). Raises `BadLink` for anything that is no file of a rendition.

        The name says its generation: who began to watch before the video was processed anew goes on with what was served then,
        whatever pass they have by now.
        """
        found = _FILE.match(name)
        if found is None:
            raise BadLink
        return f"{rendition_folder(UUID(hex=self.video), int(found['generation'] or self.generation))}/{name}"


def rendition_folder(video_id: UUID, generation: int) -> str:
    """Where a generation's files lie in the private store."""
    return f"videos/{video_id.hex}/{generation}"


def issue_pass(video: VideoAsset, request: HttpRequest) -> str:
    """A pass for the browser that asks. The caller has checked that it may watch."""
    return sign({"v": video.pk.hex, "g": video.generation, "b": browser_of(request)}, salt=SIGNED_AS, seconds=PASS_SECONDS)


def read_pass(token: str, request: HttpRequest) -> Pass:
    """Raises `BadLink` (also where another browser holds it) and `ExpiredLink`. No query."""
    held = unsign(token, salt=SIGNED_AS)
    if not constant_time_compare(held["b"], browser_of(request)):
        raise BadLink
    return Pass(video=held["v"], generation=held["g"])


def renditions_of(video: VideoAsset) -> list[VideoRendition]:
    """What can be played now: the sound first, then the rungs from the lowest up. One query."""
    found = VideoRendition.objects.filter(video=video, generation=video.generation).exclude(segments=[])
    return sorted(found, key=lambda one: (one.quality != AUDIO, one.height * one.width))


def playable_generations(video: VideoAsset) -> list[int]:
    """The one that is served, and earlier ones that somebody may be watching to their end. One query."""
    earlier = VideoRendition.objects.filter(video=video, generation__lt=video.generation)
    return [video.generation, *earlier.order_by("-generation").values_list("generation", flat=True).distinct()]


def master_playlist(video: VideoAsset, renditions: Sequence[VideoRendition], *, base: str) -> str:
    """The playlist of playlists; those are `<base><quality>.m3u8`. Raises `VideoNotFound` where nothing can be played yet."""
    rungs = [one for one in renditions if one.quality != AUDIO]
    sound = next((one for one in renditions if one.quality == AUDIO), None)
    if not rungs:
        raise VideoNotFound
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    if sound:
        lines.append(
            f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="Sound",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="{base}audio.m3u8"'
        )
    for rung in rungs:
        both = (rung, sound) if sound else (rung,)
        facts = {
            "BANDWIDTH": sum(one.peak_bitrate for one in both),
            "AVERAGE-BANDWIDTH": sum(one.bitrate for one in both),
            "CODECS": f'"{",".join(one.codecs for one in both)}"',
            "RESOLUTION": f"{rung.width}x{rung.height}",
            "FRAME-RATE": f"{rung.frame_rate or 0:.3f}",
        }
        if sound:
            facts["AUDIO"] = '"sound"'
        lines += [f"#EXT-X-STREAM-INF:{','.join(f'{name}={value}' for name, value in facts.items())}", f"{base}{rung.quality}.m3u8"]
    return "\n".join([*lines, ""])


def media_playlist(rendition: VideoRendition, *, base: str) -> str:
    """The segments of one rendition, below `base`. One that still grows has no end yet, and players ask again."""
    lengths = [segment[0] / 1000 for segment in rendition.segments]
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{max(1, ceil(max(lengths)))}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        f"#EXT-X-PLAYLIST-TYPE:{'VOD' if rendition.is_complete else 'EVENT'}",
        f'#EXT-X-MAP:URI="{base}{rendition.header_name}"',
    ]
    for number, seconds in enumerate(lengths):
        lines += [f"#EXTINF:{seconds:.3f},", f"{base}{rendition.segment_name(number)}"]
    if rendition.is_complete:
        lines.append("#EXT-X-ENDLIST")
    return "\n".join([*lines, ""])


def rendition_of(held: Pass, quality: str) -> VideoRendition:
    """Raises `VideoNotFound` where the video was removed, or processed anew, since the pass was given. One query."""
    found = (
        VideoRendition.objects.filter(
            video=UUID(held.video),
            generation=held.generation,
            quality=quality,
            video__removed_at__isnull=True,
            video__playable_at__isnull=False,
        )
        .exclude(segments=[])
        .first()
    )
    if found is None:
        raise VideoNotFound
    return found


def thumbnails_track(video: VideoAsset, *, sheet: str) -> str:
    """The storyboard as WebVTT: which part of the picture `sheet` belongs to which time (a convention of many players)."""
    board = video.storyboard
    duration = video.duration_ms or 0
    cues = ["WEBVTT", ""]
    tiles = board["columns"] * board["rows"]
    for tile in range(min(tiles, ceil(duration / board["interval_ms"]))):
        begins, ends = tile * board["interval_ms"], min((tile + 1) * board["interval_ms"], duration)
        x, y = tile % board["columns"] * board["width"], tile // board["columns"] * board["height"]
        cues += [f"{_time(begins)} --> {_time(ends)}", f"{sheet}#xywh={x},{y},{board['width']},{board['height']}", ""]
    return "\n".join(cues)


def _time(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}"


def shows_videos(view: V) -> V:
    """Lets the page of a view feed a player from memory (blob:), as Media Source Extensions do."""

    @functools.wraps(view)
    def shown(*args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(*args, **kwargs)
        # django-csp adds this to the policy of the one answer.
        changes = getattr(response, "_csp_update", {})
        cast(Any, response)._csp_update = {**changes, "media-src": ["'self'", "blob:", *settings.FILE_ORIGINS]}
        return response

    return cast(V, shown)
