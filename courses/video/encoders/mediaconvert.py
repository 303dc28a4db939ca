"""AWS Elemental MediaConvert: the source and what is made of it stay on S3 (docs/adr/0020-mediaconvert-and-cloudfront.md).

The ladder is ours, and so are the cuts: closed groups of two seconds, segments of three groups, one fragment each. MediaConvert
names its files after the output and counts from 1 (`video_360p.m3u8`, `video_360pinit.cmfv`, `video_360p_000000001.cmfv`); which
files belong together is read from the playlists that it writes beside them, and what they hold from the files themselves.

The protocol is REST-JSON, signed with SigV4: https://docs.aws.amazon.com/mediaconvert/latest/apireference/
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.files.storage import FileSystemStorage

from courses.video.encoders.base import AUDIO, Commission, Made, Report, Sink
from courses.video.hls import BadSegment, Header, Segment, place_segment, read_header, read_segment
from courses.video.ladder import GOPS_PER_SEGMENT, Ladder, Rung
from courses.video.loudness import TARGET_LUFS
from courses.video.outputs import read_file
from courses.video.reasons import Trouble
from kit.storage import private

BASE: Final = "video"
SOUND_BITS: Final = 128_000
CEILING_DB: Final = -1.5
QUALITY: Final = 7
"""QVBR's scale goes from 1 to 10; AWS advises 7 for up to 1080p and lets the average be what the picture needs."""
MOST_PLAYLIST_LINES: Final = 100_000
_CALM: Final = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 4})


class MediaConvertEncoder:
    name = "mediaconvert"

    def submit(self, commission: Commission) -> str:
        bucket = _Bucket.ours()
        asked: dict[str, Any] = {
            "ClientRequestToken": str(commission.token),
            "Role": settings.MEDIACONVERT_ROLE,
            "Settings": job_settings(commission, source=bucket.uri(commission.source), folder=bucket.uri(commission.folder)),
            "StatusUpdateInterval": "SECONDS_60",
            "UserMetadata": {"video": commission.video.hex, "generation": str(commission.generation)},
        }
        if settings.MEDIACONVERT_QUEUE:
            asked["Queue"] = settings.MEDIACONVERT_QUEUE
        with _answering():
            return str(bucket.client().create_job(**asked)["Job"]["Id"])

    def ask(self, remote_id: str) -> Report:
        with _answering():
            try:
                job = _Bucket.ours().client().get_job(Id=remote_id)["Job"]
            except ClientError as error:
                if _code(error) != "NotFoundException":
                    raise
                return Report("failed", code="encoder", detail="MediaConvert knows no such job")
        return read_report(job["Status"], job.get("JobPercentComplete", 0), job.get("ErrorCode"), job.get("ErrorMessage", ""))

    def cancel(self, remote_id: str) -> None:
        with _answering():
            try:
                _Bucket.ours().client().cancel_job(Id=remote_id)
            except ClientError as error:
                # It has ended, or was forgotten.
                if _code(error) not in ("NotFoundException", "ConflictException", "BadRequestException"):
                    raise

    def collect(self, commission: Commission, sink: Sink, *, scratch: Path, done_segments: int, has_sound_done: bool) -> None:
        made = _read_streams(commission)
        first = made[commission.ladder.rungs[0].quality]
        # What one sees first is at 0, as what ffmpeg makes here; the sound keeps its place beside it.
        began = first.began()
        if not has_sound_done:
            if AUDIO in made:
                _hand_over_sound(made[AUDIO], sink, scratch=scratch, began=began)
            sink.end_sound()
        _hand_over_picture(commission, made, sink, scratch=scratch, began=began, first=done_segments)


# --- what is ordered ---


