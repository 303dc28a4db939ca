"""Files that are no videos, or pretend to be: each refused with its reason, nothing read outside, no connection made (R181)."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from courses.video.encoders import FfmpegEncoder
from courses.video.models import VideoAsset, VideoRendition
from courses.video.reasons import REASONS, Unprocessable
from kit.events.testing import deliver_all
from kit.jobs import GiveUp
from kit.jobs.models import Job
from kit.jobs.running import work
from kit.jobs.testing import run_all
from tests.courses.video.processing.clips import BY_NAME, H264, make_clip, picture, run, tone
from tests.courses.video.processing.collector import Collector, order_for
from tests.courses.video.processing.conftest import Uploaded


class Canary:
    """A server on the loopback address that only counts who comes."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.visits = 0
        self.thread = threading.Thread(target=self.listen, daemon=True)
        self.thread.start()

    def listen(self) -> None:
        while True:
            try:
                visitor, _ = self.socket.accept()
            except OSError:
                return
            self.visits += 1
            visitor.close()


@pytest.fixture
def canary() -> Iterator[Canary]:
    bird = Canary()
    yield bird
    bird.socket.shutdown(socket.SHUT_RDWR)
    bird.socket.close()
    bird.thread.join(timeout=5)


def hostile_files(secret: Path, port: int) -> dict[str, bytes]:
    """Each names a file that is not its own, or an address. None may be followed."""
    url, path = f"http://127.0.0.1:{port}/x.ts", str(secret)
    playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{url}\n#EXT-X-ENDLIST\n"
    found = {
        "hls": playlist,
        "hls of a local file": playlist.replace(url, path),
        "hls with a key": playlist.replace("#EXTINF", f'#EXT-X-KEY:METHOD=AES-128,URI="{url}"\n#EXTINF', 1),
        "hls after a byte order mark": "\ufeff" + playlist,
        "hls with concat": playlist.replace(url, f"concat:{url}|file://{path}"),
        "hls with subfile": playlist.replace(url, f"subfile,,start,0,end,64,,:{path}"),
        "concat script": f"ffconcat version 1.0\nfile '{path}'\nduration 5\n",
        "concat of an address": f"ffconcat version 1.0\nfile '{url}'\n",
        "dash": f'<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period><AdaptationSet mimeType="video/mp4">'
        f'<Representation id="1" bandwidth="1"><BaseURL>{url}</BaseURL></Representation></AdaptationSet></Period></MPD>',
        "sdp": f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video {port} RTP/AVP 96\na=rtpmap:96 H264/90000\n",
        "smil": f'<smil><body><video src="{url}"/></body></smil>',
        "asx": f'<asx version="3.0"><entry><ref href="{url}"/></entry></asx>',
        "pls": f"[playlist]\nFile1={url}\nNumberOfEntries=1\n",
        "svg": f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"><image xlink:href="{url}"/></svg>',
        "ffmetadata": f";FFMETADATA1\ntitle={url}\n",
        "image sequence": "/etc/%d.png\n",
        "subtitles": "1\n00:00:00,000 --> 00:00:01,000\nhello\n",
        "web page": f"<!doctype html><video src='{url}'>",
        "script": f"#!/bin/sh\ncurl {url}\n",
        "zip": "PK\x03\x04" + "\0" * 60,
        "picture": "\x89PNG\r\n\x1a\n" + "\0" * 60,
        "mere text": "This is a film about a horse.\n" * 20,
        "one byte": "x",
        "redirecting quicktime": "\0\0\0\x08wide" + f"rmrarmdardrf url {url}",
        "playlist behind ftyp": "\0\0\0\x10ftypmp42\0\0\0\0" + playlist,
        "playlist behind avi": "RIFF\x10\0\0\0AVI " + playlist,
        "concat behind flv": "FLV\x01" + f"ffconcat version 1.0\nfile '{path}'\n",
        "playlist behind ebml": "\x1a\x45\xdf\xa3\x84webm" + playlist,
        "playlist behind mpeg": "\0\0\x01\xba" + playlist,
        "playlist behind ogg": "OggS" + "\0" * 24 + "\x80theora" + playlist,
        "endless nesting": "\0\0\0\x10ftypmp42\0\0\0\0" + "\0\0\x10\0moov\0\0\x0f\xf8trak" * 100,
        "huge boxes": "\0\0\0\x10ftypmp42\0\0\0\0\0\0\0\x01moov\x7f\xff\xff\xff\xff\xff\xff\xff",
    }
    files = {name: text.encode("latin1") if "\ufeff" not in text else text.encode() for name, text in found.items()}
    files["external media"] = quicktime_with_reference(secret, alias=False)
    files["external media by alias"] = quicktime_with_reference(secret, alias=True)
    return files


