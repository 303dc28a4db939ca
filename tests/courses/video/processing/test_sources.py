"""What comes out of every kind of source, checked by a checker of its own (R177, R181)."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import pytest
from PIL import Image, ImageStat

from courses.video.encoders.base import AUDIO
from courses.video.models import VideoAsset, VideoRendition
from kit.jobs.testing import run_all
from tests.courses.video.processing.checker import Track, decode, read_track
from tests.courses.video.processing.clips import CLIPS, Clip
from tests.courses.video.processing.conftest import Uploaded

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: clip.name)
def test_a_source_becomes_streams_that_pass_the_checker(clip: Clip, uploaded: Uploaded, store: Path, tmp_path: Path) -> None:
    video = uploaded(clip.name)
    run_all()
    video.refresh_from_db()
    assert (video.state, video.error, video.progress) == (VideoAsset.State.READY, "", 100)
    rows = {row.quality: row for row in VideoRendition.objects.filter(video=video)}
    assert all(row.is_complete and row.generation == video.generation for row in rows.values())
    assert (AUDIO in rows) == clip.has_sound == video.has_audio
    sound = rows.pop(AUDIO, None)
    pictures = sorted(rows.values(), key=lambda row: row.width * row.height)
    assert [(row.width, row.height) for row in pictures] == list(clip.sizes)

    tracks = [check_files(row, store, tmp_path) for row in pictures]
    for row, track in zip(pictures, tracks, strict=True):
        assert (track.kind, track.width, track.height, track.codec) == ("vide", row.width, row.height, row.codecs)
        assert row.frame_rate == pytest.approx(float(clip.rate))
        check_picture(track, clip)
    # Rungs may be changed at each segment, and at each key frame.
    assert all(track.starts == tracks[0].starts and track.keys == tracks[0].keys and track.ends == tracks[0].ends for track in tracks)
    assert video.duration_ms == pytest.approx(float(tracks[0].ends[-1]) * 1000, abs=1)
    if sound is not None:
        check_sound(check_files(sound, store, tmp_path), sound, tracks[0], clip)
    check_stills(video, store)


def check_files(row: VideoRendition, store: Path, tmp_path: Path) -> Track:
    """Each file that the row names is there, of the size and length that it says; where one try did it all no other is."""
    folder = store / row.video.folder
    files = [folder / row.segment_name(number) for number in range(len(row.segments))]
    if row.segments[-1][2] == 1:
        assert {str(file.relative_to(folder)) for file in folder.glob(f"*/{row.quality}/*")} == row.file_names()
    header, segments = (folder / row.header_name).read_bytes(), [file.read_bytes() for file in files]
    track = read_track(header, segments)
    assert [size for _, size, _ in row.segments] == [len(segment) for segment in segments]
    for (milliseconds, *_), start, end in zip(row.segments, track.starts, track.ends, strict=True):
        assert milliseconds == pytest.approx(float(end - start) * 1000, abs=1)
    assert sum(milliseconds for milliseconds, *_ in row.segments) == pytest.approx(float(track.ends[-1]) * 1000, abs=1)
    length = float(track.ends[-1])
    assert row.bitrate == pytest.approx(sum(len(segment) for segment in segments) * 8 / length, rel=0.01)
    assert row.size_bytes == sum(len(segment) for segment in segments)
    assert row.peak_bitrate >= row.bitrate
    found = decode(header + b"".join(segments), tmp=str(tmp_path / "whole.mp4"))
    if row.quality != AUDIO:
        assert found["rate"] == pytest.approx(row.frame_rate, abs=0.01)
    return track


def check_picture(track: Track, clip: Clip) -> None:
    gop = round(clip.rate * 2) / clip.rate
    assert track.first_shown == 0
    assert float(track.ends[-1]) == pytest.approx(clip.seconds, abs=0.12)
    assert track.frames == track.ends[-1] * clip.rate, "one frame for each tick of a constant rate"
    assert track.keys == [gop * number for number in range(len(track.keys))]
    assert track.starts == [3 * gop * number for number in range(len(track.starts))]
    assert len(track.keys) == -(-track.ends[-1] // gop)


def check_sound(track: Track, row: VideoRendition, picture: Track, clip: Clip) -> None:
    assert (track.kind, track.timescale, row.codecs) == ("soun", 48000, "mp4a.40.2")
    assert abs(track.ends[-1] - picture.ends[-1]) < Fraction(1, 4)
    assert len(track.starts) <= len(picture.starts) + 1
    for start, other in zip(track.starts, picture.starts, strict=False):
        assert abs(start - other) <= Fraction(1024, 48000), "cut where the picture is, to a frame of sound"


def check_stills(video: VideoAsset, store: Path) -> None:
    with Image.open(io.BytesIO((store / video.poster).read_bytes())) as poster:
        assert poster.format == "WEBP"
        assert poster.width / poster.height == pytest.approx((video.width or 0) / (video.height or 1), rel=0.03)
        assert ImageStat.Stat(poster.convert("L")).stddev[0] > 10
    sheet = video.storyboard
    with Image.open(store / sheet["file"]) as tiles:
        assert tiles.size == (sheet["columns"] * sheet["width"], sheet["rows"] * sheet["height"])
    shown = sheet["columns"] * sheet["rows"]
    assert (shown - sheet["columns"]) * sheet["interval_ms"] < (video.duration_ms or 0) <= shown * sheet["interval_ms"] + 1