def job_settings(commission: Commission, *, source: str, folder: str) -> dict[str, Any]:
    """The settings of a job: our ladder in MediaConvert's words. `source` and `folder` are s3:// addresses."""
    probe, ladder = commission.probe, commission.ladder
    outputs = [_picture_output(rung, commission) for rung in ladder.rungs]
    entry: dict[str, Any] = {
        "FileInput": source,
        "TimecodeSource": "ZEROBASED",
        "VideoSelector": {"Rotate": "AUTO", "ColorSpace": "FOLLOW"},
    }
    if probe.sound is not None:
        entry["AudioSelectors"] = {"Sound": {"DefaultSelection": "DEFAULT", "SelectorType": "TRACK", "Tracks": [1]}}
        outputs.append(_sound_output())
    return {
        "TimecodeConfig": {"Source": "ZEROBASED"},
        "Inputs": [entry],
        "OutputGroups": [
            {
                "Name": "CMAF",
                "OutputGroupSettings": {"Type": "CMAF_GROUP_SETTINGS", "CmafGroupSettings": _group(ladder, f"{folder}/{BASE}")},
                "Outputs": outputs,
            }
        ],
    }


def _group(ladder: Ladder, destination: str) -> dict[str, Any]:
    # Whole seconds are all that can be asked for; the multiple of groups then makes it 6.006 at the rates of television.
    seconds = int(ladder.segment_seconds)
    return {
        "Destination": destination,
        "SegmentControl": "SEGMENTED_FILES",
        "SegmentLength": seconds,
        "SegmentLengthControl": "GOP_MULTIPLE",
        "FragmentLength": seconds,
        "MinFinalSegmentLength": 0.0,
        "WriteHlsManifest": "ENABLED",
        "WriteDashManifest": "DISABLED",
        "ManifestCompression": "NONE",
        "ManifestDurationFormat": "FLOATING_POINT",
        "CodecSpecification": "RFC_6381",
        "StreamInfResolution": "INCLUDE",
        "PtsOffsetHandlingForBFrames": "ZERO_BASED",
        "VideoCompositionOffsets": "SIGNED",
        "TargetDurationCompatibilityMode": "SPEC_COMPLIANT",
    }


def _picture_output(rung: Rung, commission: Commission) -> dict[str, Any]:
    ladder, picture = commission.ladder, commission.probe.picture
    before: dict[str, Any] = {}
    if picture.is_interlaced:
        before["Deinterlacer"] = {"Mode": "DEINTERLACE", "Algorithm": "INTERPOLATE", "Control": "NORMAL"}
    if picture.is_hdr:
        before["ColorCorrector"] = {"ColorSpaceConversion": "FORCE_709", "HdrToSdrToneMapper": "PRESERVE_DETAILS"}
    return {
        "NameModifier": f"_{rung.quality}",
        "ContainerSettings": {"Container": "CMFC", "CmfcSettings": {"IFrameOnlyManifest": "EXCLUDE", "Scte35Source": "NONE"}},
        "VideoDescription": {
            "Width": rung.width,
            "Height": rung.height,
            # The rung's size has the picture's shape already, whatever the shape of its pixels.
            "ScalingBehavior": "STRETCH_TO_OUTPUT",
            "AntiAlias": "ENABLED",
            "TimecodeInsertion": "DISABLED",
            "ColorMetadata": "INSERT",
            **({"VideoPreprocessors": before} if before else {}),
            "CodecSettings": {"Codec": "H_264", "H264Settings": _h264(rung, ladder)},
        },
    }


