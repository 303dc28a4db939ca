"""Uploads in parts: begun, gone on with after whatever came between, completed, given up (R178, R179)."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from courses.video.errors import BadUpload, QuotaReached, UploadIncomplete, UploadOver
from courses.video.events import VideoUploaded
from courses.video.limits import MOST_PART, MOST_PARTS, MOST_SIGNED, MOST_UNFINISHED, SESSION_DAYS, most_bytes, part_bytes_for, quota_bytes
from courses.video.limits import used_bytes as used_by
from courses.video.models import UploadPart, UploadSession, VideoAsset
from courses.video.sniffing import HEAD_BYTES, video_type
from courses.video.stores import LocalStore, Source, missing_parts, upload_store
from kit.events import publish
from kit.jobs import enqueue
from kit.storage import safe_filename
from kit.templatetags.atelier import filesize


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What a browser needs to go on with an upload: the parts that are not there yet, in order."""

    session: UploadSession
    missing: list[int]
    received_bytes: int


def create_upload_session(*, by: User, name: str, size_bytes: int, content_type: str = "", fingerprint: str = "") -> UploadSession:
    """Announce a file of `size_bytes` bytes that is called `name`.

    With the `fingerprint` and size of an upload of theirs that was not completed, that one, so that it goes on where it broke off.
    `content_type` is what the sender believes; what the file is, its bytes say once they are there.

    Raises `BadUpload` (field "name" or "size_bytes"), `QuotaReached`, `StoreAway`.
    """
    mark = hashlib.sha256(fingerprint.encode()).hexdigest() if fingerprint else ""
    session, is_new = _announce(by, name=name, size_bytes=size_bytes, content_type=content_type, mark=mark)
    if not is_new:
        return session
    try:
        remote_id = upload_store().begin(session)
    except BaseException:
        _forget(session)
        raise
    session.remote_id = remote_id
    session.save(update_fields=["remote_id"])
    return session


@transaction.atomic
def _announce(by: User, *, name: str, size_bytes: int, content_type: str, mark: str) -> tuple[UploadSession, bool]:
    """The row, and whether it is new. The creator's row is the lock of their quota."""
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=by.pk)
    now = timezone.now()
    unfinished = UploadSession.objects.filter(video__owner=by, video__removed_at=None, completed_at=None, expires_at__gt=now)
    if mark and (known := unfinished.filter(fingerprint=mark, size_bytes=size_bytes).exclude(_never_begun(now)).first()):
        return known, False
    shown = safe_filename(name)[:200]
    _check_size(by, size_bytes)
    if unfinished.count() >= MOST_UNFINISHED:
        raise BadUpload(_("%(most)d uploads are under way already. Finish or stop some of them first.") % {"most": MOST_UNFINISHED})
    title = shown.rpartition(".")[0] or shown
    video = VideoAsset.objects.create(owner=by, name=title, original_size_bytes=size_bytes, content_type=content_type[:100])
    session = UploadSession.objects.create(
        video=video,
        file=f"videos/{video.pk.hex}/original",
        file_name=shown,
        size_bytes=size_bytes,
        part_bytes=part_bytes_for(size_bytes),
        fingerprint=mark,
        expires_at=now + timedelta(days=SESSION_DAYS),
    )
    return session, True


def _never_begun(now: datetime) -> Q:
    """Rows whose store never answered: there is nothing to go on with. On the local disk there is no id."""
    if isinstance(upload_store(), LocalStore):
        return Q(pk=None)
    return Q(remote_id="")


def _check_size(by: User, size_bytes: int) -> None:
    if size_bytes < 1:
        raise BadUpload(_("This file is empty."), field="size_bytes")
    if size_bytes > min(most_bytes(), MOST_PART * MOST_PARTS):
        raise BadUpload(
            _("This file has %(size)s. A video may have up to %(limit)s.")
            % {"size": filesize(size_bytes), "limit": filesize(most_bytes())},
            field="size_bytes",
        )
    if (left := quota_bytes() - used_by(by)) < size_bytes:
        raise QuotaReached(
            _("This video has %(size)s, and %(left)s of your %(quota)s are left. Delete videos that no lesson shows.")
            % {"size": filesize(size_bytes), "left": filesize(max(0, left)), "quota": filesize(quota_bytes())},
            field="size_bytes",
        )


def upload_standing(session: UploadSession) -> Standing:
    """Which parts are missing. Raises `UploadOver`, `StoreAway`."""
    _check_open(session)
    received = upload_store().received(session)
    return Standing(session=session, missing=missing_parts(session, received), received_bytes=sum(received.values()))


