"""What the pages of this room show, read for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from accounts.models import User
from courses.video.forms import CaptionOrderForm
from courses.video.limits import most_bytes, quota_bytes, used_bytes
from courses.video.models import CaptionOrder, VideoAsset, VideoRendition
from courses.video.selectors import MOVING, choosable_videos, videos_of
from courses.video.services.captions import language_name
from courses.video.services.transcribing import spoken_in
from courses.video.transcribers import get_transcriber
from courses.video.usage import lessons_showing
from kit.http import AuthedRequest
from kit.pages import paginate
from kit.storage import download_url

PER_PAGE = 24
_POSTER_SECONDS = 3600


@dataclass(frozen=True)
class Shown:
    """A video as rows and panes show it."""

    video: VideoAsset
    poster_url: str
    length: str
    qualities: list[VideoRendition]

    @property
    def is_moving(self) -> bool:
        return self.video.state in MOVING or self.video.is_remade

    @property
    def can_retry(self) -> bool:
        return self.video.state == VideoAsset.State.FAILED and bool(self.video.original_file)

    @property
    def can_remake(self) -> bool:
        return self.video.state == VideoAsset.State.READY and bool(self.video.original_file) and not self.video.is_remade

    @property
    def remake_error(self) -> str:
        """Why preparing it anew came to nothing; "" otherwise."""
        return str(self.video.remake.get("error", ""))


@dataclass(frozen=True)
class Writer:
    """The program that writes subtitles, as the page of a video offers it; `order` is what it was asked for last."""

    order: CaptionOrder | None
    form: CaptionOrderForm

    @property
    def is_writing(self) -> bool:
        return self.order is not None and self.order.state == CaptionOrder.State.WRITING

    @property
    def error(self) -> str:
        return self.order.error if self.order is not None and self.order.state == CaptionOrder.State.FAILED else ""

    @property
    def language(self) -> str:
        """What the language of the order calls itself."""
        return language_name(self.order.language) if self.order is not None else ""


def shown(video: VideoAsset) -> Shown:
    """`video` with its renditions prefetched, or one query for them."""
    made = [one for one in video.renditions.all() if one.generation == video.generation and one.is_complete and one.height]
    poster = ""
    if video.poster:
        poster = download_url(video.poster, filename="poster.webp", content_type="image/webp", seconds=_POSTER_SECONDS)
    return Shown(video=video, poster_url=poster, length=clock(video.duration_ms), qualities=sorted(made, key=lambda one: one.bitrate))


def clock(milliseconds: int | None) -> str:
    """A length as "4:05" or "1:02:03"; "" when it is not known."""
    if milliseconds is None:
        return ""
    whole = str(timedelta(seconds=round(milliseconds / 1000)))
    return whole.removeprefix("0:").removeprefix("0") if whole.startswith("0:") else whole


def shelf_shown(request: AuthedRequest) -> dict[str, Any]:
    page = paginate(videos_of(request.user), request, PER_PAGE)
    videos = [shown(video) for video in page.object_list]
    return {"page": page, "videos": videos, "is_moving": any(one.is_moving for one in videos), **room_shown(request.user)}


def room_shown(user: User) -> dict[str, Any]:
    """How full the shelf is, and how large a file may be."""
    return {"used": used_bytes(user), "quota": quota_bytes(), "most_bytes": most_bytes()}


def video_shown(video: VideoAsset) -> dict[str, Any]:
    return {"one": shown(video), "showing": lessons_showing(video), **captions_shown(video)}


def captions_shown(video: VideoAsset, form: CaptionOrderForm | None = None) -> dict[str, Any]:
    """Its subtitles, and those that a program is to write; `writer` is None where none is set up, or nothing can be heard."""
    writer = None
    if get_transcriber() is not None and video.state == VideoAsset.State.READY and video.has_audio:
        order = CaptionOrder.objects.filter(video=video).first()
        writer = Writer(order, form or CaptionOrderForm(initial={"language": spoken_in(video)}, auto_id="written_%s"))
    return {"video": video, "captions": list(video.captions.order_by("language")), "writer": writer}


def choice_shown(user: User, chosen: str) -> dict[str, Any]:
    """The card of the video that is chosen in a lesson's pane; `one` is None for nothing, or for what is not theirs."""
    try:
        video_id = UUID(chosen)
    except ValueError:
        return {"one": None}
    video = VideoAsset.objects.present().of(user).prefetch_related("renditions").filter(pk=video_id).first()
    return {"one": shown(video) if video else None}


def choices_of(user: User, chosen: UUID | None) -> list[VideoAsset]:
    """What a lesson may show, the latest on top."""
    return list(choosable_videos(user, chosen=chosen)[:500])
