"""Videos by the API: sent in parts straight to the store, watched while they are prepared (R178, R179, R192).

The pages' own uploader speaks this too.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, cast
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from ninja import Field, Query, Router, Schema
from ninja.responses import Status

from accounts.access import check_creator
from accounts.api_auth import user_auth
from accounts.models import User
from courses.api_schemas import absolute
from courses.video.access import get_own_lesson, get_own_upload, get_own_video
from courses.video.limits import MOST_SIGNED, quota_bytes, used_bytes
from courses.video.models import UploadSession, VideoAsset
from courses.video.selectors import videos_of
from courses.video.services.lessons import upload_for_lesson
from courses.video.services.shelf import remove_video, rename_video
from courses.video.services.uploads import abandon_upload, complete_upload, create_upload_session, sign_parts, upload_standing
from kit.api import refusals
from kit.ratelimit import limit as limit_rate

video_router = Router(tags=["videos"])
lesson_video_router = Router(tags=["videos"])


class VideoOut(Schema):
    """`state` is one of pending, uploading, processing, ready, failed; `progress` is its per cent in the two that move."""

    id: UUID
    name: str
    state: str
    progress: int
    error: str = Field(description="Why it failed, in words.")
    is_playable: bool = Field(description="Playable already; further qualities may still be made.")
    duration_ms: int | None
    width: int | None
    height: int | None
    size_bytes: int
    qualities: list[str]
    url: str
    upload: UUID | None = Field(description="The upload to go on with, until it is completed.")
    created_at: datetime


class VideoPage(Schema):
    count: int
    used_bytes: int
    quota_bytes: int
    items: list[VideoOut]


class NewUploadIn(Schema):
    """`fingerprint` is whatever the sender recognises the file by: the same one, with the same size, goes on with what was begun."""

    name: Annotated[str, Field(min_length=1, max_length=300)]
    size_bytes: Annotated[int, Field(ge=0, le=2**53)]
    content_type: Annotated[str, Field(max_length=100)] = ""
    fingerprint: Annotated[str, Field(max_length=500)] = ""


class UploadOut(Schema):
    """Part n is the bytes from (n − 1) × `part_bytes`, of that length or to the end. `missing` are the numbers that are not there yet."""

    id: UUID
    video: UUID
    size_bytes: int
    part_bytes: int
    part_count: int
    received_bytes: int
    missing: list[int]
    expires_at: datetime


class PartNumbersIn(Schema):
    numbers: Annotated[list[int], Field(min_length=1, max_length=MOST_SIGNED)]


class PartOut(Schema):
    number: int
    url: str = Field(description="PUT exactly the part's bytes there, without further headers; good for some hours.")


class PartsOut(Schema):
    parts: list[PartOut]


class VideoNameIn(Schema):
    name: Annotated[str, Field(min_length=1, max_length=200)]


def _creator(request: HttpRequest) -> User:
    check_creator(request.user)
    return cast(User, request.user)


_SAID = ("id", "name", "state", "progress", "error", "is_playable", "duration_ms", "width", "height", "created_at")


def _video(video: VideoAsset) -> dict[str, Any]:
    upload = getattr(video, "upload", None)
    return {
        **{name: getattr(video, name) for name in _SAID},
        "size_bytes": video.original_size_bytes,
        "qualities": [one.quality for one in video.renditions.all() if one.generation == video.generation and one.is_complete],
        "url": absolute(reverse("video", args=[video.pk])),
        "upload": upload.pk if upload is not None and upload.completed_at is None else None,
    }


def _upload(session: UploadSession) -> dict[str, Any]:
    standing = upload_standing(session)
    return {
        "id": session.pk,
        "video": session.video_id,
        "size_bytes": session.size_bytes,
        "part_bytes": session.part_bytes,
        "part_count": session.part_count,
        "received_bytes": standing.received_bytes,
        "missing": standing.missing,
        "expires_at": session.expires_at,
    }


@video_router.get("", response={200: VideoPage}, auth=user_auth, summary="My videos")
def list_videos(request: HttpRequest, limit: int = Query(50, ge=1, le=100), offset: int = Query(0, ge=0, le=100_000)) -> dict[str, Any]:
    """The latest on top."""
    user = _creator(request)
    mine = videos_of(user)
    items = [_video(video) for video in mine[offset : offset + limit]]
    return {"count": mine.count(), "used_bytes": used_bytes(user), "quota_bytes": quota_bytes(), "items": items}


@video_router.post("", response={201: UploadOut, **refusals(413)}, auth=user_auth, summary="Announce a video and begin its upload")
def create(request: HttpRequest, payload: NewUploadIn) -> Status:
    """Then ask for the addresses of its parts, PUT them, and complete it (R178)."""
    user = _creator(request)
    limit_rate("video-upload", rate="200/h", request=request, by="user")
    return Status(201, _upload(create_upload_session(by=user, **payload.model_dump())))


@video_router.get("/uploads/{uuid:upload_id}", response={200: UploadOut, **refusals(410)}, auth=user_auth, summary="How far an upload is")
def read_upload(request: HttpRequest, upload_id: UUID) -> dict[str, Any]:
    return _upload(get_own_upload(_creator(request), upload_id))


@video_router.post(
    "/uploads/{uuid:upload_id}/parts", response={200: PartsOut, **refusals(410)}, auth=user_auth, summary="Addresses to send parts to"
)
def create_parts(request: HttpRequest, upload_id: UUID, payload: PartNumbersIn) -> dict[str, Any]:
    """In the store itself where it can be reached from outside, else at this site."""
    user = _creator(request)
    signed = sign_parts(get_own_upload(user, upload_id), by=user, numbers=payload.numbers)
    return {"parts": [{"number": number, "url": request.build_absolute_uri(url)} for number, url in signed.items()]}


@video_router.post(
    "/uploads/{uuid:upload_id}/completion", response={200: VideoOut, **refusals(409, 410)}, auth=user_auth, summary="Complete an upload"
)
def complete(request: HttpRequest, upload_id: UUID) -> dict[str, Any]:
    """The file is put together and handed to processing (R179). 409 `upload_incomplete` names `missing` parts."""
    user = _creator(request)
    video = complete_upload(get_own_upload(user, upload_id), by=user)
    return _video(get_own_video(user, video.pk))


@video_router.delete("/uploads/{uuid:upload_id}", response={204: None, **refusals(410)}, auth=user_auth, summary="Give up an upload")
def delete_upload(request: HttpRequest, upload_id: UUID) -> Status:
    user = _creator(request)
    abandon_upload(get_own_upload(user, upload_id), by=user)
    return Status(204, None)


@video_router.get("/{uuid:video_id}", response={200: VideoOut}, auth=user_auth, summary="A video")
def read(request: HttpRequest, video_id: UUID) -> dict[str, Any]:
    return _video(get_own_video(_creator(request), video_id))


@video_router.patch("/{uuid:video_id}", response={200: VideoOut}, auth=user_auth, summary="Rename a video")
def rename(request: HttpRequest, video_id: UUID, payload: VideoNameIn) -> dict[str, Any]:
    user = _creator(request)
    rename_video(get_own_video(user, video_id), by=user, name=payload.name)
    return _video(get_own_video(user, video_id))


@video_router.delete("/{uuid:video_id}", response={204: None, **refusals(409)}, auth=user_auth, summary="Delete a video")
def delete(request: HttpRequest, video_id: UUID) -> Status:
    """Refused with 409 `video_in_use` while lessons show it; `lessons` names them."""
    user = _creator(request)
    remove_video(get_own_video(user, video_id), by=user)
    return Status(204, None)


@lesson_video_router.post(
    "/{uuid:lesson_id}/upload-video", response={201: UploadOut, **refusals(413)}, auth=user_auth, summary="Upload the video of a lesson"
)
def upload_video(request: HttpRequest, lesson_id: UUID, payload: NewUploadIn) -> Status:
    """As announcing a video; the lesson becomes one of the kind `video` that shows it (R192)."""
    user = _creator(request)
    limit_rate("video-upload", rate="200/h", request=request, by="user")
    session = upload_for_lesson(get_own_lesson(user, lesson_id), by=user, **payload.model_dump())
    return Status(201, _upload(session))
