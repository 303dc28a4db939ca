"""Subtitles that a program writes: asked for on the video's page, made by a job, an owner's to replace or delete."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse

from accounts.models import User
from courses.video.checks import check_videos
from courses.video.errors import BadCaptions, NobodyWrites, NotPlayable
from courses.video.models import Caption, CaptionOrder, VideoAsset
from courses.video.reasons import REASONS
from courses.video.services.captions import save_captions
from courses.video.services.transcribing import order_captions
from kit.events.testing import deliver_all
from kit.jobs.models import Job
from kit.jobs.running import cancel_job, work
from kit.jobs.testing import run_all
from tests.courses.video.processing.conftest import Uploaded

pytestmark = pytest.mark.django_db

WORDS = "1\n00:00:00,000 --> 00:00:00,400\nHello, <b>letters</b> <script>alert(1)</script>\n"
PROGRAM = """
import os, sys, wave
audio, language, output = sys.argv[1:4]
with wave.open(audio) as sound:
    assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (16000, 1, 2)
    assert 0.3 < sound.getnframes() / 16000 < 1
assert language == "pt", language
assert not [name for name in os.environ if "SECRET" in name or "DATABASE" in name]
assert sys.stdin.read() == ""
"""
Program = Callable[[str], None]


@pytest.fixture
def program(settings: Any, tmp_path: Path) -> Program:
    """Sets up a transcriber that does what is written here, after having looked at what it was given."""

    def make(does: str) -> None:
        script = tmp_path / "transcriber.py"
        script.write_text(PROGRAM + does)
        settings.VIDEO_TRANSCRIBER_COMMAND = f"{sys.executable} {script} {{audio}} {{language}} {{output}}"

    return make


WRITES = f"open(output + '.srt', 'w').write({WORDS!r})"


@pytest.fixture
def video(uploaded: Uploaded, client: Client, ada: User) -> VideoAsset:
    found = uploaded("half a second")
    run_all()
    found.refresh_from_db()
    client.force_login(ada)
    return found


def page_of(client: Client, video: VideoAsset) -> str:
    return client.get(reverse("video", args=[video.pk])).content.decode()


def test_where_nothing_is_set_up_nothing_is_offered(video: VideoAsset, client: Client, ada: User) -> None:
    assert "Write subtitles" not in page_of(client, video)
    assert client.post(reverse("video_captions_written", args=[video.pk]), {"language": "en"}).status_code == 404
    with pytest.raises(NobodyWrites):
        order_captions(video, by=ada, language="en")
    assert not CaptionOrder.objects.exists()


def test_an_owner_presses_a_button_and_finds_subtitles(video: VideoAsset, client: Client, program: Program, scratch: Path) -> None:
    program(WRITES)
    assert "Write subtitles" in page_of(client, video)
    address = reverse("video_captions_written", args=[video.pk])
    answer = client.post(address, {"language": "pt-BR"})
    assert (answer.status_code, answer["Location"]) == (302, f"{reverse('video', args=[video.pk])}#captions")
    page = page_of(client, video)
    assert "Português (Brasil)" in page
    assert f'hx-get="{address}"' in page
    assert client.post(address, {"language": "pt-BR"}).status_code == 302
    job = Job.objects.get(name="video.captions")
    assert (job.queue, job.owner) == ("video", f"user:{video.owner_id}")
    run_all()
    fragment = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert "made by machine" in fragment
    assert "every 3s" not in fragment
    caption = Caption.objects.get()
    assert (caption.language, caption.is_automatic) == ("pt-BR", True)
    assert "Hello, <b>letters</b>" in caption.webvtt
    assert "<script>" not in caption.webvtt
    assert list(scratch.glob("atelier-video-*")) == []
    # Replaced by what somebody wrote, they are theirs; the program does not touch them any more.
    save_captions(video, by=video.owner, language="pt-BR", raw=WORDS.encode())
    assert not Caption.objects.get().is_automatic
    refused = client.post(address, {"language": "pt-BR"})
    assert refused.status_code == 422
    assert "There are subtitles in this language." in refused.content.decode()


def test_strangers_cannot_ask(video: VideoAsset, client: Client, program: Program, cleo: User, ben: User) -> None:
    program(WRITES)
    address = reverse("video_captions_written", args=[video.pk])
    User.objects.filter(pk=cleo.pk).update(creator_since=Now())
    client.force_login(cleo)
    assert {client.post(address, {"language": "pt"}).status_code, client.get(address).status_code} == {404}
    client.force_login(ben)
    assert client.post(address, {"language": "pt"}).status_code in (302, 403)
    assert not CaptionOrder.objects.exists()


@pytest.mark.parametrize("language", ["", "english", "x" * 9, "../pt", "pt; rm"])
def test_a_language_is_named_by_its_tag(language: str, video: VideoAsset, client: Client, program: Program) -> None:
    program(WRITES)
    assert client.post(reverse("video_captions_written", args=[video.pk]), {"language": language}).status_code == 422
    assert not Job.objects.filter(name="video.captions").exists()


@pytest.mark.parametrize(
    ("does", "code", "is_tried_again"),
    [
        ("open(output + '.vtt', 'w').write('WEBVTT\\n')", "no_words", False),
        ("open(output + '.vtt', 'w').write('WEBVTT\\n\\nnoon --> dusk\\nhello\\n')", "transcriber", False),
        ("open(output + '.vtt', 'wb').write(b'0 --> 1' * 2**20)", "transcriber", False),
        ("os.symlink('/etc/passwd', output + '.vtt')", "transcriber", True),
        ("sys.exit('the model is missing')", "transcriber", True),
        ("", "transcriber", True),
        ("open(output + '.vtt', 'wb').truncate(2**31)", "transcriber", True),
        ("bytes(2**33)", "transcriber", True),
    ],
    ids=["silence", "no times", "too long", "a link", "an error", "nothing", "a giant file", "much memory"],
)
def test_what_goes_wrong_is_said(
    does: str, code: str, is_tried_again: bool, video: VideoAsset, client: Client, program: Program, settings: Any
) -> None:
    program(does)
    settings.VIDEO_TRANSCRIBER_MEMORY_BYTES = 2**30
    order_captions(video, by=video.owner, language="pt")
    work("video")
    assert (CaptionOrder.objects.get().state == "writing") == is_tried_again
    for _ in range(2 if is_tried_again else 0):
        Job.objects.update(due_at=Now())
        work("video")
    order = CaptionOrder.objects.get()
    assert (order.state, order.error_code, order.error) == ("failed", code, str(REASONS[code]))
    assert Job.objects.get(name="video.captions").state == Job.State.FAILED
    assert str(REASONS[code]) in page_of(client, video)
    assert not Caption.objects.exists()
    # It can be asked again.
    program(WRITES)
    assert order_captions(video, by=video.owner, language="pt").number == 2
    run_all()
    assert Caption.objects.get().is_automatic


def test_what_somebody_uploaded_meanwhile_is_left_alone(video: VideoAsset, program: Program) -> None:
    program(WRITES)
    order_captions(video, by=video.owner, language="pt")
    save_captions(video, by=video.owner, language="pt", raw=b"1\n00:00:00,000 --> 00:00:01,000\nMine\n")
    with pytest.raises(BadCaptions):
        order_captions(video, by=video.owner, language="pt")
    work("video")
    assert "Mine" in Caption.objects.get().webvtt
    assert CaptionOrder.objects.get().error_code == "captions_exist"


def test_a_stopped_job_is_said(video: VideoAsset, program: Program, mo: User) -> None:
    program(WRITES)
    order_captions(video, by=video.owner, language="pt")
    cancel_job(Job.objects.get(name="video.captions"), by=mo)
    deliver_all()
    assert CaptionOrder.objects.get().error_code == "cancelled"


def test_settings_may_ask_for_each_new_video(uploaded: Uploaded, program: Program, settings: Any) -> None:
    program(WRITES)
    settings.VIDEO_TRANSCRIBER_AUTOMATIC, settings.LANGUAGE_CODE = True, "pt-br"
    video, silent = uploaded("half a second"), uploaded("no sound")
    with pytest.raises(NotPlayable):
        order_captions(video, by=video.owner, language="pt")
    run_all()
    deliver_all()
    run_all()
    caption = Caption.objects.get()
    assert (caption.video_id, caption.language, caption.is_automatic) == (video.pk, "pt", True)
    assert not CaptionOrder.objects.filter(video=silent).exists()


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("", []),
        (f"{sys.executable} {{audio}} {{output}}", []),
        (f"{sys.executable} -o {{folder}} {{audio}}", []),
        (f"{sys.executable} {{audio}}", ["video.E021"]),
        (f"{sys.executable} '{{audio}}", ["video.E020"]),
        ("no-such-program {audio} {output}", ["video.W020"]),
    ],
)
def test_what_the_setting_lacks_is_said(command: str, said: list[str], settings: Any) -> None:
    settings.VIDEO_TRANSCRIBER_COMMAND = command
    assert [message.id for message in check_videos(None)] == said
