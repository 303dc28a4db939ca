"""The same on S3, before a server that checks signatures: the source is fetched once, each file is stored as itself."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from accounts.models import User
from courses.video.models import VideoAsset, VideoRendition
from courses.video.outputs import generations_in_store, keep_file
from courses.video.reasons import Trouble
from courses.video.services.generations import sweep_generations
from kit.jobs.testing import run_all
from tests.courses.video.processing.checker import read_track
from tests.courses.video.processing.clips import BY_NAME, make_clip
from tests.courses.video.processing.conftest import enqueue_processing
from tests.factories.stores import stores_in
from tests.kit.signed_s3 import ACCESS_KEY, REGION, SECRET_KEY, SignedS3

pytestmark = pytest.mark.django_db


@pytest.fixture
def s3(settings: Any, tmp_path: Path) -> Iterator[SignedS3]:
    server = SignedS3(f"atelier-{secrets.token_hex(4)}")
    bucket(server).create_bucket(Bucket=server.bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    settings.STORAGES = stores_in(tmp_path, server.environment())
    yield server
    server.stop()


def bucket(server: SignedS3) -> Any:
    key = {"aws_access_key_id": ACCESS_KEY, "aws_secret_access_key": SECRET_KEY, "region_name": REGION, "endpoint_url": server.url}
    return boto3.client("s3", **key)


def content(server: SignedS3, name: str) -> bytes:
    body: bytes = bucket(server).get_object(Bucket=server.bucket, Key=f"private/{name}")["Body"].read()
    return body


def names(server: SignedS3) -> set[str]:
    listed = bucket(server).list_objects_v2(Bucket=server.bucket, Prefix="private/").get("Contents", ())
    return {entry["Key"].removeprefix("private/") for entry in listed}


def test_a_video_on_s3_is_processed_and_its_dead_generations_are_swept(s3: SignedS3, ada: User, clips: Path, tmp_path: Path) -> None:
    video = VideoAsset(owner=ada, name="S3", state=VideoAsset.State.PROCESSING, generation=1)
    video.original_file = f"videos/{video.pk.hex}/original"
    video.save()
    bucket(s3).upload_file(str(make_clip(BY_NAME["60 frames"], clips)), s3.bucket, f"private/{video.original_file}")
    enqueue_processing(video)
    run_all()
    video.refresh_from_db()
    assert video.state == VideoAsset.State.READY, video.error
    fetched = [line for line in s3.gate.passed if line.startswith("GET") and line.endswith("/original")]
    assert len(fetched) == 1, "the source is read once"

    named = {video.original_file, video.poster, video.storyboard["file"]}
    for row in VideoRendition.objects.filter(video=video):
        files = [f"{video.folder}/{row.segment_name(at)}" for at in range(len(row.segments))]
        header = f"{video.folder}/{row.header_name}"
        track = read_track(content(s3, header), [content(s3, file) for file in files])
        assert track.codec == row.codecs
        named |= {header, *files}
    assert names(s3) == named
    kind = bucket(s3).head_object(Bucket=s3.bucket, Key=f"private/{video.folder}/1-1/audio/0.m4s")["ContentType"]
    assert kind == "video/iso.segment"

    left = tmp_path / "0.m4s"
    left.write_bytes(b"left")
    keep_file(left, f"videos/{video.pk.hex}/0/360p/0.m4s")
    assert generations_in_store(video.pk) == [0, 1]
    assert sweep_generations() == 1
    assert names(s3) == named


def test_a_file_that_is_written_again_is_replaced(s3: SignedS3, tmp_path: Path) -> None:
    for text in (b"once", b"again"):
        path = tmp_path / "0.m4s"
        path.write_bytes(text)
        keep_file(path, "videos/x/1/360p/0.m4s")
    assert names(s3) == {"videos/x/1/360p/0.m4s"}
    assert content(s3, "videos/x/1/360p/0.m4s") == b"again"


def test_a_store_that_is_away_is_trouble_and_not_the_videos_fault(s3: SignedS3, tmp_path: Path) -> None:
    path = tmp_path / "0.m4s"
    path.write_bytes(b"x")
    bucket(s3).delete_bucket(Bucket=s3.bucket)
    with pytest.raises(Trouble) as trouble:
        keep_file(path, "videos/x/1/360p/0.m4s")
    assert trouble.value.code == "storage"
