"""Videos elsewhere: what YouTube and Vimeo say about them.

Only the addresses in settings are ever asked (`YOUTUBE_API_URL`, `YOUTUBE_OEMBED_URL`, `VIMEO_OEMBED_URL`); what people paste becomes an
identifier or a query parameter, never a host. Redirects are not followed. Answers are bounded in size, calls in time.
https://developers.google.com/youtube/v3/docs/playlistItems/list, https://oembed.com/
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import httpx
import structlog
from django.conf import settings
from django.utils.translation import gettext as _

from courses.embeds import Embed, read_video_link
from courses.errors import BadCourse
from courses.exchange.errors import BadLinks, VideoServiceAway
from courses.exchange.limits import MOST_VIDEOS

logger = structlog.get_logger(__name__)

SECONDS_IN_ALL: Final = 25.0
_SECONDS_EACH: Final = 5.0
_MOST_ANSWER: Final = 2 * 1024**2
_PLAYLIST: Final = re.compile(r"[A-Za-z0-9_-]{10,60}", re.ASCII)
_HOSTS: Final = frozenset({"youtube.com", "www.youtube.com", "m.youtube.com", "music.youtube.com"})
_DURATION: Final = re.compile(r"P(?:(\d{1,3})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:(\d{1,6})S)?)?", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Video:
    """`title` is "" where nobody could say it; `seconds` None likewise."""

    url: str
    title: str = ""
    seconds: int | None = None


@dataclass(frozen=True, kw_only=True)
class VideoList:
    """`title` is the playlist's, "" for a list of links."""

    title: str
    videos: tuple[Video, ...]


