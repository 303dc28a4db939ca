"""A server that speaks MediaConvert's protocol: it checks SigV4 and each order against AWS's own description of the service, and
encodes with ffmpeg what was ordered, as it was ordered.

It knows nothing of ours: whatever it makes is read from the job alone, and is named as MediaConvert names it.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import re
import subprocess
import tempfile
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from botocore.model import ServiceModel, Shape
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from courses.video.binaries import ffmpeg
from tests.kit.signed_s3 import ACCESS_KEY, REGION, SECRET_KEY, Refused, SignatureGate, SignedS3

ACCOUNT = "111122223333"
QUEUE = f"arn:aws:mediaconvert:{REGION}:{ACCOUNT}:queues/Default"
CONTENT_TYPES = {".m3u8": "application/vnd.apple.mpegurl", ".cmfv": "video/mp4", ".cmfa": "audio/mp4"}


@cache
def _model() -> ServiceModel:
    """AWS's own description of the service. Reading it takes a while."""
    return boto3.client("mediaconvert", region_name=REGION).meta.service_model


class Invalid(Exception):
    """The order does not fit the service's description."""


@dataclass
class Job:
    id: str
    order: dict[str, Any]
    status: str = "SUBMITTED"
    percent: int | None = None
    error_code: int | None = None
    error: str = ""

    @property
    def settings(self) -> dict[str, Any]:
        settings: dict[str, Any] = self.order["settings"]
        return settings

    @property
    def outputs(self) -> list[dict[str, Any]]:
        (group,) = self.settings["outputGroups"]
        outputs: list[dict[str, Any]] = group["outputs"]
        return outputs

    def told(self) -> dict[str, Any]:
        """As GetJob tells it."""
        told = {
            "id": self.id,
            "arn": f"arn:aws:mediaconvert:{REGION}:{ACCOUNT}:jobs/{self.id}",
            "status": self.status,
            "queue": self.order.get("queue", QUEUE),
            "role": self.order["role"],
            "settings": self.settings,
            "userMetadata": self.order.get("userMetadata", {}),
            "jobPercentComplete": self.percent,
            "errorCode": self.error_code,
            "errorMessage": self.error or None,
        }
        return {name: value for name, value in told.items() if value is not None}

    def event(self, status: str = "", percent: int | None = None) -> dict[str, Any]:
        """As EventBridge tells it."""
        detail: dict[str, Any] = {
            "timestamp": 1700000000000,
            "accountId": ACCOUNT,
            "queue": QUEUE,
            "jobId": self.id,
            "status": status or self.status,
            "userMetadata": self.order.get("userMetadata", {}),
        }
        if percent is not None:
            detail["jobProgress"] = {"jobPercentComplete": percent, "currentPhase": "TRANSCODING", "retryCount": 0}
        if self.error_code is not None:
            detail |= {"errorCode": self.error_code, "errorMessage": self.error}
        return {
            "version": "0",
            "id": "1234abcd-12ab-34cd-56ef-1234567890ab",
            "detail-type": "MediaConvert Job State Change",
            "source": "aws.mediaconvert",
            "account": ACCOUNT,
            "region": REGION,
            "resources": [f"arn:aws:mediaconvert:{REGION}:{ACCOUNT}:jobs/{self.id}"],
            "detail": detail,
        }