def _h264(rung: Rung, ladder: Ladder) -> dict[str, Any]:
    """Key frames every two seconds and nowhere else, so that the rungs' segments begin at the same pictures."""
    return {
        "CodecProfile": "HIGH",
        "CodecLevel": "AUTO",
        "EntropyEncoding": "CABAC",
        "InterlaceMode": "PROGRESSIVE",
        "RateControlMode": "QVBR",
        "QvbrSettings": {"QvbrQualityLevel": QUALITY},
        "MaxBitrate": rung.most_bits,
        "HrdBufferSize": 2 * rung.most_bits,
        "QualityTuningLevel": "SINGLE_PASS_HQ",
        "FramerateControl": "SPECIFIED",
        "FramerateNumerator": ladder.rate.numerator,
        "FramerateDenominator": ladder.rate.denominator,
        "FramerateConversionAlgorithm": "DUPLICATE_DROP",
        "ParControl": "SPECIFIED",
        "ParNumerator": 1,
        "ParDenominator": 1,
        "GopSizeUnits": "FRAMES",
        "GopSize": float(ladder.gop_frames),
        "GopClosedCadence": 1,
        "MinIInterval": 0,
        "SceneChangeDetect": "DISABLED",
        "NumberBFramesBetweenReferenceFrames": 2,
        "AdaptiveQuantization": "AUTO",
    }


def _sound_output() -> dict[str, Any]:
    return {
        "NameModifier": f"_{AUDIO}",
        "ContainerSettings": {
            "Container": "CMFC",
            "CmfcSettings": {"AudioGroupId": "sound", "AudioTrackType": "ALTERNATE_AUDIO_AUTO_SELECT_DEFAULT"},
        },
        "AudioDescriptions": [
            {
                "AudioSourceName": "Sound",
                "AudioTypeControl": "FOLLOW_INPUT",
                "LanguageCodeControl": "FOLLOW_INPUT",
                "AudioNormalizationSettings": {
                    "Algorithm": "ITU_BS_1770_3",
                    "AlgorithmControl": "CORRECT_AUDIO",
                    "LoudnessLogging": "DONT_LOG",
                    "PeakCalculation": "TRUE_PEAK",
                    "TargetLkfs": TARGET_LUFS,
                    "TruePeakLimiterThreshold": CEILING_DB,
                },
                "CodecSettings": {
                    "Codec": "AAC",
                    "AacSettings": {
                        "CodecProfile": "LC",
                        "CodingMode": "CODING_MODE_2_0",
                        "RateControlMode": "CBR",
                        "Bitrate": SOUND_BITS,
                        "SampleRate": 48000,
                        "RawFormat": "NONE",
                        "Specification": "MPEG4",
                    },
                },
            }
        ],
    }


# --- how it stands ---


def read_report(status: str, percent: int | None, error_code: int | None = None, error: str = "") -> Report:
    """A job's status, as GetJob and EventBridge tell it."""
    match status:
        case "COMPLETE":
            return Report("made", 100)
        case "CANCELED":
            return Report("cancelled", code="cancelled")
        case "ERROR":
            return Report("failed", code=reason_of(error_code, error), detail=f"{error_code}: {error}"[:500])
        case _:
            return Report("running", max(0, min(99, percent or 0)))


def reason_of(error_code: int | None, error: str) -> str:
    """Which of our reasons a failure is (https://docs.aws.amazon.com/mediaconvert/latest/ug/mediaconvert_error_codes.html).

    Only what surely is the file's fault is called so: the file was read here before, so that a container or a codec which
    MediaConvert cannot read is helped by exporting it anew. The groups 14xx and 34xx are those of reading and writing files.
    """
    code = error_code or 0
    if code // 100 in (14, 34) or re.search(r"access denied|forbidden|permission|assume role", error, re.I):
        return "storage"
    return "unknown_codec" if code in (1010, 1030) else "encoder"


# --- what was made ---


