"""Answering a player: one set of addresses below each page that shows a video, for whoever may watch it there."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language

from courses.video import cdn
from courses.video.errors import VideoNotFound
from courses.video.models import Caption, VideoAsset
from courses.video.pages import clock
from courses.video.playback import (
    PASS_SECONDS,
    Pass,
    issue_pass,
    master_playlist,
    media_playlist,
    playable_generations,
    rendition_folder,
    rendition_of,
    renditions_of,
    thumbnails_track,
)
from courses.video.transcripts import transcript_of
from courses.video.webvtt import read_cues
from kit.storage import download_url
from kit.views import private_file

PLAYLIST = "application/vnd.apple.mpegurl"
MASTER, NATIVE, PASS = "master.m3u8", "native.m3u8", "pass.json"
POSTER, SHEET, THUMBNAILS = "poster.webp", "storyboard.webp", "storyboard.vtt"
STATE, TRANSCRIPT = "state", "transcript"


@dataclass(frozen=True, kw_only=True)
class Track:
    src: str
    language: str
    label: str


@dataclass(frozen=True, kw_only=True)
class VideoFrame:
    """What `courses/video/_player.html` shows. Addresses are below the page; `poster` and `thumbnails` "" where there are none.

    `seconds` is the length, a begun second counted, 0 while it is not known. `start` is where one was before, and `watched` what
    one played of it then ("0-45.60-72", seconds). While `is_growing` more of it is being made; `progress` is in per cent. `manage` is
    the page where its owner cares for it, and `why` what went wrong there; both are "" for everybody else.
    """

    video_id: UUID
    seconds: int
    is_playable: bool
    is_failed: bool
    is_growing: bool
    progress: int
    why: str
    manage: str
    base: str
    ratio: str
    poster: str
    thumbnails: str
    tracks: tuple[Track, ...]
    start: int = 0
    watched: str = ""

    @property
    def master(self) -> str:
        return f"{self.base}{MASTER}"

    @property
    def native(self) -> str:
        return f"{self.base}{NATIVE}"

    @property
    def fresh_pass(self) -> str:
        return f"{self.base}{PASS}"

    @property
    def renew(self) -> int:
        """So many seconds after the playlist the page asks for a fresh pass."""
        return PASS_SECONDS // 2

    @property
    def state(self) -> str:
        """Says how it is while it is being prepared; asks for the whole page once it can be played."""
        return f"{self.base}{STATE}"

    @property
    def transcript(self) -> str:
        return f"{self.base}{TRANSCRIPT}" if self.tracks else ""

    @property
    def clock(self) -> str:
        """ "9:57", as people write its length."""
        return clock(self.seconds * 1000)


def video_frame(video_id: UUID | str, *, base: str, start: int = 0, watched: str = "") -> VideoFrame | None:
    """The video as a page shows it, with its addresses below `base`; None where it is gone. Two queries."""
    video = VideoAsset.objects.present().filter(pk=video_id).first()
    return None if video is None else _frame(video, base=base, start=start, watched=watched)


def _frame(video: VideoAsset, *, base: str, start: int = 0, watched: str = "") -> VideoFrame:
    is_own = base == play_base(video.pk)
    is_failed = video.state == VideoAsset.State.FAILED and not video.is_playable
    return VideoFrame(
        video_id=video.pk,
        seconds=ceil((video.duration_ms or 0) / 1000),
        is_playable=video.is_playable,
        is_failed=is_failed,
        is_growing=video.is_playable and video.state == VideoAsset.State.PROCESSING,
        progress=video.progress,
        why=video.error if is_own and is_failed else "",
        manage=reverse("video", args=[video.pk]) if is_own else "",
        base=base,
        ratio="portrait" if (video.height or 0) > (video.width or 0) else "landscape",
        poster=f"{base}{POSTER}" if video.poster else "",
        thumbnails=f"{base}{THUMBNAILS}" if video.storyboard else "",
        tracks=tuple(
            Track(src=f"{base}{caption.pk}.vtt", language=caption.language, label=caption.label or caption.language)
            for caption in Caption.objects.filter(video=video).order_by("language")
        ),
        start=start,
        watched=watched,
    )


def answer_player(request: HttpRequest, video_id: UUID | str, name: str, *, base: str) -> HttpResponseBase:
    """The thing called `name` below a page whose viewer may watch the video. Raises `VideoNotFound` for anything else."""
    if name == STATE:
        return _state(request, video_id, base)
    video = VideoAsset.objects.playable().filter(pk=video_id).first()
    if video is None:
        raise VideoNotFound
    stem, _dot, ending = name.rpartition(".")
    match name:
        case "master.m3u8":
            passed = _passed(video, request)
            return _opened(_text(master_playlist(video, renditions_of(video), base=passed), PLAYLIST), video)
        case "native.m3u8":
            return _text(master_playlist(video, renditions_of(video), base=base), PLAYLIST)
        case "pass.json":
            return _opened(_private(JsonResponse({"pass": issue_pass(video, request), "seconds": PASS_SECONDS})), video)
        case "poster.webp" if video.poster:
            return _picture(video.poster)
        case "storyboard.webp" if video.storyboard:
            return _picture(video.storyboard["file"])
        case "storyboard.vtt" if video.storyboard:
            return _text(thumbnails_track(video, sheet=f"{base}{SHEET}"), "text/vtt; charset=utf-8")
        case "transcript":
            return _transcript(request, video, base)
        case _ if ending == "vtt":
            return _text(_caption(video, stem).webvtt, "text/vtt; charset=utf-8")
        case _ if ending == "m3u8":
            held = Pass(video=video.pk.hex, generation=video.generation)
            return _text(media_playlist(rendition_of(held, stem), base=base), PLAYLIST)
    stored = Pass(video=video.pk.hex, generation=video.generation).path(name)  # raises for what is no file of a rendition
    away = cdn.signed_url(stored, seconds=PASS_SECONDS) if cdn.is_used() else f"{_passed(video, request)}{name}"
    return _private(HttpResponseRedirect(away))


def answer_segment(held: Pass, name: str, request: HttpRequest) -> HttpResponseBase:
    """A file of a rendition, for whoever holds a pass: by the front server or the store itself where they can. No query."""
    kind = "video/mp4" if name.endswith(".mp4") else "video/iso.segment"
    return private_file(request, held.path(name), content_type=kind, cache_seconds=PASS_SECONDS)


def answer_held(held: Pass, quality: str) -> HttpResponse:
    """The segments of one rendition, for whoever holds a pass. Their addresses are relative, so that what is fetched next carries the
    pass that this was fetched with; or the CDN's, which the cookies beside the pass open. Raises `VideoNotFound`."""
    rendition = rendition_of(held, quality)
    base = cdn.folder_url(rendition_folder(rendition.video_id, rendition.generation)) if cdn.is_used() else ""
    return _text(media_playlist(rendition, base=base), PLAYLIST)


