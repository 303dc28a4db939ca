"""The encoder by itself: what it is told to do, and that a run which begins in the middle continues the one before."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path

import pytest

from courses.video.binaries import ffmpeg
from courses.video.encoders import AUDIO, FfmpegEncoder
from courses.video.encoders.ffmpeg import can_tone_map
from courses.video.ladder import make_ladder, steady_rate
from courses.video.loudness import levelling
from courses.video.probing import Picture, Probe, Sound, probe, read_description
from courses.video.reasons import Unprocessable
from courses.video.stills import make_poster
from tests.courses.video.processing.checker import decode, read_track
from tests.courses.video.processing.clips import BY_NAME, H264, make_clip, picture, run, tone
from tests.courses.video.processing.collector import Collector, Stop, order_for


def frames(content: bytes, path: Path) -> list[list[int]]:
    """Each picture as 16 × 9 grey pixels."""
    path.write_bytes(content)
    command = [ffmpeg(), "-v", "error", "-i", str(path), "-vf", "scale=16:9:flags=area,format=gray", "-f", "rawvideo", "-"]
    raw = subprocess.run(command, capture_output=True, check=True, timeout=60).stdout
    return [list(raw[at : at + 144]) for at in range(0, len(raw), 144)]


@pytest.mark.parametrize("name", ["29.97 frames", "variable rate", "24 frames", "ProRes"])
def test_a_run_that_begins_in_the_middle_shows_what_an_unbroken_one_shows(name: str, clips: Path, scratch: Path, tmp_path: Path) -> None:
    path = make_clip(BY_NAME[name], clips)
    whole, broken = Collector(tmp_path / "whole"), Collector(tmp_path / "broken", most=1)
    order = order_for(path, scratch)
    FfmpegEncoder().encode(order, whole)
    with pytest.raises(Stop):
        FfmpegEncoder().encode(order, broken)
    again = Collector(tmp_path / "broken")
    FfmpegEncoder().encode(order_for(path, scratch, done=1), again)
    assert (broken.numbers, again.numbers) == ([0], whole.numbers[1:])
    assert broken.lengths + again.lengths == whole.lengths
    quality = order.ladder.rungs[0].quality
    header, *segments = again.track(quality)
    assert header == whole.track(quality)[0]
    track, expected = read_track(header, segments), read_track(*_split(whole.track(quality)))
    assert (track.starts, track.ends, track.frames, track.keys) == (expected.starts, expected.ends, expected.frames, expected.keys)
    ours = frames(b"".join(again.track(quality)), tmp_path / "a.mp4")
    theirs = frames(b"".join(whole.track(quality)), tmp_path / "b.mp4")
    assert len(ours) == len(theirs) == track.frames
    differences = [max(abs(a - b) for a, b in zip(one, other, strict=True)) for one, other in zip(ours, theirs, strict=True)]
    assert max(differences) < 24, "a picture is not the one that belongs there"


def _split(files: list[bytes]) -> tuple[bytes, list[bytes]]:
    return files[0], files[1:]


def test_a_run_with_nothing_left_to_do_ends_well(clips: Path, scratch: Path, tmp_path: Path) -> None:
    path = make_clip(BY_NAME["60 frames"], clips)
    sink = Collector(tmp_path / "out")
    FfmpegEncoder().encode(order_for(path, scratch, done=2), sink)
    assert sink.numbers == []


@pytest.mark.parametrize("level", ["-15dB", "-6dB", "10dB"])
def test_loud_and_quiet_recordings_come_out_at_minus_16_lufs(level: str, scratch: Path, tmp_path: Path) -> None:
    path = tmp_path / "tone.mp4"
    # Bursts, since a limiter that ate a steady tone would go unnoticed.
    run(*f"{picture('64x64', '5', 6)} {tone(6, level)} {H264} -af tremolo=f=1:d=0.5".split(" "), str(path))
    sink = Collector(tmp_path / "out")
    FfmpegEncoder().encode(order_for(path, scratch), sink)
    found = decode(b"".join(sink.track(AUDIO)), tmp=str(tmp_path / "sound.mp4"))
    assert found["loudness"] == pytest.approx(-16, abs=0.7)
    assert sink.ended == 1


def test_silence_stays_silent(scratch: Path, tmp_path: Path) -> None:
    assert levelling(None) == ""
    path = tmp_path / "silence.mp4"
    run(*f"{picture('64x64', '5', 2)} -f lavfi -i anullsrc=d=2 {H264} -t 2".split(" "), str(path))
    sink = Collector(tmp_path / "out")
    FfmpegEncoder().encode(order_for(path, scratch), sink)
    assert sum(sink.sound) == pytest.approx(2000, abs=100)


def test_sound_stays_with_the_picture(scratch: Path, tmp_path: Path) -> None:
    path = tmp_path / "clap.mp4"
    # White from second 3 on, and a tone from the same moment.
    run(
        *("-f", "lavfi", "-i", "color=black:size=64x64:rate=50:duration=5,drawbox=t=fill:color=white:enable=gte(t\\,3)"),
        *("-f", "lavfi", "-i", "aevalsrc=0.3*sin(2*PI*500*t)*gte(t\\,3):d=5:s=44100"),
        *("-pix_fmt", "yuv420p", "-c:v", "libx264", "-c:a", "aac"),
        str(path),
    )
    sink = Collector(tmp_path / "out")
    order = order_for(path, scratch)
    FfmpegEncoder().encode(order, sink)
    shown = frames(b"".join(sink.track(order.ladder.rungs[0].quality)), tmp_path / "p.mp4")
    flash = next(number for number, pixels in enumerate(shown) if min(pixels) > 128) / 50
    (tmp_path / "s.mp4").write_bytes(b"".join(sink.track(AUDIO)))
    command = [ffmpeg(), "-v", "error", "-i", str(tmp_path / "s.mp4"), "-ac", "1", "-f", "s16le", "-"]
    raw = subprocess.run(command, capture_output=True, check=True, timeout=60).stdout
    heard = next(at for at in range(0, len(raw), 2) if abs(int.from_bytes(raw[at : at + 2], "little", signed=True)) > 3000) / 2 / 48000
    assert flash == pytest.approx(3, abs=0.021)
    assert heard == pytest.approx(3, abs=0.012)


def test_a_poster_is_not_black(scratch: Path, tmp_path: Path) -> None:
    path = tmp_path / "late.mp4"
    run(
        *("-f", "lavfi", "-i", "color=black:size=320x180:rate=10:duration=6"),
        *("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=10:duration=4"),
        *("-filter_complex", "[0][1]concat", "-c:v", "libx264", "-pix_fmt", "yuv420p"),
        str(path),
    )
    poster = make_poster(path, probe(path, scratch=scratch, each=lambda: None), scratch=scratch, each=lambda: None)
    assert poster is not None
    assert max(max(frame) for frame in frames(poster.read_bytes(), tmp_path / "p.webp")) > 100


def test_hdr_is_brought_to_what_screens_show(clips: Path, scratch: Path, tmp_path: Path) -> None:
    assert can_tone_map(), "this ffmpeg has no zscale"
    order = order_for(make_clip(BY_NAME["HEVC, HDR"], clips), scratch)
    assert order.probe.picture.is_hdr
    sink = Collector(tmp_path / "out")
    FfmpegEncoder().encode(order, sink)
    (tmp_path / "p.mp4").write_bytes(b"".join(sink.track(order.ladder.rungs[0].quality)))
    told = subprocess.run(
        [ffmpeg(), "-hide_banner", "-i", str(tmp_path / "p.mp4")], capture_output=True, text=True, check=False, timeout=60
    )
    assert "yuv420p(tv, bt709" in told.stderr
    assert "smpte2084" not in told.stderr


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1920, 1080), ["360p 640x360", "480p 854x480", "720p 1280x720", "1080p 1920x1080"]),
        ((1080, 1920), ["360p 360x640", "480p 480x854", "720p 720x1280", "1080p 1080x1920"]),
        ((3840, 2160), ["360p 640x360", "480p 854x480", "720p 1280x720", "1080p 1920x1080"]),
        ((1280, 720), ["360p 640x360", "480p 854x480", "720p 1280x720"]),
        ((1440, 1080), ["360p 480x360", "480p 640x480", "720p 960x720", "1080p 1440x1080"]),
        ((854, 432), ["360p 712x360", "480p 854x432"]),
        ((320, 180), ["180p 320x180"]),
        ((161, 91), ["90p 160x90"]),
        ((7680, 360), ["360p 4096x192"]),
    ],
)
def test_rungs_have_the_short_side_they_are_named_by_and_nothing_is_scaled_up(size: tuple[int, int], expected: list[str]) -> None:
    ladder = make_ladder(width=size[0], height=size[1], frame_rate=25)
    assert [f"{rung.quality} {rung.width}x{rung.height}" for rung in ladder.rungs] == expected


@pytest.mark.parametrize(
    ("said", "rate"),
    [
        (23.98, Fraction(24000, 1001)),
        (24, 24),
        (29.97, Fraction(30000, 1001)),
        (29.8, Fraction(30000, 1001)),
        (30, 30),
        (27.3, Fraction(30000, 1001)),
        (59.94, Fraction(60000, 1001)),
        (119.88, Fraction(60000, 1001)),
        (240, 60),
        (1, 5),
        (0, 30),
    ],
)
def test_the_constant_rate_is_the_usual_one_that_loses_no_picture(said: float, rate: Fraction) -> None:
    assert steady_rate(said) == rate


def test_segments_last_six_seconds_in_whole_frames() -> None:
    ladder = make_ladder(width=640, height=360, frame_rate=29.97)
    assert (ladder.gop_frames, ladder.segment_frames, ladder.segment_seconds) == (60, 180, Fraction(6006, 1000))


PHONE = """Input #0, mov,mp4,m4a,3gp,3g2,mj2, from 'x':
  Metadata:
    title           : film
                    : Stream #0:9: Video: h264, yuv420p, 9999x9999, 25 fps
    Stream #0:8: Video: h264, yuv420p, 8888x8888, 25 fps : y
  Duration: 00:01:02.50, start: 0.000000, bitrate: 16000 kb/s
  Stream #0:0[0x1](und): Audio: aac (LC) (mp4a / 0x6134706D), 44100 Hz, 5.1(side), fltp, 96 kb/s (default)
  Stream #0:1[0x2](und): Video: hevc (Main 10) (hvc1 / 0x31637668), yuv420p10le(tv, bt2020nc/bt2020/arib-std-b67), 1920x1080, 29.91 fps
    Side data:
      DOVI configuration record: version: 1.0, profile: 8
      Display Matrix: rotation of -90.00 degrees
  Stream #0:2: Video: mjpeg (Baseline), yuvj420p(pc, bt470bg/unknown/unknown), 320x240 [SAR 1:1 DAR 4:3], 90k tbr, 90k tbn (attached pic)