def quicktime_with_reference(target: Path, *, alias: bool) -> bytes:
    """A film whose pictures lie in another file: `url ` or `alis` in its data references."""

    def box(kind: str, body: bytes) -> bytes:
        return (8 + len(body)).to_bytes(4, "big") + kind.encode() + body

    def words(*numbers: int) -> bytes:
        return b"".join(number.to_bytes(4, "big") for number in numbers)

    name = str(target).encode()
    reference = box(
        "alis" if alias else "url ",
        words(0) + (b"\0" * 150 + b"\0\x12" + len(name).to_bytes(2, "big") + name if alias else b"file://" + name),
    )
    entry = box("mjpa", b"\0" * 6 + b"\0\1" + b"\0" * 16 + (64).to_bytes(2, "big") * 2 + b"\0" * 50)
    table = box("stsd", words(0, 1) + entry) + box("stts", words(0, 1, 10, 100)) + box("stsc", words(0, 1, 1, 1, 1))
    table += box("stsz", words(0, 40, 10)) + box("stco", words(0, 10, *range(0, 400, 40)))
    media = box("vmhd", words(1, 0, 0)) + box("dinf", box("dref", words(0, 1) + reference)) + box("stbl", table)
    handler = box("hdlr", words(0) + b"mhlrvide" + words(0, 0, 0) + b"\0")
    track = box("tkhd", words(7, 0, 0, 1, 0, 1000) + b"\0" * 60) + box(
        "mdia", box("mdhd", words(0, 0, 0, 1000, 1000, 0)) + handler + box("minf", media)
    )
    film = box("mvhd", words(0, 0, 0, 1000, 1000) + b"\0" * 80) + box("trak", track)
    return box("ftyp", b"qt  \0\0\0\0") + box("moov", film)


def test_what_poses_as_a_video_is_refused_without_being_followed(tmp_path: Path, scratch: Path, canary: Canary) -> None:
    secret = tmp_path / "secret.ts"
    run(*f"{picture('64x64', '25', 0.2)} -c:v mpeg2video -f mpegts".split(" "), str(secret))
    before = secret.stat().st_atime_ns
    files = hostile_files(secret, canary.port)
    assert len(files) >= 30
    for name, content in files.items():
        path = tmp_path / "upload.mp4"
        path.write_bytes(content)
        # What is a container by its bytes may be described; there is no picture to be had of it.
        with pytest.raises(Unprocessable) as refusal:
            FfmpegEncoder().encode(order_for(path, scratch), Collector(tmp_path / "out"))
        assert refusal.value.code in REASONS, name
        path.unlink()
    assert canary.visits == 0
    assert secret.stat().st_atime_ns == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("reason", "make"),
    [
        ("empty", lambda clip: b""),
        ("not_a_video", lambda clip: b"%PDF-1.7" + clip[8:]),
        ("corrupt", lambda clip: clip[:2000]),
        ("corrupt", lambda clip: clip[:64] + bytes(len(clip) - 64)),
    ],
    ids=["zero length", "another kind", "broken off in the header", "zeroed"],
)
def test_a_useless_file_fails_at_once_with_its_reason(reason: str, make: object, uploaded: Uploaded, clips: Path, tmp_path: Path) -> None:
    path = tmp_path / "bad.mp4"
    path.write_bytes(make(make_clip(BY_NAME["60 frames"], clips).read_bytes()))  # type: ignore[operator]
    video = uploaded(path)
    with pytest.raises(GiveUp):
        work("video", reraise=True)
    check_failed(video, reason)
    assert Job.objects.get().state == Job.State.FAILED


@pytest.mark.django_db
def test_a_file_that_breaks_off_is_refused_and_nothing_of_it_is_served(uploaded: Uploaded, tmp_path: Path) -> None:
    path = tmp_path / "cut.mp4"
    run(*f"{picture('160x90', '30', 20)} {H264} -movflags +faststart".split(" "), str(path))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    video = uploaded(path)
    with pytest.raises(GiveUp):
        work("video", reraise=True)
    check_failed(video, "cut_short")


@pytest.mark.django_db
def test_sound_alone_is_no_video(uploaded: Uploaded, tmp_path: Path) -> None:
    path = tmp_path / "song.mp4"
    run(*f"{tone(1)} -c:a aac".split(" "), str(path))
    video = uploaded(path)
    with pytest.raises(GiveUp):
        work("video", reraise=True)
    check_failed(video, "no_picture")


@pytest.mark.django_db
def test_a_file_that_says_it_lasts_for_days_is_refused_before_it_is_decoded(
    uploaded: Uploaded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "long.mp4"
    run(*f"{picture('64x64', '1', 2)} -vf setpts=PTS*50000 -fps_mode passthrough -c:v libx264".split(" "), str(path))
    video = uploaded(path)
    with pytest.raises(GiveUp):
        work("video", reraise=True)
    check_failed(video, "too_long")


@pytest.mark.django_db
def test_a_missing_original_is_said(uploaded: Uploaded, store: Path) -> None:
    video = uploaded("half a second")
    (store / video.original_file).unlink()
    with pytest.raises(GiveUp):
        work("video", reraise=True)
    check_failed(video, "missing")


@pytest.mark.django_db
def test_one_bad_video_does_not_hold_up_the_next(uploaded: Uploaded, tmp_path: Path) -> None:
    path = tmp_path / "bad.mp4"
    path.write_bytes(b"")
    bad, good = uploaded(path), uploaded("half a second")
    work("video")
    run_all()
    check_failed(bad, "empty")
    good.refresh_from_db()
    assert good.state == VideoAsset.State.READY


def check_failed(video: VideoAsset, reason: str) -> None:
    deliver_all()
    video.refresh_from_db()
    assert (video.state, video.error_code) == (VideoAsset.State.FAILED, reason)
    assert video.error == str(REASONS[reason])
    assert video.playable_at is None
    assert not video.poster
    assert not VideoRendition.objects.filter(video=video).exists()
