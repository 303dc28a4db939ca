"""Videos that MediaConvert encodes, from the file to the playlist, and all that may go wrong on the way there and back."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from courses.video.encoders import Commission, MediaConvertEncoder
from courses.video.encoders.mediaconvert import reason_of
from courses.video.models import RemoteEncoding, VideoAsset, VideoRendition
from courses.video.reasons import REASONS, Trouble
from courses.video.services.commissions import encoder_for, read_commission
from courses.video.services.processing import process_video, retry_processing
from courses.video.services.remote import PATIENCE, ask_remote_encoders
from courses.video.services.shelf import remove_video
from kit.events.testing import deliver_all
from kit.jobs.models import Job
from kit.jobs.running import claim_next, work
from kit.jobs.testing import run_all
from tests.courses.video.elsewhere.conftest import Arrived, client_of, place_order
from tests.courses.video.elsewhere.mediaconvert import MediaConvert
from tests.courses.video.elsewhere.sns import ADDRESS, Sns
from tests.courses.video.processing.checker import decode, read_track
from tests.courses.video.processing.clips import BY_NAME
from tests.kit.signed_s3 import ACCESS_KEY, REGION, SECRET_KEY, SignedS3

pytestmark = pytest.mark.django_db


def tell(body: bytes) -> int:
    return Client().post(ADDRESS, body, content_type="text/plain; charset=UTF-8").status_code


def a_while_later() -> int:
    """Beat's minute has passed."""
    RemoteEncoding.objects.update(asked_at=timezone.now() - timedelta(minutes=2))
    return ask_remote_encoders()


def content(server: SignedS3, name: str) -> bytes:
    body: bytes = client_of(server).get_object(Bucket=server.bucket, Key=f"private/{name}")["Body"].read()
    return body


def names(server: SignedS3, video: VideoAsset) -> set[str]:
    listed = client_of(server).list_objects_v2(Bucket=server.bucket, Prefix=f"private/videos/{video.pk.hex}/").get("Contents", ())
    return {entry["Key"].removeprefix("private/") for entry in listed}


def check_streams(server: SignedS3, video: VideoAsset, clip: str, tmp_path: Path) -> None:
    """What is played, by the addresses of the playlists, is whole, cut alike and of the right length."""
    expected = BY_NAME[clip]
    browser = Client()
    browser.force_login(video.owner)
    base = reverse("video_play", args=[video.pk, "x"]).removesuffix("x")
    master = browser.get(f"{base}master.m3u8").content.decode()
    sizes = [tuple(map(int, size)) for size in re.findall(r"RESOLUTION=(\d+)x(\d+)", master)]
    assert sizes == list(expected.sizes)
    assert {float(rate) for rate in re.findall(r"FRAME-RATE=([\d.]+)", master)} == {round(float(expected.rate), 3)}
    tracks = {}
    for address in re.findall(r'^(?!#).+m3u8$|URI="([^"]+)"', master, re.M) and re.findall(r"/[^\s\"]+\.m3u8", master):
        playlist = browser.get(address).content.decode()
        assert "#EXT-X-ENDLIST" in playlist
        files = re.findall(r'URI="([^"]+)"', playlist) + re.findall(r"^(?!#).+$", playlist, re.M)
        header, *segments = [content(server, f"{video.folder}/{file}") for file in files]
        track = read_track(header, segments)
        lengths = [float(length) for length in re.findall(r"#EXTINF:([\d.]+)", playlist)]
        assert lengths == pytest.approx([float(end - start) for start, end in zip(track.starts, track.ends, strict=True)], abs=0.002)
        tracks[address.rpartition("/")[2].removesuffix(".m3u8")] = track
        heard = decode(b"".join([header, *segments]), tmp=str(tmp_path / "stream.mp4"))
        assert track.codec in master
        if track.kind == "soun":
            assert heard["loudness"] == pytest.approx(-16, abs=1.5)
    pictures = [track for track in tracks.values() if track.kind == "vide"]
    assert len({tuple(track.starts) for track in pictures}) == 1, "the rungs are cut at the same pictures"
    assert all(float(track.ends[-1]) == pytest.approx(expected.seconds, abs=0.25) for track in tracks.values())
    assert ("audio" in tracks) is expected.has_sound