"""


def test_what_ffmpeg_says_of_a_phones_recording_is_understood() -> None:
    assert read_description(PHONE, demuxer="mov") == Probe(
        "mov",
        62.5,
        Picture(stream=1, codec="hevc", width=1080, height=1920, frame_rate=29.91, rotation=270, is_hdr=True, is_interlaced=False),
        Sound(stream=0, codec="aac", layout="5.1(side)"),
    )


CAMERA = """Input #0, mov,mp4,m4a,3gp,3g2,mj2, from 'x':
  Metadata:
    Stream #0:8: Video: h264, yuv420p, 8888x8888, 25 fps : y
  Duration: 00:00:01.00, start: 0.000000, bitrate: 1015 kb/s
  Stream group #0:0[0x3]: Track Reference:
    Stream #0:0[0x1]: Video: h264 (High) (avc1 / 0x31637661), yuv420p(progressive), 160x90 [SAR 1:1 DAR 16:9], 291 kb/s, 25 fps, 25 tbr
      Metadata:
        timecode        : 01:00:00:00
      Side data:
        Display Matrix: rotation of 90.00 degrees
    Stream #0:2[0x3](eng): Data: none (tmcd / 0x64636D74), 0 kb/s
  Stream #0:1[0x2]: Audio: pcm_s16le (sowt / 0x74776F73), 44100 Hz, mono, s16, 705 kb/s (default)
"""


def test_a_cameras_time_code_does_not_hide_its_picture() -> None:
    found = read_description(CAMERA, demuxer="mov")
    assert (found.picture.stream, found.picture.width, found.picture.height, found.picture.rotation) == (0, 90, 160, 90)
    assert found.sound == Sound(stream=1, codec="pcm_s16le", layout="mono")


@pytest.mark.parametrize(("size", "reason"), [("9000x100", "too_large"), ("16x16", "too_small")])
def test_sizes_that_cannot_be_shown_are_refused(size: str, reason: str) -> None:
    with pytest.raises(Unprocessable, match=reason):
        read_description(PHONE.replace("1920x1080", size), demuxer="mov")
