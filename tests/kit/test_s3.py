"""The same functions on S3. The server checks signatures, as the real one does and the fake alone does not."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit, urlunsplit

import boto3
import httpx
import pytest
from botocore.exceptions import ClientError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from config.env import Environment
from config.stores import file_origins
from kit.storage import download_url, private, public, store_upload
from tests.factories.stores import stores_in
from tests.kit.signed_s3 import ACCESS_KEY, REGION, SECRET_KEY, SignedS3

CONTENT = b"%PDF-1.7 " + bytes(range(256)) * 100


@pytest.fixture(scope="module")
def server() -> Iterator[SignedS3]:
    started = SignedS3(f"atelier-{secrets.token_hex(4)}")
    key = {"aws_access_key_id": ACCESS_KEY, "aws_secret_access_key": SECRET_KEY, "region_name": REGION, "endpoint_url": started.url}
    boto3.client("s3", **key).create_bucket(Bucket=started.bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    yield started
    started.stop()


@pytest.fixture
def s3(server: SignedS3, settings: Any, tmp_path: Path) -> SignedS3:
    settings.STORAGES = stores_in(tmp_path, server.environment())
    return server


@pytest.fixture
def url(s3: SignedS3) -> str:
    stored = store_upload(SimpleUploadedFile("ignored.pdf", CONTENT), prefix="assets")
    return download_url(stored.name, filename='Müller & "Söhne".pdf', content_type="application/pdf")


def test_an_upload_is_kept_with_its_size_and_checksum(s3: SignedS3) -> None:
    stored = store_upload(SimpleUploadedFile("../evil.php", CONTENT), prefix="assets")
    assert (stored.size, stored.sha256) == (len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    assert stored.name.startswith("assets/")
    assert private().size(stored.name) == len(CONTENT)
    with private().open(stored.name) as file:
        assert file.read() == CONTENT
    assert any(line.startswith("PUT") and "/private/assets/" in line for line in s3.gate.passed)


def test_a_link_gives_the_file_with_its_name_and_type(url: str) -> None:  # R122, R123
    response = httpx.get(url)
    assert response.status_code == 200
    assert response.content == CONTENT
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"] == "attachment; filename*=utf-8''M%C3%BCller%20%26%20_S%C3%B6hne_.pdf"


def test_a_link_is_signed_with_sigv4_for_sixty_seconds(url: str) -> None:  # R123
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert asked["X-Amz-Algorithm"] == "AWS4-HMAC-SHA256"
    assert asked["X-Amz-Expires"] == "60"
    assert "AWSAccessKeyId" not in asked
    assert SECRET_KEY not in url


def test_a_download_is_resumed_by_range(url: str) -> None:
    start = httpx.get(url, headers={"Range": "bytes=0-9999"})
    rest = httpx.get(url, headers={"Range": "bytes=10000-"})
    assert (start.status_code, rest.status_code) == (206, 206)
    assert start.content + rest.content == CONTENT


def test_a_changed_link_gets_nothing(url: str) -> None:  # R123
    parts = urlsplit(url)
    signature = parse_qs(parts.query)["X-Amz-Signature"][0]
    for changed in (
        url.replace(signature, signature[:-1] + ("0" if signature[-1] != "0" else "1")),
        url.replace("X-Amz-Expires=60", "X-Amz-Expires=604800"),
        url.replace("application%2Fpdf", "text%2Fhtml"),
        url.replace("attachment", "inline"),
        urlunsplit(parts._replace(path=parts.path[:-1] + ("0" if parts.path[-1] != "0" else "1"))),
        urlunsplit(parts._replace(query="")),
        urlunsplit(parts._replace(query=parts.query + "&response-cache-control=x")),
    ):
        assert changed != url
        response = httpx.get(changed)
        assert response.status_code == 403
        assert CONTENT[:50] not in response.content
    assert httpx.get(url).status_code == 200


def test_a_link_ends_after_sixty_seconds(s3: SignedS3, url: str, monkeypatch: pytest.MonkeyPatch) -> None:  # R123
    now = datetime.now(UTC)
    monkeypatch.setattr(s3.gate, "now", lambda: now + timedelta(seconds=58))
    assert httpx.get(url).status_code == 200
    monkeypatch.setattr(s3.gate, "now", lambda: now + timedelta(seconds=61))
    response = httpx.get(url)
    assert response.status_code == 403
    assert "expired" in response.text


def test_a_link_to_read_cannot_be_used_to_write(url: str) -> None:
    assert httpx.put(url, content=b"mine now").status_code == 403
    assert httpx.delete(url).status_code == 403
    assert httpx.get(url).content == CONTENT


def test_private_files_have_no_address_without_a_signature(s3: SignedS3) -> None:
    stored = store_upload(ContentFile(CONTENT), prefix="assets")
    assert httpx.get(f"{s3.url}/{s3.bucket}/private/{stored.name}").status_code == 403
    assert httpx.get(f"{s3.url}/{s3.bucket}/").status_code == 403


def test_a_public_picture_has_a_plain_lasting_address(s3: SignedS3) -> None:
    stored = store_upload(ContentFile(b"RIFFxxxxWEBP"), prefix="covers", extension=".webp", to_public=True)
    address = public().url(stored.name)
    assert "?" not in address
    response = httpx.get(address)
    assert (response.status_code, response.content) == (200, b"RIFFxxxxWEBP")
    assert response.headers["Content-Type"] == "image/webp"
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert file_origins(Environment(s3.environment())) == ["{0.scheme}://{0.netloc}".format(urlsplit(address))]


def test_local_addresses_find_nothing_when_the_files_are_elsewhere(s3: SignedS3, client: Client) -> None:
    stored = store_upload(ContentFile(b"RIFF"), prefix="covers", extension=".webp", to_public=True)
    assert client.get(f"/media/{stored.name}").status_code == 404


def test_the_gate_refuses_another_key(s3: SignedS3) -> None:
    """The gate itself: it would be worth nothing if it let everybody through."""
    stranger = boto3.client("s3", aws_access_key_id=ACCESS_KEY, aws_secret_access_key="wrong", region_name=REGION, endpoint_url=s3.url)
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        stranger.list_objects_v2(Bucket=s3.bucket)