@dataclass
class _Stream:
    """One output as its playlist and its files say it is. Times in seconds, exactly."""

    folder: str
    quality: str
    header_file: str
    files: list[str]
    header: Header
    header_content: bytes

    def read(self, number: int) -> tuple[bytes, Segment]:
        content = read_file(f"{self.folder}/{self.files[number]}")
        try:
            return content, read_segment(content)
        except (BadSegment, ValueError, IndexError, struct.error) as error:
            raise Trouble("encoder", f"segment {number} of {self.quality}: {error}") from error

    def began(self) -> Fraction:
        return Fraction(self.read(0)[1].start, self.header.timescale)

    def keep_header(self, sink: Sink, scratch: Path) -> None:
        path = scratch / f"{self.quality}-init.mp4"
        path.write_bytes(self.header_content)
        sink.take_header(self.quality, path, codec=self.header.codec)

    def earlier_by(self, began: Fraction) -> int:
        """Ticks that take what is at `began` to 0, as far as nothing is pushed before 0."""
        return min(round(began * self.header.timescale), self.read(0)[1].start)

    def place(self, number: int, content: bytes, segment: Segment, *, earlier: int, scratch: Path) -> Made:
        """On the local disk, so many ticks earlier."""
        scale, begins = self.header.timescale, segment.start - earlier
        path = scratch / f"{self.quality}-{number}.m4s"
        path.write_bytes(place_segment(content, later_by=-earlier, number=number + 1))
        # Rounded at the edges, so that the sum of many does not wander.
        milliseconds = round((begins + segment.ticks) * 1000 / scale) - round(begins * 1000 / scale)
        return Made(path, milliseconds, self.header.codec)


def _hand_over_sound(stream: _Stream, sink: Sink, *, scratch: Path, began: Fraction) -> None:
    stream.keep_header(sink, scratch)
    earlier = stream.earlier_by(began)
    for number in range(len(stream.files)):
        content, segment = stream.read(number)
        made = stream.place(number, content, segment, earlier=earlier, scratch=scratch)
        sink.take_sound(number, made)
        made.path.unlink(missing_ok=True)


def _hand_over_picture(
    commission: Commission, streams: dict[str, _Stream], sink: Sink, *, scratch: Path, began: Fraction, first: int
) -> None:
    ladder = commission.ladder
    rungs = {rung.quality: streams[rung.quality] for rung in ladder.rungs}
    for rung in ladder.rungs:
        stream = rungs[rung.quality]
        if (stream.header.width, stream.header.height) != (rung.width, rung.height):
            raise Trouble("encoder", f"{rung.quality} is {stream.header.width}x{stream.header.height}")
        stream.keep_header(sink, scratch)
    earlier = {quality: stream.earlier_by(began) for quality, stream in rungs.items()}
    counts = {len(stream.files) for stream in rungs.values()}
    if len(counts) != 1:
        raise Trouble("encoder", f"the rungs have {sorted(counts)} segments")
    (count,) = counts
    for number in range(first, count):
        made = {}
        for quality, stream in rungs.items():
            content, segment = stream.read(number)
            _check_cut(stream, segment, ladder, number=number, began=began, is_last=number == count - 1)
            made[quality] = stream.place(number, content, segment, earlier=earlier[quality], scratch=scratch)
            sink.beat()
        sink.take_segments(number, made)
        for one in made.values():
            one.path.unlink(missing_ok=True)


def _check_cut(stream: _Stream, segment: Segment, ladder: Ladder, *, number: int, began: Fraction, is_last: bool) -> None:
    """A rung may be left at each segment, and small pictures are taken from known places: both need the cuts where they were
    ordered. Half a frame is allowed for clocks that cannot say it exactly."""
    scale, slack = stream.header.timescale, Fraction(1, 2) / ladder.rate
    begins, lasts = Fraction(segment.start, scale) - began, Fraction(segment.ticks, scale)
    if not segment.starts_with_key or abs(begins - number * ladder.segment_seconds) > slack:
        raise Trouble("encoder", f"segment {number} of {stream.quality} begins at {float(begins):.3f} s")
    if lasts > ladder.segment_seconds + slack or (not is_last and lasts < ladder.segment_seconds - slack):
        raise Trouble("encoder", f"segment {number} of {stream.quality} lasts {float(lasts):.3f} s, not {GOPS_PER_SEGMENT} groups")
    if abs(segment.samples / lasts - ladder.rate) > ladder.rate / 100 and segment.samples > GOPS_PER_SEGMENT:
        raise Trouble("encoder", f"{stream.quality} has {float(segment.samples / lasts):.3f} frames a second")


