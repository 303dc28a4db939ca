"""Videos that lie elsewhere: which links we understand, and how they are shown without telling their hosts who reads.

Nothing is loaded from YouTube or Vimeo until somebody presses play (`templates/courses/learning/_embed.html`); then it comes from
youtube-nocookie.com, or from Vimeo with `dnt=1` (https://developer.vimeo.com/player/sdk/embed, "dnt").
"""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar, cast
from urllib.parse import SplitResult, parse_qs, urlencode, urlsplit

from django.conf import settings
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from courses.errors import BadCourse

Provider = Literal["youtube", "vimeo"]
V = TypeVar("V", bound=Callable[..., HttpResponseBase])

FRAME_ORIGINS: Final = ("https://www.youtube-nocookie.com", "https://player.vimeo.com")
"""The only origins that a page may show in a frame, and only a page whose view is marked `shows_embeds`."""

MOST_START: Final = 12 * 3600
"""Seconds; a later start is taken for a slip and left out."""

_YOUTUBE_HOSTS: Final = frozenset({"youtube.com", "m.youtube.com", "music.youtube.com", "youtube-nocookie.com"})
_VIMEO_HOSTS: Final = frozenset({"vimeo.com", "player.vimeo.com"})
_YOUTUBE_ID: Final = re.compile(r"[A-Za-z0-9_-]{11}", re.ASCII)
_VIMEO_ID: Final = re.compile(r"[1-9][0-9]{4,11}", re.ASCII)
_VIMEO_HASH: Final = re.compile(r"[0-9a-zA-Z]{6,20}", re.ASCII)
_IFRAME: Final = re.compile(r"""<iframe\b[^>]*?\bsrc\s*=\s*["']([^"']+)["']""", re.IGNORECASE)
_TIME: Final = re.compile(r"(?:(\d{1,2})h)?(?:(\d{1,4})m)?(?:(\d{1,6})s?)?", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Embed:
    """A video elsewhere. `start` in seconds; `key` opens an unlisted Vimeo video. Everything was checked character by character."""

    provider: Provider
    id: str
    start: int = 0
    key: str = ""

    @property
    def host(self) -> str:
        """Who shows it, for people."""
        return {"youtube": "YouTube", "vimeo": "Vimeo"}[self.provider]

    @property
    def embed_url(self) -> str:
        """What goes into the frame, once somebody wants to see it."""
        if self.provider == "youtube":
            options = {"start": str(self.start)} if self.start else {}
            return f"{FRAME_ORIGINS[0]}/embed/{self.id}?{urlencode({**options, 'rel': '0', 'playsinline': '1', 'autoplay': '1'})}"
        options = {"h": self.key} if self.key else {}
        return f"{FRAME_ORIGINS[1]}/video/{self.id}?{urlencode({**options, 'dnt': '1', 'autoplay': '1'})}" + self._vimeo_start

    @property
    def page_url(self) -> str:
        """Its page at the host: what we keep, and the way for those without script."""
        if self.provider == "youtube":
            return f"https://www.youtube.com/watch?v={self.id}" + (f"&t={self.start}s" if self.start else "")
        return f"https://vimeo.com/{self.id}" + (f"/{self.key}" if self.key else "") + self._vimeo_start

    @property
    def _vimeo_start(self) -> str:
        return f"#t={self.start}s" if self.start else ""


def read_video_link(url: str) -> Embed:
    """The video that a link names, in any of the usual forms (watch, share, shorts, live, embed code). Raises `BadCourse`."""
    code = _IFRAME.search(url[:4000])
    text = html.unescape(code[1] if code else url).strip()
    parts = _split(text)
    host = (parts.hostname or "").removeprefix("www.")
    if host in _YOUTUBE_HOSTS or host == "youtu.be":
        return _youtube(parts, host)
    if host in _VIMEO_HOSTS:
        return _vimeo(parts)
    raise _refused(_("Paste a link to a video on YouTube or Vimeo."))


def embed_or_none(url: str) -> Embed | None:
    """For links that were checked when they were kept: None for those that say nothing."""
    try:
        return read_video_link(url) if url else None
    except BadCourse:
        return None


def shows_embeds(view: V) -> V:
    """Lets the page of a view hold the two players: nobody else's frames, and they may start when they are asked to."""

    @functools.wraps(view)
    def shown(*args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(*args, **kwargs)
        # django-csp adds this to the policy of the one answer.
        cast(Any, response)._csp_update = {"frame-src": list(FRAME_ORIGINS)}
        allowed = " ".join(f'"{origin}"' for origin in FRAME_ORIGINS)
        response["Permissions-Policy"] = settings.PERMISSIONS_POLICY.replace("autoplay=()", f"autoplay=(self {allowed})")
        return response

    return cast(V, shown)


def _split(text: str) -> SplitResult:
    if "://" not in text:
        text = f"https://{text.removeprefix('//')}"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise _refused(_("This is not a link. Copy it from the address line or from “Share”.")) from error
    if parts.scheme not in ("http", "https") or parts.username is not None or port not in (None, 80, 443):
        raise _refused(_("Paste a link to a video on YouTube or Vimeo."))
    return parts


def _youtube(parts: SplitResult, host: str) -> Embed:
    query = parse_qs(parts.query)
    path = [part for part in parts.path.split("/") if part]
    if host == "youtu.be":
        found = path[0] if path else ""
    elif path and path[0] in ("embed", "v", "e", "shorts", "live") and len(path) > 1:
        found = path[1]
    elif path in (["watch"], ["watch_popup"]):
        found = _first(query, "v")
    else:
        found = ""
    if found == "videoseries" or (not found and "list" in query):
        raise _refused(_("This link leads to a playlist. Open one of its videos and copy that link."))
    if not _YOUTUBE_ID.fullmatch(found):
        raise _refused(_("This link leads to no single video. Open the video on YouTube and copy its link."))
    return Embed(provider="youtube", id=found, start=_start(query, parts.fragment))


def _vimeo(parts: SplitResult) -> Embed:
    query = parse_qs(parts.query)
    path = [part for part in parts.path.split("/") if part]
    at = next((index for index, part in enumerate(path) if _VIMEO_ID.fullmatch(part)), None)
    # In /showcase/<number>/video/<id>, /album/…, /event/<number> the first number is not the video's.
    if path and path[0] in ("showcase", "album"):
        at = path.index("video") + 1 if "video" in path[:-1] else None
    if at is None or path[0] in ("event", "user") or not _VIMEO_ID.fullmatch(path[at]):
        raise _refused(_("This link leads to no single video. Open the video on Vimeo and copy its link."))
    key = _first(query, "h") or (path[at + 1] if at + 1 < len(path) else "")
    if key and not _VIMEO_HASH.fullmatch(key):
        raise _refused(_("This link leads to no single video. Open the video on Vimeo and copy its link."))
    return Embed(provider="vimeo", id=path[at], key=key, start=_start(query, parts.fragment))


def _start(query: dict[str, list[str]], fragment: str) -> int:
    """Seconds from "t=90", "t=1m30s", "start=90" or "#t=1h2m3s"; 0 where nothing of the kind stands."""
    for text in (_first(query, "t"), _first(query, "start"), _first(parse_qs(fragment), "t")):
        if text and (match := _TIME.fullmatch(text)):
            hours, minutes, seconds = (int(part or 0) for part in match.groups())
            start = hours * 3600 + minutes * 60 + seconds
            return start if start <= MOST_START else 0
    return 0


def _first(query: dict[str, list[str]], name: str) -> str:
    return query.get(name, [""])[0]


def _refused(sentence: str) -> BadCourse:
    return BadCourse(sentence, field="video_url")
