"""What settings about encoders and delivery lack, said before a video is lost by it (`manage.py check`, and at each release step)."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.core.files.storage import FileSystemStorage

from courses.video.cdn import read_private_key
from kit.storage import private

ROLE = re.compile(r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$")
TOPIC = re.compile(r"^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$")


@register("video")
def check_videos(app_configs: Sequence[AppConfig] | None, **_options: Any) -> list[CheckMessage]:
    return [*_encoder(), *_delivery(), *_transcriber()]


def _encoder() -> Iterator[CheckMessage]:
    if settings.VIDEO_ENCODER != "mediaconvert":
        return
    if isinstance(private(), FileSystemStorage):
        yield Error("VIDEO_ENCODER is mediaconvert, which reads from S3: set S3_BUCKET and its companions.", id="video.E001")
    if not settings.MEDIACONVERT_ROLE:
        yield Error("MEDIACONVERT_ROLE is missing: name the IAM role by which MediaConvert reads and writes the bucket.", id="video.E002")
    elif not ROLE.match(settings.MEDIACONVERT_ROLE):
        yield Error("MEDIACONVERT_ROLE must be a role's ARN, such as arn:aws:iam::111122223333:role/atelier-mediaconvert.", id="video.E003")
    if not settings.MEDIACONVERT_REGION:
        yield Error("MEDIACONVERT_REGION is missing, and so is S3_REGION: MediaConvert works in the bucket's region.", id="video.E004")
    for topic in settings.MEDIACONVERT_TOPICS:
        if not TOPIC.match(topic):
            yield Error(f"MEDIACONVERT_TOPICS holds {topic!r}, which is no ARN of an SNS topic.", id="video.E005")
    if not settings.MEDIACONVERT_TOPICS:
        yield Warning(
            "MEDIACONVERT_TOPICS is empty: finished videos are noticed by asking once a minute, not by being told.", id="video.W001"
        )


def _delivery() -> Iterator[CheckMessage]:
    if not settings.VIDEO_CDN_URL:
        return
    if isinstance(private(), FileSystemStorage):
        yield Error("VIDEO_CDN_URL is set, but a CDN reads from S3: set S3_BUCKET and its companions.", id="video.E010")
    if not settings.CLOUDFRONT_KEY_PAIR_ID:
        yield Error("CLOUDFRONT_KEY_PAIR_ID is missing although VIDEO_CDN_URL is set: name the public key.", id="video.E011")
    if not settings.CLOUDFRONT_PRIVATE_KEY:
        yield Error("CLOUDFRONT_PRIVATE_KEY is missing although VIDEO_CDN_URL is set: cookies are signed with it.", id="video.E012")
    else:
        try:
            read_private_key(settings.CLOUDFRONT_PRIVATE_KEY)
        except (ValueError, TypeError, OSError) as error:
            yield Error(f"CLOUDFRONT_PRIVATE_KEY holds no RSA key in PEM, and leads to none ({type(error).__name__}).", id="video.E013")
    address, domain = urlsplit(settings.VIDEO_CDN_URL), settings.CLOUDFRONT_COOKIE_DOMAIN.lstrip(".").lower()
    if address.scheme != "https":
        yield Error("VIDEO_CDN_URL must begin with https://: its cookies do not travel unencrypted.", id="video.E014")
    for name, host in (("VIDEO_CDN_URL", address.hostname), ("SITE_URL", urlsplit(settings.SITE_URL).hostname)):
        if not domain or not (host == domain or (host or "").endswith(f".{domain}")):
            yield Error(
                f"CLOUDFRONT_COOKIE_DOMAIN must be a domain that the host of {name} lies below.",
                id="video.E015",
            )
            break


def _transcriber() -> Iterator[CheckMessage]:
    if not settings.VIDEO_TRANSCRIBER_COMMAND:
        return
    try:
        words = shlex.split(settings.VIDEO_TRANSCRIBER_COMMAND)
    except ValueError as error:
        yield Error(f"VIDEO_TRANSCRIBER_COMMAND cannot be split into words: {error}.", id="video.E020")
        return
    if not any("{audio}" in word for word in words) or not any("{output}" in word or "{folder}" in word for word in words):
        yield Error("VIDEO_TRANSCRIBER_COMMAND must hold {audio}, and {output} or {folder}.", id="video.E021")
    # Web processes need not have the program itself, only the workers for videos.
    if shutil.which(words[0]) is None:
        yield Warning(f"VIDEO_TRANSCRIBER_COMMAND names {words[0]!r}, which is not on this machine.", id="video.W020")
