"""What is heard of encoders elsewhere: told by them (webhooks), and asked for once a minute, since messages get lost.

Both ways end in `hear_report`, which only ever moves a row forward: what is heard twice, late or in the wrong order changes nothing.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone

from courses.video.encoders import RemoteEncoder, Report, get_remote_encoder
from courses.video.models import RemoteEncoding, VideoAsset
from courses.video.reasons import Trouble
from courses.video.services.commissions import close_commission, end_commission, is_wanted
from courses.video.services.processing import COLLECT_JOB, fail_processing
from kit.jobs import enqueue

logger = structlog.get_logger(__name__)

ASK_AFTER: Final = timedelta(seconds=45)
BATCH: Final = 100
PATIENCE: Final = timedelta(hours=48)
"""Longer than twelve hours of video take in a queue that is full."""
UNANSWERED: Final = timedelta(hours=1)
"""How long an order that nobody wants any more may have been placed without our knowing its name. Should it be heard of later, what
it writes is swept as a dead generation."""
PERCENT_ELSEWHERE: Final = 90
"""How far the work is when all was made elsewhere; taking it over does the rest."""


@transaction.atomic
def hear_report(report: Report, *, encoder: str, remote_id: str, video_id: UUID | None = None, generation: int | None = None) -> bool:
    """Note how a piece of work stands. `video_id` and `generation` find it while its name is not known here yet.

    False where that is nothing of ours, or nothing new.
    """
    row = _find(encoder, remote_id, video_id, generation)
    if row is None:
        return False
    video, row = _locked(row)
    if row.ended_at is not None or row.state == RemoteEncoding.State.MADE or row.remote_id not in ("", remote_id):
        return False
    row.remote_id, row.asked_at, row.state = remote_id, timezone.now(), RemoteEncoding.State.RUNNING
    row.percent = max(row.percent, report.percent)
    if report.state == "made":
        row.state = RemoteEncoding.State.MADE
    row.save(update_fields=["remote_id", "asked_at", "state", "percent"])
    log = logger.bind(video=str(video.pk), generation=row.generation, encoder=encoder, remote=remote_id)
    match report.state:
        case "made":
            log.info("video_made_elsewhere")
            if is_wanted(video, row.generation):
                _show_progress(video, row)
                enqueue(
                    COLLECT_JOB,
                    key=f"video-collect:{video.pk}:{row.generation}",
                    params={"video": str(video.pk), "generation": row.generation},
                    owner=f"user:{video.owner_id}",
                )
        case "failed" | "cancelled":
            log.error("video_failed_elsewhere", code=report.code, detail=report.detail)
            state = RemoteEncoding.State.FAILED if report.state == "failed" else RemoteEncoding.State.CANCELLED
            end_commission(row, state, error=report.detail)
            fail_processing(video.pk, generation=row.generation, code=report.code)
        case _ if is_wanted(video, row.generation):
            _show_progress(video, row)
    return True


def ask_remote_encoders() -> int:
    """Look after all that is under way elsewhere and has not been heard of lately; how many."""
    due = RemoteEncoding.objects.filter(ended_at=None, asked_at__lte=timezone.now() - ASK_AFTER).select_related("video")
    count = 0
    for row in due.order_by("asked_at")[:BATCH]:
        # Whoever marks it asks; what cannot be asked about comes last the next time.
        if not RemoteEncoding.objects.filter(pk=row.pk, asked_at=row.asked_at).update(asked_at=timezone.now()):
            continue
        count += 1
        try:
            look_after(row)
        except Trouble as trouble:
            logger.warning("remote_encoder_away", video=str(row.video_id), encoder=row.encoder, detail=str(trouble))
    return count


def cancel_remote_work(video: VideoAsset) -> None:
    """Stop whatever is under way elsewhere for a video that is not wanted any more. Safe to call again. Raises `Trouble`."""
    for row in RemoteEncoding.objects.filter(video=video, ended_at=None).exclude(remote_id="").select_related("video"):
        if not is_wanted(video, row.generation):
            look_after(row)


def look_after(row: RemoteEncoding) -> None:
    """Whatever one row needs: to be asked about, stopped, or closed. Raises `Trouble`."""
    encoder = get_remote_encoder(row.encoder)
    is_late = timezone.now() - row.created_at > PATIENCE
    if not is_wanted(row.video, row.generation):
        _let_go(row, encoder)
    elif row.state == RemoteEncoding.State.RUNNING:
        hear_report(encoder.ask(row.remote_id), encoder=row.encoder, remote_id=row.remote_id)
        if is_late and RemoteEncoding.objects.filter(pk=row.pk, state=RemoteEncoding.State.RUNNING).exists():
            encoder.cancel(row.remote_id)
            _give_up(row)
    elif row.state == RemoteEncoding.State.SUBMITTING and is_late:
        _give_up(row)


def _let_go(row: RemoteEncoding, encoder: RemoteEncoder) -> None:
    video = row.video
    if row.state == RemoteEncoding.State.MADE:
        if video.removed_at is None and video.generation == row.generation and video.state == VideoAsset.State.READY:
            close_commission(row)
        else:
            end_commission(row, RemoteEncoding.State.CANCELLED)
    elif row.remote_id:
        encoder.cancel(row.remote_id)
        if end_commission(row, RemoteEncoding.State.CANCELLED):
            logger.info("video_cancelled_elsewhere", video=str(video.pk), generation=row.generation, remote=row.remote_id)
    elif timezone.now() - row.created_at > UNANSWERED:
        end_commission(row, RemoteEncoding.State.CANCELLED, error="Nobody knows whether it was ordered.")


@transaction.atomic
def _give_up(row: RemoteEncoding) -> None:
    VideoAsset.objects.select_for_update().get(pk=row.video_id)
    if end_commission(row, RemoteEncoding.State.CANCELLED, error="It took too long."):
        fail_processing(row.video_id, generation=row.generation, code="interrupted")


def _find(encoder: str, remote_id: str, video_id: UUID | None, generation: int | None) -> RemoteEncoding | None:
    rows = RemoteEncoding.objects.filter(encoder=encoder)
    found = rows.filter(remote_id=remote_id).first()
    if found is None and video_id is not None and generation is not None:
        found = rows.filter(video=video_id, generation=generation, remote_id="").first()
    return found


def _locked(row: RemoteEncoding) -> tuple[VideoAsset, RemoteEncoding]:
    """The video first, as everywhere."""
    video = VideoAsset.objects.select_for_update().get(pk=row.video_id)
    return video, RemoteEncoding.objects.select_for_update().get(pk=row.pk)


def _show_progress(video: VideoAsset, row: RemoteEncoding) -> None:
    progress = PERCENT_ELSEWHERE * row.percent // 100
    if video.is_remade:
        video.remake = video.remake | {"progress": max(progress, video.remake.get("progress", 0))}
        video.save(update_fields=["remake"])
    elif progress > video.progress:
        video.progress = progress
        video.save(update_fields=["progress"])