def play_base(video_id: UUID) -> str:
    """Where an owner's player fetches from."""
    return reverse("video_play", args=[video_id, MASTER]).removesuffix(MASTER)


def _opened(response: HttpResponse, video: VideoAsset) -> HttpResponse:
    """The same, with the CDN's cookies for as long as the pass. Who began before the video was processed anew goes on with what was
    served then, as long as it is there."""
    if cdn.is_used():
        for generation in playable_generations(video):
            cdn.open_folder(response, rendition_folder(video.pk, generation), seconds=PASS_SECONDS)
    return response


def _passed(video: VideoAsset, request: HttpRequest) -> str:
    return reverse("video_held", args=[issue_pass(video, request), MASTER]).removesuffix(MASTER)


def _state(request: HttpRequest, video_id: UUID | str, base: str) -> HttpResponse:
    frame = video_frame(video_id, base=base)
    if frame is None:
        raise VideoNotFound
    response = _private(render(request, "courses/video/_player.html", {"frame": frame}))
    if frame.is_playable:
        # The page's ticket has to know how long the video is: all of the page is asked for, not the player alone.
        response["HX-Refresh"] = "true"
    return response


def _transcript(request: HttpRequest, video: VideoAsset, base: str) -> HttpResponse:
    """The words of one language (`?language=de`, else the reader's, else the first): by htmx beside the video, else as a page."""
    captions = list(Caption.objects.filter(video=video).order_by("language"))
    if not captions:
        raise VideoNotFound
    wanted = [request.GET.get("language", ""), get_language() or ""]
    caption = next((one for tag in wanted for one in captions if tag and one.language.lower() == tag.lower()), None)
    shown = caption or next((one for one in captions if one.language.split("-")[0] == wanted[1].split("-")[0]), captions[0])
    lines = transcript_of(read_cues(shown.webvtt))
    context = {"lines": lines, "caption": shown, "captions": captions, "base": base, "video": video}
    is_fragment = request.headers.get("HX-Request") == "true"
    template = "courses/video/transcript.html#words" if is_fragment else "courses/video/transcript.html"
    return _private(render(request, template, {**context, "page": "" if is_fragment else "../"}))


def _caption(video: VideoAsset, stem: str) -> Caption:
    try:
        return Caption.objects.get(video=video, pk=UUID(stem))
    except (ValueError, Caption.DoesNotExist) as error:
        raise VideoNotFound from error


def _picture(name: str) -> HttpResponse:
    return _private(HttpResponseRedirect(download_url(name, filename=name.rpartition("/")[2], content_type="image/webp", seconds=600)))


def _text(content: str, content_type: str) -> HttpResponse:
    return _private(HttpResponse(content, content_type=content_type))


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "private, no-store"
    return response
