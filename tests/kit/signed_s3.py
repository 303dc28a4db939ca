"""An S3 server that checks signatures: SigV4 recomputed in front of a fake that does not look at them.

Written after AWS's "Authenticating Requests (AWS Signature Version 4)", without the client's own code, so that the
two can disagree.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

ACCESS_KEY = "test-access-key"
SECRET_KEY = "test-secret-key"
REGION = "eu-central-1"

StartResponse = Callable[..., Any]


class Refused(Exception):
    """The request is not signed as it should be; the message is S3's error code."""


class SignatureGate:
    """Lets through what is signed with our key; with `open_prefix`, also anybody who reads below that path."""

    def __init__(self, app: Any, *, open_prefix: str) -> None:
        self.app = app
        self.open_prefix = open_prefix
        self.now = lambda: datetime.now(UTC)
        self.passed: list[str] = []

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        try:
            self.check(environ)
        except Refused as refusal:
            body = f"<Error><Code>{refusal}</Code></Error>".encode()
            start_response("403 Forbidden", [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
            return [body]
        self.passed.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
        return self.app(environ, start_response)  # type: ignore[no-any-return]

    def check(self, environ: dict[str, Any]) -> None:
        path = environ["RAW_URI"].partition("?")[0]
        query = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)
        asked = dict(query)
        header = environ.get("HTTP_AUTHORIZATION", "")
        if "X-Amz-Signature" in asked:
            signed = {
                "Credential": asked["X-Amz-Credential"],
                "SignedHeaders": asked["X-Amz-SignedHeaders"],
                "Signature": asked["X-Amz-Signature"],
            }
            stamp, payload = asked["X-Amz-Date"], "UNSIGNED-PAYLOAD"
            begins = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            if not begins - timedelta(minutes=15) <= self.now() < begins + timedelta(seconds=int(asked["X-Amz-Expires"])):
                raise Refused("AccessDenied: Request has expired")
            query = [(name, value) for name, value in query if name != "X-Amz-Signature"]
        elif header.startswith("AWS4-HMAC-SHA256 "):
            signed = dict(part.strip().split("=", 1) for part in header.removeprefix("AWS4-HMAC-SHA256 ").split(","))
            stamp, payload = environ["HTTP_X_AMZ_DATE"], environ["HTTP_X_AMZ_CONTENT_SHA256"]
        elif environ["REQUEST_METHOD"] in ("GET", "HEAD") and path.startswith(self.open_prefix):
            # What a bucket policy does at a real server; the fake knows ACLs only, and lets in whoever names a key.
            environ["HTTP_AUTHORIZATION"] = f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/20260101/{REGION}/s3/aws4_request"
            return
        else:
            raise Refused("AccessDenied")
        if not hmac.compare_digest(self.signature(environ, path, query, signed, stamp, payload), signed["Signature"]):
            raise Refused("SignatureDoesNotMatch")

    @staticmethod
    def signature(
        environ: dict[str, Any],
        path: str,
        query: list[tuple[str, str]],
        signed: dict[str, str],
        stamp: str,
        payload: str,
        service: str = "s3",
    ) -> str:
        key_id, day, region, named, ending = signed["Credential"].split("/")
        if (key_id, day, region, named, ending) != (ACCESS_KEY, stamp[:8], REGION, service, "aws4_request"):
            raise Refused("InvalidAccessKeyId")
        canonical_query = "&".join(sorted(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in query))
        names = signed["SignedHeaders"].split(";")
        headers = "".join(f"{name}:{' '.join(_header(environ, name).split())}\n" for name in names)
        canonical = "\n".join([environ["REQUEST_METHOD"], path, canonical_query, headers, ";".join(names), payload])
        scope = f"{day}/{region}/{service}/{ending}"
        to_sign = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        key = f"AWS4{SECRET_KEY}".encode()
        for part in (day, region, service, ending):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        return hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()


def _header(environ: dict[str, Any], name: str) -> str:
    wanted = name.upper().replace("-", "_")
    return str(environ.get(wanted if wanted in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{wanted}", ""))


class SignedS3:
    """The server, on a free port of the loopback address, in a thread."""

    def __init__(self, bucket: str) -> None:
        self.bucket = bucket
        self.gate = SignatureGate(DomainDispatcherApplication(create_backend_app), open_prefix=f"/{bucket}/public/")
        self.server = make_server("127.0.0.1", 0, self.gate, threaded=True)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def environment(self) -> dict[str, str]:
        """The settings that make the site use it."""
        return {
            "S3_BUCKET": self.bucket,
            "S3_ENDPOINT_URL": self.url,
            "S3_REGION": REGION,
            "S3_ACCESS_KEY_ID": ACCESS_KEY,
            "S3_SECRET_ACCESS_KEY": SECRET_KEY,
        }

    def stop(self) -> None:
        self.server.shutdown()
        self.thread.join(timeout=10)
        self.server.server_close()
