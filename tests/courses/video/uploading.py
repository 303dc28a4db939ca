"""A browser that uploads, as far as the server can tell."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from django.test import Client

from accounts.models import User
from courses.video.models import UploadSession, VideoAsset
from courses.video.services.uploads import complete_upload, create_upload_session, sign_parts
from courses.video.sniffing import video_type

MIB = 1024 * 1024


def file_of(size: int, *, head: bytes = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00") -> bytes:
    """Bytes that say they are an MP4; the rest is the same in each run and nowhere repeats."""
    rest = hashlib.shake_256(b"rest").digest(max(0, size - len(head)))
    content = (head + rest)[:size]
    assert bool(video_type(content)) == head[4:].startswith(b"ftyp")
    return content


def announce(user: User, content: bytes, *, name: str = "Kerning.mp4", fingerprint: str = "one") -> UploadSession:
    return create_upload_session(by=user, name=name, size_bytes=len(content), content_type="video/mp4", fingerprint=fingerprint)


def part_of(session: UploadSession, content: bytes, number: int) -> bytes:
    begin = (number - 1) * session.part_bytes
    return content[begin : begin + session.part_bytes]


def put_part(session: UploadSession, user: User, content: bytes, number: int) -> int:
    """The status of the answer, from this site or from S3."""
    url = sign_parts(session, by=user, numbers=[number])[number]
    body = part_of(session, content, number)
    if urlsplit(url).netloc:
        return put(url, content=body).status_code
    return Client(enforce_csrf_checks=True).put(url, body, content_type="application/octet-stream").status_code


def put(url: str, *, content: bytes) -> httpx.Response:
    return _sender().put(url, content=content)


@cache
def _sender() -> httpx.Client:
    """One for all: each would read the machine's certificates anew."""
    return httpx.Client()


def upload_whole(user: User, content: bytes, *, name: str = "Kerning.mp4", fingerprint: str = "one") -> VideoAsset:
    session = announce(user, content, name=name, fingerprint=fingerprint)
    for number in range(1, session.part_count + 1):
        assert put_part(session, user, content, number) in (200, 204)
    return complete_upload(session, by=user)


def files_below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