def test_a_video_is_ordered_made_elsewhere_told_of_and_played(
    away: MediaConvert, sns: Sns, on_s3: SignedS3, arrived: Arrived, tmp_path: Path
) -> None:
    video = arrived("29.97 frames")
    run_all()
    job = away.job
    assert not Job.objects.exclude(state=Job.State.FINISHED).exists(), "nobody waits for it"
    assert job.order["userMetadata"] == {"video": video.pk.hex, "generation": "1"}
    assert job.settings["inputs"][0]["fileInput"] == f"s3://{on_s3.bucket}/private/{video.original_file}"

    assert tell(sns.notification(job.event("STATUS_UPDATE", 40))) == 200
    video.refresh_from_db()
    assert (video.state, video.progress, video.is_playable) == (VideoAsset.State.PROCESSING, 36, False)

    away.work(begins_at=10)
    finished = sns.notification(job.event("COMPLETE"))
    assert tell(finished) == 200
    assert tell(finished) == 200
    assert Job.objects.filter(name="video.collect").count() == 1, "told twice, taken over once"
    run_all()
    video.refresh_from_db()
    assert (video.state, video.progress, video.encoder) == (VideoAsset.State.READY, 100, "mediaconvert")
    assert video.poster
    assert video.storyboard["columns"] > 1
    check_streams(on_s3, video, "29.97 frames", tmp_path)
    named = {f"{video.folder}/{file}" for row in video.renditions.all() for file in row.file_names()}
    assert names(on_s3, video) == named | {video.original_file, video.poster, video.storyboard["file"]}, "nothing else is left"

    for late in (finished, sns.notification(job.event("STATUS_UPDATE", 50)), sns.notification(job.event("ERROR"))):
        assert tell(late) == 200
    run_all()
    video.refresh_from_db()
    assert (video.state, video.progress) == (VideoAsset.State.READY, 100)
    assert RemoteEncoding.objects.get().state == RemoteEncoding.State.OVER
    assert ask_remote_encoders() == 0


def test_lost_messages_are_made_up_for_by_asking(away: MediaConvert, on_s3: SignedS3, arrived: Arrived, tmp_path: Path) -> None:
    video = arrived("four by three")
    run_all()
    assert ask_remote_encoders() == 0, "it was heard of just now"
    away.progress(50)
    assert a_while_later() == 1
    video.refresh_from_db()
    assert video.progress == 45
    away.work()
    a_while_later()
    run_all()
    video.refresh_from_db()
    assert video.state == VideoAsset.State.READY, video.error
    check_streams(on_s3, video, "four by three", tmp_path)


def test_taking_over_goes_on_where_it_broke_off(away: MediaConvert, on_s3: SignedS3, ordered: Arrived, tmp_path: Path) -> None:
    video = ordered("24 frames")
    away.work()
    a_while_later()
    key = f"private/{video.folder}/mediaconvert/video_90p_000000003.cmfv"
    last = client_of(on_s3).get_object(Bucket=on_s3.bucket, Key=key)["Body"].read()
    client_of(on_s3).delete_object(Bucket=on_s3.bucket, Key=key)
    with pytest.raises(Trouble, match="storage"):
        run_all()
    video.refresh_from_db()
    assert video.is_playable, "what was taken over can be watched meanwhile"
    assert {len(row.segments) for row in video.renditions.exclude(quality="audio")} == {2}

    client_of(on_s3).put_object(Bucket=on_s3.bucket, Key=key, Body=last)
    run_all()
    video.refresh_from_db()
    assert video.state == VideoAsset.State.READY, video.error
    tries = [segment[2] for segment in video.renditions.get(quality="90p").segments]
    assert tries == [1, 1, 2]
    check_streams(on_s3, video, "24 frames", tmp_path)


