from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from accounts.models import User
from courses.video.encoders import MediaConvertEncoder
from courses.video.ladder import Ladder, make_ladder
from courses.video.models import VideoAsset
from courses.video.probing import Picture, Probe, Sound
from courses.video.services.commissions import order_elsewhere
from tests.courses.video.elsewhere.mediaconvert import ACCOUNT, MediaConvert
from tests.courses.video.elsewhere.sns import TOPIC, Sns
from tests.courses.video.processing.clips import BY_NAME, make_clip
from tests.courses.video.processing.conftest import clips, enqueue_processing, scratch  # noqa: F401
from tests.factories.stores import stores_in
from tests.kit.signed_s3 import ACCESS_KEY, REGION, SECRET_KEY, SignedS3


@pytest.fixture(scope="session")
def bucket() -> Iterator[SignedS3]:
    server = SignedS3(f"atelier-{secrets.token_hex(4)}")
    client_of(server).create_bucket(Bucket=server.bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    yield server
    server.stop()


def client_of(server: SignedS3) -> Any:
    key = {"aws_access_key_id": ACCESS_KEY, "aws_secret_access_key": SECRET_KEY}
    return boto3.client("s3", region_name=REGION, endpoint_url=server.url, **key)


@pytest.fixture
def on_s3(bucket: SignedS3, settings: Any, tmp_path: Path) -> SignedS3:
    """Files lie on S3."""
    settings.STORAGES = stores_in(tmp_path, bucket.environment())
    return bucket


@pytest.fixture(scope="session")
def mediaconvert(bucket: SignedS3) -> Iterator[MediaConvert]:
    server = MediaConvert(bucket)
    yield server
    server.stop()


@pytest.fixture
def away(mediaconvert: MediaConvert, on_s3: SignedS3, settings: Any) -> MediaConvert:
    """Videos are encoded by MediaConvert, which has nothing to do yet."""
    mediaconvert.forget()
    settings.VIDEO_ENCODER = "mediaconvert"
    settings.MEDIACONVERT_ROLE = f"arn:aws:iam::{ACCOUNT}:role/atelier-mediaconvert"
    settings.MEDIACONVERT_REGION = REGION
    settings.MEDIACONVERT_ENDPOINT_URL = mediaconvert.url
    return mediaconvert


@pytest.fixture
def sns(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Sns:
    """A topic of ours."""
    settings.MEDIACONVERT_TOPICS = [TOPIC]
    service = Sns()
    service.connect(monkeypatch)
    return service


Arrived = Callable[[str], VideoAsset]


@pytest.fixture
def arrived(on_s3: SignedS3, clips: Path, ada: User) -> Arrived:  # noqa: F811
    """A video whose file has just arrived in the bucket and whose job waits: of a clip by name."""

    def make(clip: str) -> VideoAsset:
        video = _upload(clip, clips, on_s3, owner=ada)
        enqueue_processing(video)
        return video

    return make


@pytest.fixture
def ordered(away: MediaConvert, clips: Path, ada: User) -> Arrived:  # noqa: F811
    """The same, which has been looked at and ordered already."""

    def make(clip: str) -> VideoAsset:
        video, expected = _upload(clip, clips, away.s3, owner=ada), BY_NAME[clip]
        width, height = expected.sizes[-1]
        picture = Picture(0, "h264", width, height, float(expected.rate), 0, is_hdr=False, is_interlaced=False)
        found = Probe("mov", expected.seconds, picture, Sound(1, "aac", "mono") if expected.has_sound else None)
        ladder = make_ladder(width=width, height=height, frame_rate=picture.frame_rate)
        place_order(video, found=found, ladder=ladder)
        return video

    return make


def place_order(video: VideoAsset, *, found: Probe, ladder: Ladder) -> None:
    assert order_elsewhere(
        video.pk,
        video.generation,
        source=video.original_file,
        folder=f"{video.folder}/mediaconvert",
        found=found,
        ladder=ladder,
        encoder=MediaConvertEncoder(),
    )


def _upload(clip: str, folder: Path, server: SignedS3, *, owner: User) -> VideoAsset:
    path = make_clip(BY_NAME[clip], folder)
    video = VideoAsset(owner=owner, name=clip, state=VideoAsset.State.PROCESSING, generation=1)
    video.original_file, video.original_size_bytes = f"videos/{video.pk.hex}/original", path.stat().st_size
    client_of(server).upload_file(str(path), server.bucket, f"private/{video.original_file}")
    video.save()
    return video
