"""Uploads in parts, on the local disk and on S3, by the same services."""

from __future__ import annotations

import secrets
import threading
import tracemalloc
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest
from django.core.files.storage import Storage, storages
from django.db import connections
from django.test import Client
from django.utils import timezone

from accounts.models import User
from courses.video import limits
from courses.video.errors import BadUpload, QuotaReached, UploadIncomplete, UploadOver
from courses.video.limits import part_bytes_for, used_bytes
from courses.video.models import UploadPart, UploadSession, VideoAsset, VideoRendition
from courses.video.services import sweeping, uploads
from courses.video.services.shelf import remove_video
from courses.video.services.sweeping import sweep_uploads
from courses.video.services.uploads import abandon_upload, complete_upload, create_upload_session, sign_parts, upload_standing
from courses.video.stores import upload_store
from kit.events.testing import deliver_all
from kit.jobs.models import Job
from kit.storage import private
from tests.courses.video.uploading import MIB, announce, file_of, files_below, part_of, put, put_part, upload_whole
from tests.factories.stores import stores_in
from tests.kit.signed_s3 import ACCESS_KEY, REGION, SECRET_KEY, SignedS3

PART = MIB
"""S3 takes no part below 5 MiB that is not the last, nor do we make one; here they are smaller, to be quick."""
CONTENT = file_of(2 * PART + 12345)
SHORTER = file_of(PART + 100)