def sign_parts(session: UploadSession, *, by: User, numbers: Collection[int]) -> dict[int, str]:
    """Where to PUT these parts, by number; the addresses are good for some hours. Keeps the upload from ending.

    Raises `BadUpload` for numbers that the file does not have, `UploadOver`.
    """
    _check_open(session)
    wanted = sorted(set(numbers))
    if not wanted or len(wanted) > MOST_SIGNED or wanted[0] < 1 or wanted[-1] > session.part_count:
        raise BadUpload(
            _("Ask for at most %(most)d parts at once, numbered from 1 to %(count)d.") % {"most": MOST_SIGNED, "count": session.part_count},
            field="numbers",
        )
    # Parts go in order, so that what comes before the first that is asked for has arrived.
    _keep_up(session, percent=(wanted[0] - 1) * 100 // session.part_count)
    store = upload_store()
    return {number: store.part_url(session, number) for number in wanted}


def receive_part(session: UploadSession, number: int, *, source: Source, length: int) -> UploadPart:
    """Take part `number` from `source` onto the local disk, without holding it in memory. Safe to call again for the same part.

    Raises `BadUpload` when `length`, or what came, is not the part's size; `UploadOver`.
    """
    store = upload_store()
    if not isinstance(store, LocalStore):
        raise UploadOver
    _check_open(session)
    if not 1 <= number <= session.part_count or length != session.part_size(number):
        raise BadUpload(_("This is not a part of the file."))
    # Until the new bytes are all there, there is no such part.
    UploadPart.objects.filter(session=session, number=number).delete()
    if store.write_part(session, number, source) != length:
        raise BadUpload(_("The part broke off. Send it again."))
    return record_part(session, number=number, size_bytes=length)


@transaction.atomic
def record_part(session: UploadSession, *, number: int, size_bytes: int) -> UploadPart:
    """A part is in the store. Raises `UploadOver` when the upload ended meanwhile."""
    session = _lock(session)
    _check_open(session)
    part, _created = UploadPart.objects.update_or_create(session=session, number=number, defaults={"size_bytes": size_bytes})
    count = UploadPart.objects.filter(session=session).count()
    _keep_up(session, percent=count * 100 // session.part_count)
    return part


def complete_upload(session: UploadSession, *, by: User) -> VideoAsset:
    """Make one file of the parts and hand it to processing. Safe to call again, and by two at once.

    Raises `UploadIncomplete` (`extra["missing"]`), `UploadOver`, `StoreAway`; `BadUpload` when it is no video: it then stays on the
    shelf as failed with its reason, and its file is let go.
    """
    found = UploadSession.objects.select_related("video").filter(pk=session.pk).first()
    if found is None:
        raise UploadOver
    session = found
    if session.completed_at is not None:
        return session.video
    _check_open(session)
    store = upload_store()
    store.finish(session)
    size = store.size(session.file)
    if size != session.size_bytes:
        raise UploadIncomplete
    kind = video_type(store.first_bytes(session.file, HEAD_BYTES))
    video = _record(session, kind)
    if video.original_file:
        return video
    store.delete_folder(video.pk.hex)
    raise BadUpload(video.error, field="file")


@transaction.atomic
def _record(session: UploadSession, kind: str) -> VideoAsset:
    session = _lock(session)
    video = VideoAsset.objects.select_for_update().get(pk=session.video_id)
    if session.completed_at is not None:
        return video
    if video.removed_at is not None:
        raise UploadOver
    session.completed_at = timezone.now()
    session.save(update_fields=["completed_at"])
    UploadPart.objects.filter(session=session).delete()
    if not kind:
        video.state, video.progress, video.error_code = VideoAsset.State.FAILED, 0, "not_a_video"
        video.error = _("This is no video that we know, whatever its name says. MP4, MOV, WebM, MKV, AVI and MPEG are.")
        video.save(update_fields=["state", "progress", "error_code", "error"])
        return video
    video.original_file, video.original_size_bytes, video.content_type = session.file, session.size_bytes, kind
    video.state, video.progress, video.generation = VideoAsset.State.PROCESSING, 0, video.generation + 1
    video.save(update_fields=["original_file", "original_size_bytes", "content_type", "state", "progress", "generation"])
    publish(VideoUploaded(video_id=video.pk))
    enqueue(
        "video.process",
        key=f"video:{video.pk}:{video.generation}",
        params={"video": str(video.pk), "generation": video.generation},
        owner=f"user:{video.owner_id}",
    )
    return video


def abandon_upload(session: UploadSession, *, by: User) -> None:
    """Give it up: its parts and its row go. Raises `UploadOver` when it was completed or is gone, `StoreAway`."""
    with transaction.atomic():
        session = _lock(session)
        if session.completed_at is not None:
            raise UploadOver
        # Nobody can complete it from here on.
        session.expires_at = timezone.now()
        session.save(update_fields=["expires_at"])
    upload_store().abort(session)
    _forget(session)


@transaction.atomic
def _forget(session: UploadSession) -> None:
    UploadSession.objects.filter(pk=session.pk, completed_at=None).delete()
    VideoAsset.objects.filter(pk=session.video_id, original_file="", state__in=_UNFINISHED).delete()


_UNFINISHED = (VideoAsset.State.PENDING, VideoAsset.State.UPLOADING)


def _lock(session: UploadSession) -> UploadSession:
    """Raises `UploadOver` when it is gone."""
    locked = UploadSession.objects.select_for_update().filter(pk=session.pk).first()
    if locked is None:
        raise UploadOver
    return locked


def _check_open(session: UploadSession) -> None:
    if session.completed_at is not None or session.expires_at <= timezone.now():
        raise UploadOver


def _keep_up(session: UploadSession, *, percent: int) -> None:
    now = timezone.now()
    UploadSession.objects.filter(pk=session.pk).update(expires_at=now + timedelta(days=SESSION_DAYS))
    VideoAsset.objects.filter(pk=session.video_id, state__in=_UNFINISHED).update(
        state=VideoAsset.State.UPLOADING, progress=min(99, max(0, percent))
    )
