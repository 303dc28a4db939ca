"""What a message of MediaConvert's means, once it is known to be one."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from uuid import UUID

import structlog

from courses.video.encoders import MediaConvertEncoder, Report
from courses.video.encoders.mediaconvert import read_report
from courses.video.services.remote import hear_report
from courses.video.sns import SUBSCRIPTION, UNSUBSCRIPTION, Message
from kit.jobs import enqueue

logger = structlog.get_logger(__name__)

CONFIRM_JOB = "video.confirm_topic"


def hear_message(message: Message) -> None:
    """Act on a message of a topic of ours. What is not about a video of this site is heard, and changes nothing."""
    if message.kind == SUBSCRIPTION:
        # A job, since it asks SNS: it is tried again where that does not answer, and done once however often we are asked.
        digest = hashlib.sha256(f"{message.topic}\n{message.token}".encode()).hexdigest()[:40]
        enqueue(CONFIRM_JOB, key=f"sns-confirm:{digest}", params={"topic": message.topic, "token": message.token})
    elif message.kind == UNSUBSCRIPTION:
        logger.warning("sns_subscription_ended", topic=message.topic)
    else:
        _hear_event(message)


def _hear_event(message: Message) -> None:
    try:
        event: Any = json.loads(message.text)
    except (ValueError, RecursionError):
        event = None
    detail = event.get("detail") if isinstance(event, dict) else None
    if not isinstance(detail, dict) or event.get("source") != "aws.mediaconvert":
        logger.info("sns_message_ignored", topic=message.topic)
        return
    remote_id, report = _text(detail, "jobId"), _report(detail)
    if remote_id and report is not None:
        video_id, generation = _named(detail.get("userMetadata"))
        hear_report(report, encoder=MediaConvertEncoder.name, remote_id=remote_id, video_id=video_id, generation=generation)


def _report(detail: dict[str, Any]) -> Report | None:
    """https://docs.aws.amazon.com/mediaconvert/latest/ug/mediaconvert_event_list.html"""
    status = _text(detail, "status")
    if status not in ("PROGRESSING", "STATUS_UPDATE", "COMPLETE", "CANCELED", "ERROR"):
        return None
    progress = detail.get("jobProgress")
    percent = _number(progress.get("jobPercentComplete")) if isinstance(progress, dict) else None
    return read_report(status, percent, _number(detail.get("errorCode")), _text(detail, "errorMessage"))


def _named(metadata: Any) -> tuple[UUID, int] | tuple[None, None]:
    """The video that the job was ordered for, as we wrote it there."""
    try:
        return UUID(hex=metadata["video"]), int(metadata["generation"])
    except (KeyError, TypeError, ValueError, AttributeError):
        return None, None


def _text(detail: dict[str, Any], name: str) -> str:
    value = detail.get(name)
    return value if isinstance(value, str) else ""


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