@pytest.fixture(scope="module")
def server() -> Iterator[SignedS3]:
    started = SignedS3(f"atelier-{secrets.token_hex(4)}")
    key = {"aws_access_key_id": ACCESS_KEY, "aws_secret_access_key": SECRET_KEY, "region_name": REGION, "endpoint_url": started.url}
    boto3.client("s3", **key).create_bucket(Bucket=started.bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    yield started
    started.stop()


@pytest.fixture(scope="module")
def bucket(server: SignedS3, tmp_path_factory: pytest.TempPathFactory) -> Storage:
    """Made once: a client of S3 takes half a second to begin."""
    return storages.create_storage(stores_in(tmp_path_factory.mktemp("unused"), server.environment())["default"])


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LEAST_PART", PART)
    monkeypatch.setattr("moto.s3.models.S3_UPLOAD_PART_MIN_SIZE", PART)


@pytest.fixture(params=["local", "s3"])
def store(request: pytest.FixtureRequest, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The private store is a folder, then a bucket whose server checks signatures."""
    settings.STORAGES = stores_in(tmp_path)
    if request.param == "s3":
        monkeypatch.setitem(storages._storages, "default", request.getfixturevalue("bucket"))
    return str(request.param)


@pytest.fixture
def local(settings: Any, tmp_path: Path) -> Path:
    settings.STORAGES = stores_in(tmp_path)
    return tmp_path / "private"


def stored_names() -> list[str]:
    """All that lies in the store below videos/, with unfinished uploads."""
    store = upload_store()
    names = [f"videos/{folder}" for folder in store.folders()]
    if hasattr(store, "client"):
        found = store.client.list_multipart_uploads(Bucket=store.bucket)
        names += [f"upload {one['UploadId']}" for one in found.get("Uploads", ())]
    return sorted(names)


def test_a_file_arrives_in_parts_and_is_handed_to_processing(store: str, ada: User) -> None:  # R178, R179
    session = announce(ada, CONTENT)
    assert (session.part_bytes, session.part_count) == (PART, 3)
    assert upload_standing(session).missing == [1, 2, 3]
    for number in (2, 1, 3):
        assert put_part(session, ada, CONTENT, number) in (200, 204)
    video = complete_upload(session, by=ada)
    assert (video.state, video.name, video.content_type, video.generation) == ("processing", "Kerning", "video/mp4", 1)
    with private().open(video.original_file) as file:
        assert file.read() == CONTENT
    job = Job.objects.get(name="video.process")
    assert (job.key, job.owner, job.queue) == (f"video:{video.pk}:1", f"user:{ada.pk}", "video")
    assert job.params == {"video": str(video.pk), "generation": 1}
    # A lost answer: asked again, nothing is done twice.
    assert complete_upload(session, by=ada).generation == 1
    assert Job.objects.filter(name="video.process").count() == 1


def test_an_upload_goes_on_with_what_is_missing_after_a_reload(store: str, ada: User) -> None:  # R178
    session = announce(ada, CONTENT)
    put_part(session, ada, CONTENT, 1)
    put_part(session, ada, CONTENT, 3)
    again = announce(ada, CONTENT)
    assert again.pk == session.pk
    standing = upload_standing(again)
    assert (standing.missing, standing.received_bytes) == ([2], len(part_of(session, CONTENT, 1)) + len(part_of(session, CONTENT, 3)))
    with pytest.raises(UploadIncomplete) as refusal:
        complete_upload(again, by=ada)
    assert refusal.value.extra["missing"] == [2]
    put_part(session, ada, CONTENT, 2)
    with private().open(complete_upload(again, by=ada).original_file) as file:
        assert file.read() == CONTENT


def test_another_file_or_another_creator_begins_anew(store: str, ada: User, cleo: User) -> None:
    first = announce(ada, CONTENT)
    assert announce(ada, CONTENT, fingerprint="two").pk != first.pk
    assert announce(ada, CONTENT[:-1]).pk != first.pk
    assert announce(cleo, CONTENT).pk != first.pk


def test_a_part_may_be_sent_twice(store: str, ada: User) -> None:
    session = announce(ada, SHORTER)
    for number in (1, 2, 2, 1):
        assert put_part(session, ada, SHORTER, number) in (200, 204)
    with private().open(complete_upload(session, by=ada).original_file) as file:
        assert file.read() == SHORTER


def test_a_part_of_another_length_is_refused(store: str, ada: User) -> None:
    session = announce(ada, CONTENT)
    url = sign_parts(session, by=ada, numbers=[3])[3]
    for body in (part_of(session, CONTENT, 3) + b"x", part_of(session, CONTENT, 3)[:-1], b""):
        if store == "s3":
            status = put(url, content=body).status_code
        else:
            status = Client().put(url, body, content_type="application/octet-stream").status_code
        assert status in (403, 422)
    assert upload_standing(session).missing == [1, 2, 3]


def test_what_is_no_video_is_failed_with_its_reason_and_not_kept(store: str, ada: User) -> None:
    for head in (
        b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
        b"ffconcat version 1.0\nfile '/etc/passwd'\n",
        b"PK\x03\x04",
        b"<svg onload=x>",
    ):
        content = file_of(4000, head=head)
        with pytest.raises(BadUpload) as refusal:
            upload_whole(ada, content, fingerprint=head.hex())
        video = VideoAsset.objects.latest("created_at")
        assert (video.state, video.error, video.original_file) == ("failed", str(refusal.value), "")
        assert f"videos/{video.pk.hex}" not in stored_names()
    assert used_bytes(ada) == 0
    assert not Job.objects.filter(name="video.process").exists()


def test_giving_up_leaves_nothing(store: str, ada: User) -> None:
    session = announce(ada, CONTENT)
    put_part(session, ada, CONTENT, 1)
    abandon_upload(session, by=ada)
    assert not VideoAsset.objects.exists()
    assert not UploadSession.objects.exists()
    sweep_uploads(timezone.now())
    assert stored_names() == []
    with pytest.raises(UploadOver):
        abandon_upload(session, by=ada)
    with pytest.raises(UploadOver):
        complete_upload(session, by=ada)


def test_the_store_holds_what_the_rows_name_after_a_sweep(store: str, ada: User) -> None:
    kept = upload_whole(ada, file_of(5000), fingerprint="kept")
    removed = upload_whole(ada, file_of(5001), fingerprint="removed")
    under_way = announce(ada, CONTENT, fingerprint="under way")
    put_part(under_way, ada, CONTENT, 1)
    forgotten = announce(ada, CONTENT, fingerprint="forgotten")
    put_part(forgotten, ada, CONTENT, 1)
    UploadSession.objects.filter(pk=forgotten.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    orphan = upload_whole(ada, file_of(5002), fingerprint="orphan")
    UploadSession.objects.filter(video=orphan).delete()
    VideoAsset.objects.filter(pk=orphan.pk).delete()
    remove_video(removed, by=ada)
    deliver_all()
    sweep_uploads(timezone.now())
    folders = {f"videos/{kept.pk.hex}"}
    if store == "local":
        folders.add(f"videos/{under_way.video_id.hex}")
        assert set(stored_names()) == folders
    else:
        assert set(stored_names()) == folders | {f"upload {under_way.remote_id}"}
    assert set(VideoAsset.objects.present().values_list("pk", flat=True)) == {kept.pk, under_way.video_id}
    assert used_bytes(ada) == 5000 + len(CONTENT)


def test_an_upload_that_the_store_began_and_nobody_recorded_is_swept(bucket: Storage, ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(storages._storages, "default", bucket)
    known = announce(ada, CONTENT)
    unknown = upload_store().begin(known)
    assert unknown != known.remote_id
    # The fake says of each upload that it was begun in 2010.
    with monkeypatch.context() as patch:
        patch.setattr(sweeping, "UNKNOWN_AFTER", timedelta(days=365 * 50))
        sweep_uploads(timezone.now())
    assert f"upload {unknown}" in stored_names()  # it may be recorded in a moment
    sweep_uploads(timezone.now())
    assert f"upload {unknown}" not in stored_names()
    assert f"upload {known.remote_id}" in stored_names()


# --- Rules --------------------------------------------------------------------------------------------------------------


def test_too_large_empty_and_beyond_the_quota_are_refused(local: Path, ada: User, settings: Any) -> None:
    settings.MAX_VIDEO_BYTES, settings.VIDEO_QUOTA_BYTES = 10 * MIB, 25 * MIB
    for size in (0, -1, 10 * MIB + 1):
        with pytest.raises(BadUpload):
            create_upload_session(by=ada, name="a.mp4", size_bytes=size)
    video = create_upload_session(by=ada, name="a.mp4", size_bytes=10 * MIB).video
    # What was made of originals counts too, of each generation that is still there.
    VideoRendition.objects.create(video=video, generation=1, quality="720p", codecs="avc1", size_bytes=6 * MIB)
    assert used_bytes(ada) == 16 * MIB
    with pytest.raises(QuotaReached):
        create_upload_session(by=ada, name="b.mp4", size_bytes=9 * MIB + 1)
    create_upload_session(by=ada, name="b.mp4", size_bytes=9 * MIB)
    assert VideoAsset.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_announcements_at_once_do_not_pass_the_quota_together(local: Path, ada: User, settings: Any) -> None:
    settings.VIDEO_QUOTA_BYTES = 10 * MIB
    gate = threading.Barrier(4)
    told: list[str] = []

    def announce_one(number: int) -> None:
        try:
            gate.wait(10)
            create_upload_session(by=ada, name=f"{number}.mp4", size_bytes=6 * MIB)
            told.append("kept")
        except QuotaReached:
            told.append("refused")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=announce_one, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(told) == ["kept", "refused", "refused", "refused"]


@pytest.mark.django_db(transaction=True)
def test_two_completions_at_once_hand_it_over_once(local: Path, ada: User) -> None:
    session = announce(ada, SHORTER)
    for number in (1, 2):
        put_part(session, ada, SHORTER, number)
    gate = threading.Barrier(3)
    states: list[str] = []

    def complete_one() -> None:
        try:
            gate.wait(10)
            states.append(complete_upload(session, by=ada).state)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=complete_one) for _number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert states == ["processing"] * 3
    assert Job.objects.filter(name="video.process").count() == 1
    assert VideoAsset.objects.get().generation == 1


def test_parts_have_the_size_that_files_of_twenty_gigabytes_need() -> None:
    assert limits.MOST_PART == 64 * MIB
    twenty = 20 * 1024 * MIB
    assert part_bytes_for(twenty) == 21 * MIB
    assert -(-twenty // part_bytes_for(twenty)) <= limits.MOST_PARTS
    assert part_bytes_for(10**15) == 64 * MIB


def test_a_part_goes_to_the_disk_without_being_held_in_memory(local: Path, ada: User) -> None:
    content_size = 40 * MIB
    session = create_upload_session(by=ada, name="long.mp4", size_bytes=content_size)
    UploadSession.objects.filter(pk=session.pk).update(part_bytes=content_size)
    session.refresh_from_db()

    class Wire:
        left = content_size

        def read(self, size: int, /) -> bytes:
            size = min(size, self.left)
            self.left -= size
            return bytes(size)

    tracemalloc.start()
    try:
        uploads.receive_part(session, 1, source=Wire(), length=content_size)
        assert tracemalloc.get_traced_memory()[1] < 4 * MIB
    finally:
        tracemalloc.stop()
    assert UploadPart.objects.get().size_bytes == content_size


def test_a_part_that_breaks_off_is_missing_even_if_it_was_there_before(local: Path, ada: User) -> None:
    session = announce(ada, CONTENT)
    put_part(session, ada, CONTENT, 1)

    class Broken:
        def __init__(self) -> None:
            self.chunks = [b"\x00" * 1000]

        def read(self, size: int, /) -> bytes:
            return self.chunks.pop() if self.chunks else b""

    with pytest.raises(BadUpload):
        uploads.receive_part(session, 1, source=Broken(), length=session.part_size(1))
    assert 1 in upload_standing(session).missing


def test_the_address_of_a_part_is_good_for_that_part_alone_and_ends(local: Path, ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    session = announce(ada, CONTENT)
    url = sign_parts(session, by=ada, numbers=[1])[1]
    client = Client()
    body = part_of(session, CONTENT, 1)

    def put(address: str) -> int:
        return client.put(address, body, content_type="application/octet-stream").status_code

    assert put(url.replace("/1/", "/2/")) == 404
    assert put(url[:-8] + "AAAA/1/") == 404
    assert client.get(url).status_code == 405
    assert client.post(url, body, content_type="application/octet-stream").status_code == 405
    assert upload_standing(session).missing == [1, 2, 3]
    monkeypatch.setattr("kit.signing.time.time", lambda: timezone.now().timestamp() + 7 * 3600)
    assert put(url) == 410
    monkeypatch.undo()
    assert put(url) == 204
    for number in (2, 3):
        put_part(session, ada, CONTENT, number)
    late = sign_parts(session, by=ada, numbers=[1])[1]
    complete_upload(session, by=ada)
    assert put(late) == 410


def test_nobody_writes_beside_the_videos(local: Path, ada: User) -> None:
    session = announce(ada, CONTENT, name="../../../etc/passwd\x00.mp4")
    put_part(session, ada, CONTENT, 1)
    assert files_below(local) == [f"videos/{session.video_id.hex}/original.part"]
    assert session.file_name == "passwd.mp4"
    upload_store().delete_folder(uuid4().hex)
    with pytest.raises(Exception, match=r"\.\."):
        upload_store().delete_folder("..")