def _read_streams(commission: Commission) -> dict[str, _Stream]:
    """Each output by its quality. Raises `Trouble` where one is missing or not whole."""
    playlist = _lines(f"{commission.folder}/{BASE}.m3u8")
    wanted = [rung.quality for rung in commission.ladder.rungs]
    found = {}
    for address in _children(playlist):
        quality = address.removesuffix(".m3u8").removeprefix(f"{BASE}_")
        if quality in wanted or (quality == AUDIO and commission.probe.sound is not None):
            found[quality] = _read_stream(commission.folder, address, quality)
    if missing := set(wanted) - set(found):
        raise Trouble("encoder", f"the playlist names no {', '.join(sorted(missing))}")
    return found


def _read_stream(folder: str, address: str, quality: str) -> _Stream:
    header = ""
    files = []
    is_whole = False
    for line in _lines(f"{folder}/{address}"):
        if line.startswith("#EXT-X-MAP:"):
            header = _plain(_quoted(line, "URI"))
        elif line.startswith("#EXT-X-BYTERANGE"):
            raise Trouble("encoder", f"{address} cuts one file")
        elif line == "#EXT-X-ENDLIST":
            is_whole = True
        elif not line.startswith("#"):
            files.append(_plain(line))
    if not header or not files or not is_whole:
        raise Trouble("encoder", f"{address} is not whole")
    content = read_file(f"{folder}/{header}")
    try:
        return _Stream(folder, quality, header, files, read_header(content), content)
    except (BadSegment, ValueError, IndexError, struct.error) as error:
        raise Trouble("encoder", f"the header of {quality}: {error}") from error


def _children(lines: list[str]) -> Iterator[str]:
    for line in lines:
        if line.startswith("#EXT-X-MEDIA:") and "URI=" in line:
            yield _plain(_quoted(line, "URI"))
        elif not line.startswith("#"):
            yield _plain(line)


def _lines(name: str) -> list[str]:
    lines = [line.strip() for line in read_file(name).decode(errors="replace").splitlines() if line.strip()]
    if not lines or lines[0] != "#EXTM3U" or len(lines) > MOST_PLAYLIST_LINES:
        raise Trouble("encoder", f"{name} is no playlist")
    return lines


def _quoted(line: str, attribute: str) -> str:
    found = re.search(rf'[:,]{attribute}="([^"]*)"', line)
    return found[1] if found else ""


def _plain(address: str) -> str:
    """A file's name, and nothing that leads elsewhere. Raises `Trouble`."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9]+)?", address):
        raise Trouble("encoder", f"a playlist leads to {address[:100]!r}")
    return address


# --- the way to AWS ---


@dataclass(frozen=True)
class _Bucket:
    """Where our files are, and by whose leave."""

    store: Any

    @classmethod
    def ours(cls) -> _Bucket:
        store = private()
        if isinstance(store, FileSystemStorage):
            # `checks` says so before anybody uploads anything.
            raise Trouble("encoder", "MediaConvert reads from S3, and files are kept on this machine")
        return cls(store)

    def uri(self, name: str) -> str:
        location = self.store.location.strip("/")
        return f"s3://{self.store.bucket_name}/{location}/{name}" if location else f"s3://{self.store.bucket_name}/{name}"

    def client(self) -> Any:
        return _client(
            settings.MEDIACONVERT_REGION or self.store.region_name,
            settings.MEDIACONVERT_ENDPOINT_URL or None,
            self.store.access_key,
            self.store.secret_key,
            self.store.security_token,
        )


@lru_cache(maxsize=4)
def _client(region: str, endpoint: str | None, access_key: str | None, secret_key: str | None, token: str | None) -> Any:
    """Safe to share between threads. Making one takes the time of reading all of the service's description."""
    return boto3.session.Session().client(
        "mediaconvert",
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        aws_session_token=token,
        config=_CALM,
    )


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise Trouble("encoder", str(error)[:300]) from error


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