def read_links(text: str) -> VideoList:
    """The videos that a pasted text names: one playlist, or one link per line, each with a title behind it if one likes.

    Raises `BadLinks` naming the line, `VideoServiceAway` for a playlist that cannot be read just now.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise BadLinks(_("Paste a link to a playlist, or links to videos, one per line."), field="links")
    if len(lines) == 1 and (playlist := playlist_of(lines[0])):
        return _read_playlist(playlist)
    if len(lines) > MOST_VIDEOS:
        raise BadLinks(_("At most %(most)d videos at once.") % {"most": MOST_VIDEOS}, field="links")
    found: list[tuple[Embed, str]] = []
    for number, line in enumerate(lines, 1):
        link, _space, title = line.partition(" ")
        try:
            found.append((read_video_link(link), " ".join(title.split())[:160]))
        except BadCourse as refusal:
            raise BadLinks(_("Line %(number)d: %(reason)s") % {"number": number, "reason": refusal}, field="links") from refusal
    return VideoList(title="", videos=tuple(_with_titles(found)))


def playlist_of(link: str) -> str:
    """The playlist that a link to YouTube means; "" for a link to a video or to somewhere else."""
    try:
        parts = urlsplit(link if "://" in link else f"https://{link}")
    except ValueError:
        return ""
    query = parse_qs(parts.query)
    playlist = query.get("list", [""])[0]
    is_playlist = parts.hostname in _HOSTS and parts.path.rstrip("/") == "/playlist" and parts.scheme in ("http", "https")
    return playlist if is_playlist and _PLAYLIST.fullmatch(playlist) else ""


def seconds_of(duration: str) -> int | None:
    """Of a length in ISO 8601, as "PT4M13S"; None for anything else."""
    match = _DURATION.fullmatch(duration)
    if match is None or not any(match.groups()):
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def _read_playlist(playlist: str) -> VideoList:
    if not settings.YOUTUBE_API_KEY:
        raise BadLinks(
            _("Playlists can be read once this site has a key for YouTube. Until then paste the links of the videos, one per line."),
            field="links",
        )
    with _asking() as ask:
        about = ask.youtube("playlists", part="snippet", id=playlist)
        if not _items(about):
            raise BadLinks(_("There is no such playlist on YouTube, or it is private."), field="links")
        title = _text(_items(about)[0], "snippet", "title")
        ids: list[str] = []
        page = ""
        while len(ids) < MOST_VIDEOS:
            answer = ask.youtube(
                "playlistItems", part="contentDetails", playlistId=playlist, maxResults="50", **({"pageToken": page} if page else {})
            )
            ids += [video for entry in _items(answer) if (video := _text(entry, "contentDetails", "videoId"))]
            page = str(answer.get("nextPageToken") or "")
            if not page:
                break
        videos = [video for start in range(0, len(ids[:MOST_VIDEOS]), 50) for video in _details(ask, ids[start : start + 50])]
    if not videos:
        raise BadLinks(_("The playlist has no video that one can show."), field="links")
    return VideoList(title=title, videos=tuple(videos[:MOST_VIDEOS]))


def _details(ask: _Asking, ids: Sequence[str]) -> Iterator[Video]:
    """Title and length, in the order of the playlist. Private and deleted videos are not among the answers."""
    answer = ask.youtube("videos", part="snippet,contentDetails", id=",".join(ids), maxResults="50")
    known = {_text(entry, "id"): entry for entry in _items(answer)}
    for video in ids:
        if (entry := known.get(video)) is None:
            continue
        try:
            url = read_video_link(f"https://youtu.be/{video}").page_url
        except BadCourse:
            continue
        yield Video(url=url, title=_text(entry, "snippet", "title")[:160], seconds=seconds_of(_text(entry, "contentDetails", "duration")))


def _with_titles(found: Sequence[tuple[Embed, str]]) -> Iterator[Video]:
    """Titles by oEmbed for the videos that were given none. When the service is slow or away, the rest stay without."""
    with _asking() as ask:
        for embed, title in found:
            told = {} if title else ask.oembed(embed)
            seconds = told.get("duration")
            yield Video(
                url=embed.page_url,
                title=title or " ".join(str(told.get("title") or "").split())[:160],
                seconds=seconds if isinstance(seconds, int) and 0 < seconds < 10**6 else None,
            )


class _Asking:
    def __init__(self, client: httpx.Client) -> None:
        self._client, self._ends, self._fails = client, time.monotonic() + SECONDS_IN_ALL, 0

    def youtube(self, what: str, **query: str) -> Mapping[str, Any]:
        """Raises `VideoServiceAway`, and `BadLinks` where YouTube says that there is no such thing."""
        found, status = self._get(f"{settings.YOUTUBE_API_URL}/{what}", {**query, "key": settings.YOUTUBE_API_KEY})
        if status == 404:
            raise BadLinks(_("There is no such playlist on YouTube, or it is private."), field="links")
        if found is None or status != 200:
            logger.warning("youtube_api_refused", what=what, status=status)
            raise VideoServiceAway
        return found

    def oembed(self, embed: Embed) -> Mapping[str, Any]:
        """{} where nothing is known. After three failures nobody is asked any more."""
        if self._fails >= 3:
            return {}
        address = settings.YOUTUBE_OEMBED_URL if embed.provider == "youtube" else settings.VIMEO_OEMBED_URL
        found, status = self._get(address, {"url": embed.page_url, "format": "json"})
        self._fails += status == 0
        return found if found is not None and status == 200 else {}

    def _get(self, address: str, query: Mapping[str, str]) -> tuple[Mapping[str, Any] | None, int]:
        """A JSON object and the status; 0 when there was no answer in time."""
        left = self._ends - time.monotonic()
        if left <= 0:
            return None, 0
        try:
            with self._client.stream("GET", address, params=dict(query), timeout=min(_SECONDS_EACH, left)) as answer:
                body = b""
                for chunk in answer.iter_bytes(1 << 16):
                    body += chunk
                    if len(body) > _MOST_ANSWER or time.monotonic() > self._ends:
                        return None, 0
                parsed = json.loads(body) if body else None
                return (parsed if isinstance(parsed, dict) else None), answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as error:
            logger.warning("video_service_away", error=type(error).__name__)
            return None, 0


@contextmanager
def _asking() -> Iterator[_Asking]:
    with httpx.Client(follow_redirects=False, trust_env=False, headers={"Accept": "application/json"}) as client:
        yield _Asking(client)


def _items(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    items = answer.get("items")
    return [entry for entry in items if isinstance(entry, dict)] if isinstance(items, list) else []


def _text(entry: Mapping[str, Any], *path: str) -> str:
    value: Any = entry
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else ""