class MediaConvert:
    """The service, on a free port of the loopback address, in a thread."""

    def __init__(self, s3: SignedS3) -> None:
        self.s3 = s3
        self.forget()
        self.server = make_server("127.0.0.1", 0, _Gate(self.answer), threaded=True)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def forget(self) -> None:
        self.jobs: dict[str, Job] = {}
        self.tokens: dict[str, str] = {}
        self.asked: list[str] = []
        self.answers_lost = 0
        """So many answers to CreateJob never arrive, though the job was made."""

    def stop(self) -> None:
        self.server.shutdown()
        self.thread.join(timeout=10)
        self.server.server_close()

    @property
    def job(self) -> Job:
        """The only one."""
        (job,) = self.jobs.values()
        return job

    # --- the protocol ---

    def answer(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        self.asked.append(f"{request.method} {request.path}")
        named = re.fullmatch(r"/2017-08-29/jobs(?:/([a-z0-9-]+))?", request.path)
        if named is None:
            response = _refusal(404, "NotFoundException", "no such address")
        elif request.method == "POST" and named[1] is None:
            response = self._create(request.get_json())
        elif named[1] not in self.jobs:
            response = _refusal(404, "NotFoundException", "no such job")
        elif request.method == "GET":
            response = _json(200, {"job": self.jobs[named[1]].told()})
        else:
            response = self._cancel(self.jobs[named[1]])
        return response(environ, start_response)

    def _create(self, order: Any) -> Response:
        shape = _model().operation_model("CreateJob").input_shape
        assert shape is not None
        try:
            check_shape(shape, order, "job")
        except Invalid as error:
            return _refusal(400, "BadRequestException", str(error))
        token = order["clientRequestToken"]
        if token not in self.tokens:
            job = Job(f"1536964333549-job{len(self.jobs)}", order)
            self.jobs[job.id] = job
            self.tokens[token] = job.id
        if self.answers_lost:
            self.answers_lost -= 1
            return _refusal(500, "InternalServerErrorException", "lost")
        return _json(201, {"job": self.jobs[self.tokens[token]].told()})

    def _cancel(self, job: Job) -> Response:
        if job.status not in ("SUBMITTED", "PROGRESSING"):
            return _refusal(409, "ConflictException", f"the job is {job.status}")
        job.status = "CANCELED"
        return _json(202, {})

    # --- the work ---

    def progress(self, percent: int) -> None:
        self.job.status, self.job.percent = "PROGRESSING", percent

    def fail(self, code: int, error: str) -> None:
        self.job.status, self.job.error_code, self.job.error = "ERROR", code, error

    def work(self, *, begins_at: float = 0, gop: int = 0) -> Job:
        """Encode what the one waiting job orders. Its clock begins at `begins_at` seconds, as that of some packagers does; with `gop`
        it puts its key frames elsewhere than ordered."""
        (job,) = [one for one in self.jobs.values() if one.status in ("SUBMITTED", "PROGRESSING")]
        (entry,) = job.settings["inputs"]
        (group,) = job.settings["outputGroups"]
        cmaf = group["outputGroupSettings"]["cmafGroupSettings"]
        assert cmaf["segmentControl"] == "SEGMENTED_FILES"
        assert cmaf["fragmentLength"] == cmaf["segmentLength"]
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            source = folder / "source"
            bucket, key = _s3(entry["fileInput"])
            self._client().download_file(bucket, key, str(source))
            bucket, prefix = _s3(cmaf["destination"])
            base = prefix.rpartition("/")[2]
            made = folder / "made"
            made.mkdir()
            for output in job.outputs:
                _encode(
                    source, entry, output, made / f"{base}{output['nameModifier']}", seconds=cmaf["segmentLength"], at=begins_at, gop=gop
                )
            (made / f"{base}.m3u8").write_text(_master(job.outputs, base))
            for path in sorted(made.iterdir()):
                target = f"{prefix.removesuffix(base)}{path.name}"
                self._client().upload_file(str(path), bucket, target, ExtraArgs={"ContentType": CONTENT_TYPES[path.suffix]})
        job.status, job.percent = "COMPLETE", 100
        return job

    def _client(self) -> Any:
        key = {"aws_access_key_id": ACCESS_KEY, "aws_secret_access_key": SECRET_KEY}
        return boto3.client("s3", region_name=REGION, endpoint_url=self.s3.url, **key)


class _Gate(SignatureGate):
    """SigV4 as the service asks for it: the body is part of what is signed."""

    def __init__(self, app: Any) -> None:
        super().__init__(app, open_prefix="/nothing")

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        try:
            self.check(environ)
        except Refused as refusal:
            return _refusal(403, "ForbiddenException", str(refusal))(environ, start_response)
        return self.app(environ, start_response)  # type: ignore[no-any-return]

    def check(self, environ: dict[str, Any]) -> None:
        header = environ.get("HTTP_AUTHORIZATION", "")
        if not header.startswith("AWS4-HMAC-SHA256 "):
            raise Refused("MissingAuthenticationToken")
        signed = dict(part.strip().split("=", 1) for part in header.removeprefix("AWS4-HMAC-SHA256 ").split(","))
        stamp = environ["HTTP_X_AMZ_DATE"]
        sent = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        if abs(self.now() - sent) > timedelta(minutes=15):
            raise Refused("RequestExpired")
        body = Request(environ).get_data()
        environ["wsgi.input"] = io.BytesIO(body)
        payload = hashlib.sha256(body).hexdigest()
        path = environ["RAW_URI"].partition("?")[0]
        expected = self.signature(environ, path, [], signed, stamp, payload, service="mediaconvert")
        if not hmac.compare_digest(expected, signed["Signature"]):
            raise Refused("InvalidSignatureException")


def check_shape(shape: Shape, value: Any, path: str) -> None:
    """That `value`, as JSON, is what AWS describes. Raises `Invalid`."""
    kinds: dict[str, type | tuple[type, ...]] = {
        "structure": dict,
        "map": dict,
        "list": list,
        "string": str,
        "integer": int,
        "long": int,
        "double": (int, float),
        "boolean": bool,
    }
    if not isinstance(value, kinds[shape.type_name]) or (isinstance(value, bool) and shape.type_name != "boolean"):
        raise Invalid(f"{path} is no {shape.type_name}")
    facts = shape.metadata
    if shape.type_name == "structure":
        members = {member.serialization.get("name", name): member for name, member in shape.members.items()}  # type: ignore[attr-defined]
        for name, inner in value.items():
            if name not in members:
                raise Invalid(f"{path} has no {name}")
            check_shape(members[name], inner, f"{path}.{name}")
    elif shape.type_name == "list":
        for number, inner in enumerate(value):
            check_shape(shape.member, inner, f"{path}[{number}]")  # type: ignore[attr-defined]
    elif shape.type_name == "map":
        for name, inner in value.items():
            check_shape(shape.value, inner, f"{path}[{name}]")  # type: ignore[attr-defined]
    elif "enum" in facts and value not in facts["enum"]:
        raise Invalid(f"{path} is {value!r}, none of {facts['enum']}")
    elif "pattern" in facts and not re.search(facts["pattern"], value):
        raise Invalid(f"{path} is {value!r}, not like {facts['pattern']}")
    size = len(value) if isinstance(value, (str, list)) else value
    if isinstance(size, (int, float)) and not facts.get("min", size) <= size <= facts.get("max", size):
        raise Invalid(f"{path} is {value!r}, beyond {facts}")


def _encode(source: Path, entry: dict[str, Any], output: dict[str, Any], base: Path, *, seconds: int, at: float, gop: int) -> None:
    """One output of the group, as its description says."""
    assert output["containerSettings"]["container"] == "CMFC"
    if "videoDescription" in output:
        video = output["videoDescription"]
        h264 = video["codecSettings"]["h264Settings"]
        assert (h264["gopSizeUnits"], h264["framerateControl"], h264["gopClosedCadence"]) == ("FRAMES", "SPECIFIED", 1)
        assert entry["videoSelector"]["rotate"] == "AUTO"
        assert video["scalingBehavior"] == "STRETCH_TO_OUTPUT"
        frames = str(gop or int(h264["gopSize"]))
        rate = f"{h264['framerateNumerator']}/{h264['framerateDenominator']}"
        extension = "cmfv"
        how = ["-an", "-vf", f"fps={rate}:start_time=0,scale={video['width']}:{video['height']},setsar=1,format=yuv420p"]
        how += ["-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-profile:v", h264["codecProfile"].lower()]
        how += ["-maxrate", str(h264["maxBitrate"]), "-bufsize", str(h264["hrdBufferSize"]), "-crf", "28"]
        how += ["-g", frames, "-keyint_min", frames, "-sc_threshold", "0", "-flags", "+cgop"]
    else:
        (sound,) = output["audioDescriptions"]
        aac, level = sound["codecSettings"]["aacSettings"], sound["audioNormalizationSettings"]
        assert (level["algorithmControl"], aac["codingMode"]) == ("CORRECT_AUDIO", "CODING_MODE_2_0")
        (track,) = entry["audioSelectors"][sound["audioSourceName"]]["tracks"]
        extension = "cmfa"
        how = ["-vn", "-map", f"0:a:{track - 1}", "-c:a", "aac", "-b:a", str(aac["bitrate"]), "-ac", "2"]
        how += ["-af", f"loudnorm=I={level['targetLkfs']}:TP={level['truePeakLimiterThreshold']},aresample={aac['sampleRate']}"]
    how += ["-f", "hls", "-hls_time", str(seconds), "-hls_playlist_type", "vod", "-hls_segment_type", "fmp4", "-start_number", "1"]
    how += ["-hls_segment_options", "movflags=+negative_cts_offsets:use_editlist=0", "-output_ts_offset", str(at)]
    how += ["-hls_fmp4_init_filename", f"{base.name}init.{extension}", "-hls_segment_filename", f"{base}_%09d.{extension}", f"{base}.m3u8"]
    subprocess.run([ffmpeg(), "-v", "error", "-y", "-i", str(source), *how], check=True, timeout=60)


def _master(outputs: list[dict[str, Any]], base: str) -> str:
    lines = ["#EXTM3U", "#EXT-X-VERSION:6", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for output in outputs:
        name = f"{base}{output['nameModifier']}.m3u8"
        if "videoDescription" in output:
            size = f"{output['videoDescription']['width']}x{output['videoDescription']['height']}"
            lines += [f'#EXT-X-STREAM-INF:BANDWIDTH=1000000,AVERAGE-BANDWIDTH=900000,CODECS="avc1.64000c",RESOLUTION={size}', name]
        else:
            group = output["containerSettings"]["cmfcSettings"]["audioGroupId"]
            lines.append(f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="{group}",NAME="sound",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="{name}"')
    return "\n".join([*lines, ""])


def _s3(address: str) -> tuple[str, str]:
    bucket, _, key = address.removeprefix("s3://").partition("/")
    return bucket, key


def _json(status: int, content: dict[str, Any]) -> Response:
    return Response(json.dumps(content), status=status, content_type="application/json")


def _refusal(status: int, code: str, message: str) -> Response:
    response = _json(status, {"message": message})
    response.headers["x-amzn-ErrorType"] = code
    return response