def test_what_could_not_be_tidied_at_once_is_tidied_later(
    away: MediaConvert, on_s3: SignedS3, ordered: Arrived, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = ordered("half a second")
    away.work()
    a_while_later()

    def refuse(_folder: str) -> None:
        raise Trouble("storage")

    with monkeypatch.context() as patch:
        patch.setattr("courses.video.services.commissions.delete_generation", refuse)
        with pytest.raises(Trouble):
            run_all()
    run_all()
    video.refresh_from_db()
    assert video.state == VideoAsset.State.READY
    assert any("/mediaconvert/" in name for name in names(on_s3, video))
    a_while_later()
    assert not any("/mediaconvert/" in name for name in names(on_s3, video))
    assert RemoteEncoding.objects.get().state == RemoteEncoding.State.OVER


def test_whoever_began_a_video_ends_it(away: MediaConvert, ordered: Arrived, settings: Any, ada: User) -> None:
    video = ordered("half a second")
    settings.VIDEO_ENCODER = "ffmpeg"
    assert encoder_for(video.pk, 1).name == "mediaconvert"
    assert encoder_for(video.pk, 2).name == "ffmpeg"
    settings.VIDEO_ENCODER = "mediaconvert"
    VideoRendition.objects.create(video=video, generation=2, quality="90p", codecs="avc1.64000b")
    assert encoder_for(video.pk, 2).name == "ffmpeg"
    assert encoder_for(video.pk, 3).name == "mediaconvert"


def test_what_is_cut_otherwise_than_ordered_is_not_served(away: MediaConvert, ordered: Arrived) -> None:
    video = ordered("half a second")
    order = away.job.settings
    assert order["outputGroups"][0]["outputGroupSettings"]["cmafGroupSettings"]["segmentLengthControl"] == "GOP_MULTIPLE"
    encoding = RemoteEncoding.objects.get()
    encoding.order["ladder"]["rungs"][0]["width"] = 320
    encoding.save()
    away.work()
    a_while_later()
    Job.objects.filter(name="video.collect").update(max_attempts=1)
    with pytest.raises(Trouble, match="160x90"):
        run_all()
    video.refresh_from_db()
    assert (video.state, video.error_code, video.is_playable) == (VideoAsset.State.FAILED, "encoder", False)
    assert not VideoRendition.objects.filter(video=video).exists()


@pytest.mark.parametrize(
    ("code", "words", "reason"),
    [
        (1010, "Unable to open input file: Failed probe/open: [No parser found for container]", "unknown_codec"),
        (1030, "Video codec [indeo5] is not a supported input video codec", "unknown_codec"),
        (1404, "S3 HeadObject Error: Not Found", "storage"),
        (1010, "Access Denied", "storage"),
        (3403, "Unable to write to output file", "storage"),
        (1999, "Unspecified internal error", "encoder"),
        (None, "", "encoder"),
    ],
)
def test_failures_elsewhere_have_reasons_here(code: int | None, words: str, reason: str) -> None:
    assert reason_of(code, words) == reason
    assert reason in REASONS


def test_a_failure_elsewhere_is_said_and_tried_again(away: MediaConvert, sns: Sns, ordered: Arrived, ada: User) -> None:
    video = ordered("half a second")
    away.fail(1999, "Unspecified internal error")
    assert tell(sns.notification(away.job.event())) == 200
    video.refresh_from_db()
    assert (video.state, video.error_code) == (VideoAsset.State.FAILED, "encoder")
    assert "Unspecified" not in video.error
    assert RemoteEncoding.objects.get().error == "1999: Unspecified internal error"

    again = retry_processing(video, by=ada)
    commission = read_commission(RemoteEncoding.objects.get())
    place_order(again, found=commission.probe, ladder=commission.ladder)
    assert len(away.jobs) == 2, "trying again is another order"


def test_an_order_whose_answer_is_lost_is_placed_again_and_made_once(away: MediaConvert, arrived: Arrived) -> None:
    video = arrived("half a second")
    away.answers_lost = 4
    with pytest.raises(Trouble, match="InternalServerError"):
        run_all()
    assert RemoteEncoding.objects.get().state == RemoteEncoding.State.SUBMITTING
    run_all()
    assert away.asked.count("POST /2017-08-29/jobs") == 5
    assert RemoteEncoding.objects.get().remote_id == away.job.id
    video.refresh_from_db()
    assert video.state == VideoAsset.State.PROCESSING


def test_a_message_may_come_before_the_answer(away: MediaConvert, sns: Sns, arrived: Arrived) -> None:
    arrived("half a second")
    away.answers_lost = 4
    with pytest.raises(Trouble):
        run_all()
    away.work()
    assert tell(sns.notification(away.job.event("COMPLETE"))) == 200
    encoding = RemoteEncoding.objects.get()
    assert (encoding.state, encoding.remote_id) == (RemoteEncoding.State.MADE, away.job.id)
    run_all()
    assert VideoAsset.objects.get().state == VideoAsset.State.READY
    assert len(away.jobs) == 1


def test_a_deleted_video_is_cancelled_elsewhere(away: MediaConvert, sns: Sns, on_s3: SignedS3, ordered: Arrived, ada: User) -> None:
    video = ordered("half a second")
    remove_video(video, by=ada)
    deliver_all()
    assert away.job.status == "CANCELED"
    assert tell(sns.notification(away.job.event())) == 200
    assert RemoteEncoding.objects.get().state == RemoteEncoding.State.CANCELLED
    assert names(on_s3, video) == set()
    asked = len(away.asked)
    a_while_later()
    assert len(away.asked) == asked, "nothing is left to ask about"


def test_a_video_that_is_deleted_while_it_is_ordered_is_cancelled_too(away: MediaConvert, arrived: Arrived, ada: User) -> None:
    video = arrived("half a second")

    class Slow(MediaConvertEncoder):
        def submit(self, commission: Commission) -> str:
            remote_id = super().submit(commission)
            remove_video(video, by=ada)
            deliver_all()
            assert away.job.status == "SUBMITTED", "its name is not known yet"
            return remote_id

    job = claim_next("video")
    assert job is not None
    process_video(job, encoder=Slow())
    assert away.job.status == "CANCELED"


def test_what_cannot_be_stopped_at_once_is_stopped_by_asking(
    away: MediaConvert, ordered: Arrived, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = ordered("half a second")
    with monkeypatch.context() as patch:
        patch.setattr("tests.courses.video.elsewhere.mediaconvert.MediaConvert._cancel", lambda *_: 1 / 0)
        remove_video(video, by=ada)
        with pytest.raises(Trouble):
            deliver_all()
    a_while_later()
    assert away.job.status == "CANCELED"


def test_a_job_that_staff_cancel_at_aws_says_so(away: MediaConvert, ordered: Arrived) -> None:
    video = ordered("half a second")
    away.job.status = "CANCELED"
    a_while_later()
    video.refresh_from_db()
    assert (video.state, video.error_code) == (VideoAsset.State.FAILED, "cancelled")


def test_nobody_waits_for_ever(away: MediaConvert, ordered: Arrived) -> None:
    video = ordered("half a second")
    RemoteEncoding.objects.update(created_at=timezone.now() - PATIENCE - timedelta(minutes=1))
    a_while_later()
    video.refresh_from_db()
    assert (video.state, video.error_code) == (VideoAsset.State.FAILED, "interrupted")
    assert away.job.status == "CANCELED"


def test_a_video_that_is_made_anew_stays_playable_until_the_new_one_is_whole(
    away: MediaConvert, on_s3: SignedS3, arrived: Arrived, ada: User, tmp_path: Path
) -> None:
    video = arrived("half a second")
    Job.objects.all().delete()
    now = timezone.now()
    VideoAsset.objects.update(state=VideoAsset.State.READY, playable_at=now, ready_at=now, duration_ms=500, progress=100)
    retry_processing(video, by=ada)
    run_all()
    away.work()
    a_while_later()
    video.refresh_from_db()
    assert (video.state, video.generation, video.is_playable) == (VideoAsset.State.READY, 1, True)
    assert video.remake["progress"] == 90
    run_all()
    video.refresh_from_db()
    assert (video.state, video.generation, video.remake) == (VideoAsset.State.READY, 2, {})
    check_streams(on_s3, video, "half a second", tmp_path)


def test_a_hostile_file_is_never_ordered(away: MediaConvert, arrived: Arrived, on_s3: SignedS3) -> None:
    video = arrived("half a second")
    client_of(on_s3).put_object(Bucket=on_s3.bucket, Key=f"private/{video.original_file}", Body=b"#EXTM3U\nhttp://127.0.0.1/\n")
    work("video")
    video.refresh_from_db()
    assert (video.state, video.error_code) == (VideoAsset.State.FAILED, "not_a_video")
    assert away.asked == []


def test_the_server_refuses_other_keys_and_orders_that_do_not_fit(away: MediaConvert) -> None:
    """The server itself: it would be worth nothing if it took anything."""

    def client(secret: str) -> Any:
        key = {"aws_access_key_id": ACCESS_KEY, "aws_secret_access_key": secret}
        return boto3.client("mediaconvert", region_name=REGION, endpoint_url=away.url, **key)

    with pytest.raises(ClientError, match="InvalidSignature"):
        client("another").create_job(Role="r", Settings={})
    with pytest.raises(ClientError, match=r"BadRequest.*source"):
        client(SECRET_KEY).create_job(Role="r", Settings={"TimecodeConfig": {"Source": "NEVER"}})
    assert not away.jobs
