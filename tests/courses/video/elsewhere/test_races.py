"""A message and an answer that come at once, on real connections, and say different things: one of them is believed."""

from __future__ import annotations

from functools import partial

import pytest

from accounts.models import User
from courses.video.encoders import Report
from courses.video.models import RemoteEncoding, VideoAsset
from courses.video.services import remote
from courses.video.services.remote import hear_report
from kit.jobs.models import Job
from tests import threads
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)
ID = "1536964333549-job0"


@pytest.fixture
def encoding(ada: User) -> RemoteEncoding:
    video = VideoAsset.objects.create(owner=ada, name="Serifs", state=VideoAsset.State.PROCESSING, generation=1)
    return RemoteEncoding.objects.create(
        video=video, generation=1, encoder="mediaconvert", remote_id=ID, state=RemoteEncoding.State.RUNNING
    )


def hear_both() -> tuple[list[object], str, str, int]:
    """What each heard, and how row, video and jobs stand after that."""
    reports = (Report("made", 100), Report("failed", code="encoder", detail="x"))
    heard = at_once(*(partial(hear_report, report, encoder="mediaconvert", remote_id=ID) for report in reports))
    return heard, RemoteEncoding.objects.get().state, VideoAsset.objects.get().state, Job.objects.count()


def test_only_one_of_two_ends_is_believed(encoding: RemoteEncoding, monkeypatch: pytest.MonkeyPatch) -> None:
    threads.meet(monkeypatch, remote, "_locked")
    assert hear_both() in (
        ([True, False], "made", "processing", 1),
        ([False, True], "failed", "failed", 0),
    )


def test_without_the_lock_both_are(encoding: RemoteEncoding, monkeypatch: pytest.MonkeyPatch) -> None:
    def unlocked(row: RemoteEncoding) -> tuple[VideoAsset, RemoteEncoding]:
        return VideoAsset.objects.get(pk=row.video_id), RemoteEncoding.objects.get(pk=row.pk)

    monkeypatch.setattr(remote, "_locked", unlocked)
    threads.meet(monkeypatch, remote, "_locked", unlocked=True)
    heard, *_state = hear_both()
    assert heard not in ([True, False], [False, True])


def test_the_same_end_told_twice_at_once_is_taken_over_once(encoding: RemoteEncoding) -> None:
    tell = partial(hear_report, Report("made", 100), encoder="mediaconvert", remote_id=ID)
    assert sorted(at_once(tell, tell, tell), key=str) == [False, False, True]
    assert Job.objects.count() == 1
