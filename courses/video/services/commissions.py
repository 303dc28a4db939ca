"""Work that is given to an encoder elsewhere, as rows (`RemoteEncoding`): ordered once, whoever dies in between.

The row is there before the order is placed, and its id is the order's token: a try that died between placing it and noting the
answer places it again and gets the same answer.
"""

from __future__ import annotations

from dataclasses import asdict
from fractions import Fraction
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone

from courses.video.encoders import Commission, Encoder, FfmpegEncoder, RemoteEncoder, get_encoder, get_remote_encoder
from courses.video.ladder import Ladder, Rung
from courses.video.models import RemoteEncoding, VideoAsset, VideoRendition
from courses.video.outputs import delete_generation
from courses.video.probing import Picture, Probe, Sound

logger = structlog.get_logger(__name__)


def encoder_for(video_id: UUID, generation: int) -> Encoder | RemoteEncoder:
    """Who makes this generation: whoever began it, else the one that new processings use."""
    row = RemoteEncoding.objects.filter(video=video_id, generation=generation, ended_at=None).first()
    if row is not None:
        return get_remote_encoder(row.encoder)
    if VideoRendition.objects.filter(video=video_id, generation=generation).exists():
        return FfmpegEncoder()
    return get_encoder()


def order_elsewhere(
    video_id: UUID, generation: int, *, source: str, folder: str, found: Probe, ladder: Ladder, encoder: RemoteEncoder
) -> bool:
    """Have `encoder` make the ladder of `source`, below `folder` in the store. Nobody waits for it: `services.remote` hears of it.

    Safe to call again. False where this generation of the video is not wanted (any more). Raises `Trouble`.
    """
    order = {"source": source, "folder": folder, "probe": asdict(found), "ladder": _ladder_as_json(ladder)}
    row = _intend(video_id, generation, order=order, encoder=encoder.name)
    if row is None:
        return False
    if row.state != RemoteEncoding.State.SUBMITTING:
        return True
    remote_id = encoder.submit(read_commission(row))
    goes_on = _note_placed(row, remote_id)
    logger.info("video_ordered_elsewhere", video=str(video_id), generation=generation, encoder=encoder.name, remote=remote_id)
    if not goes_on:
        encoder.cancel(remote_id)
    return goes_on


def read_commission(row: RemoteEncoding) -> Commission:
    """What was ordered, as it was then."""
    probe, ladder = row.order["probe"], row.order["ladder"]
    return Commission(
        token=row.pk,
        video=row.video_id,
        generation=row.generation,
        source=row.order["source"],
        folder=row.order["folder"],
        probe=Probe(
            demuxer=probe["demuxer"],
            seconds=probe["seconds"],
            picture=Picture(**probe["picture"]),
            sound=Sound(**probe["sound"]) if probe["sound"] else None,
        ),
        ladder=Ladder(tuple(Rung(**rung) for rung in ladder["rungs"]), Fraction(ladder["rate"])),
    )


def is_wanted(video: VideoAsset | None, generation: int) -> bool:
    """Whether this generation is still to be made."""
    if video is None or video.removed_at is not None:
        return False
    if video.is_remade and video.remake["generation"] == generation:
        return True
    return video.generation == generation and video.state == VideoAsset.State.PROCESSING


def made_elsewhere(video_id: UUID, generation: int) -> RemoteEncoding | None:
    """The row of what lies ready to be taken over."""
    return RemoteEncoding.objects.filter(video=video_id, generation=generation, state=RemoteEncoding.State.MADE).first()


def close_commission(row: RemoteEncoding) -> None:
    """All was taken over: the encoder's own files go. Safe to call again. Raises `Trouble`."""
    delete_generation(row.order["folder"])
    end_commission(row, RemoteEncoding.State.OVER)


def end_commission(row: RemoteEncoding, state: RemoteEncoding.State, *, error: str = "") -> bool:
    """False when it had ended before."""
    open_row = RemoteEncoding.objects.filter(pk=row.pk, ended_at=None)
    return bool(open_row.update(state=state, ended_at=timezone.now(), error=error[:500]))


@transaction.atomic
def _intend(video_id: UUID, generation: int, *, order: dict[str, Any], encoder: str) -> RemoteEncoding | None:
    video = VideoAsset.objects.select_for_update().filter(pk=video_id).first()
    if video is None or not is_wanted(video, generation):
        return None
    row, _is_new = RemoteEncoding.objects.get_or_create(video=video, generation=generation, defaults={"order": order, "encoder": encoder})
    return row


@transaction.atomic
def _note_placed(row: RemoteEncoding, remote_id: str) -> bool:
    """Whether it is still wanted. It may have been heard of already, or have ended, before its name came back to us."""
    video = VideoAsset.objects.select_for_update().filter(pk=row.video_id).first()
    locked = RemoteEncoding.objects.select_for_update().get(pk=row.pk)
    if locked.ended_at is not None:
        return False
    if not is_wanted(video, row.generation):
        locked.remote_id = remote_id
        locked.state, locked.ended_at = RemoteEncoding.State.CANCELLED, timezone.now()
        locked.save(update_fields=["remote_id", "state", "ended_at"])
        return False
    if locked.state == RemoteEncoding.State.SUBMITTING:
        locked.remote_id, locked.state, locked.asked_at = remote_id, RemoteEncoding.State.RUNNING, timezone.now()
        locked.save(update_fields=["remote_id", "state", "asked_at"])
    return True


def _ladder_as_json(ladder: Ladder) -> dict[str, Any]:
    return {"rungs": [asdict(rung) for rung in ladder.rungs], "rate": str(ladder.rate)}
