from __future__ import annotations

import email.utils
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.byte_ranges import Unsatisfiable, requested_range
from kit.signing import sign
from kit.storage import LINK_SALT, download_url, private, public, store_upload

CONTENT = bytes(range(256)) * 1000  # 256,000 bytes: several blocks


@pytest.fixture
def name(local_stores: Path) -> str:
    return store_upload(ContentFile(CONTENT), prefix="assets").name


@pytest.fixture
def url(name: str) -> str:
    return download_url(name, filename="Müller & Söhne.pdf", content_type="application/pdf")


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_a_link_gives_the_file_whole_with_its_name_and_type(client: Client, url: str) -> None:  # R122, R123, R246
    response = client.get(url)
    assert response.status_code == 200
    assert body(response) == CONTENT
    assert response["Content-Length"] == "256000"
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == "attachment; filename*=utf-8''M%C3%BCller%20%26%20S%C3%B6hne.pdf"
    assert response["Accept-Ranges"] == "bytes"


def test_what_a_link_gives_can_do_no_harm_in_a_browser(client: Client, name: str) -> None:
    response = client.get(download_url(name, filename="x.html", content_type="text/html"))
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Disposition"].startswith("attachment")
    assert response["Cache-Control"] == "private, no-store"
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["X-Robots-Tag"] == "noindex, nofollow"


def test_files_know_no_cookies(client: Client, url: str) -> None:
    client.cookies["sessionid"] = "of-somebody"
    client.cookies["csrftoken"] = "x" * 32
    response = client.get(url)
    assert response.status_code == 200
    assert not response.cookies
    assert "Vary" not in response
    assert "Set-Cookie" not in response


def test_no_query_is_made_to_serve_a_file(client: Client, url: str, django_assert_num_queries: Any, db: None) -> None:
    client.cookies["sessionid"] = "of-somebody"
    with django_assert_num_queries(0):
        body(client.get(url))


@pytest.mark.parametrize(
    "filename",
    [
        'quote".pdf',
        "semi;colon.pdf",
        "new\r\nSet-Cookie: a=b.pdf",
        "ünïcödé.pdf",
        "日本語.pdf",
        "back\\slash.pdf",
        "%41.pdf",
        "a b.pdf",
        "\u202efdp.exe",
    ],
)
def test_no_name_breaks_out_of_its_header(client: Client, name: str, filename: str) -> None:
    response = client.get(download_url(name, filename=filename, content_type="application/pdf"))
    assert response.status_code == 200
    header = response["Content-Disposition"]
    assert header.startswith(("attachment; filename=", "attachment; filename*="))
    assert "\r" not in header
    assert "\n" not in header
    assert header.isascii()
    assert "Set-Cookie" not in response


# --- What gets nothing ------------------------------------------------------------------------------------------


def test_a_link_ends_after_its_seconds(client: Client, name: str) -> None:  # R123
    with time_machine.travel(datetime.now(UTC) - timedelta(seconds=61)):
        url = download_url(name, filename="a.pdf", content_type="application/pdf", seconds=60)
    response = client.get(url)
    assert response.status_code == 410
    assert CONTENT[:100] not in body(response)


def test_a_changed_link_gets_nothing(client: Client, url: str) -> None:  # R123
    _empty, files, token, filename = url.split("/")
    for changed in (
        f"/{files}/{token[:-1]}{'A' if token[-1] != 'A' else 'B'}/{filename}",
        f"/{files}/{token}/other.pdf",
        f"/{files}/x/{filename}",
    ):
        response = client.get(changed)
        assert response.status_code == 404
        assert not response.streaming


def test_a_link_to_a_file_that_is_gone_finds_nothing(client: Client, name: str, url: str) -> None:
    private().delete(name)
    assert client.get(url).status_code == 404


@pytest.mark.parametrize("outside", ["../../etc/passwd", "/etc/passwd", "a/../../../etc/passwd", "a\x00b"])
def test_even_a_signed_name_cannot_leave_the_store(client: Client, local_stores: Path, outside: str) -> None:
    token = sign({"n": outside, "f": "a", "t": "text/plain"}, salt=LINK_SALT, seconds=60)
    assert client.get(f"/files/{token}/a").status_code in (400, 404)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_only_reading_is_possible(client: Client, url: str, method: str) -> None:
    assert getattr(client, method)(url).status_code == 405


# --- Parts, resuming, conditions (RFC 9110) -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0), ("bytes=0-99", 0, 99), ("bytes=100-", 100, 255_999), ("bytes=-1", 255_999, 255_999),
        ("bytes=-500", 255_500, 255_999), ("bytes=255999-", 255_999, 255_999), ("bytes=0-999999999", 0, 255_999),
        ("bytes=-999999999", 0, 255_999), ("Bytes=5-6", 5, 6), ("bytes = 5-6", 5, 6), ("bytes=65535-65537", 65_535, 65_537),
        ("bytes=000-001", 0, 1),
    ],
)  # fmt: skip
def test_a_part_is_sent_as_asked(client: Client, url: str, asked: str, first: int, last: int) -> None:
    response = client.get(url, headers={"range": asked})
    assert response.status_code == 206
    assert response["Content-Range"] == f"bytes {first}-{last}/256000"
    assert body(response) == CONTENT[first : last + 1]
    assert response["Content-Length"] == str(last - first + 1)
    assert response["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("asked", ["bytes=256000-", "bytes=256000-256001", "bytes=-0", "bytes=999999999-"])
def test_a_part_beyond_the_end_is_refused_with_the_size(client: Client, url: str, asked: str) -> None:
    response = client.get(url, headers={"range": asked})
    assert response.status_code == 416
    assert response["Content-Range"] == "bytes */256000"
    assert body(response) == b""
    assert "Content-Disposition" not in response


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=5-4",
        "bytes=0-1,5-6",
        "bytes=a-b",
        "bytes=-",
        "items=0-1",
        "bytes",
        "",
        "bytes=0-1;",
        "bytes=1" + "0" * 30 + "-",
        "bytes=٣-٤",
        "bytes=0x0-5",
        "bytes=--5",
    ],
)
def test_a_range_that_says_nothing_sensible_is_ignored(client: Client, url: str, asked: str) -> None:
    response = client.get(url, headers={"range": asked})
    assert response.status_code == 200
    assert body(response) == CONTENT


def test_a_broken_download_is_resumed_and_becomes_the_same_file(client: Client, url: str, name: str, db: None) -> None:  # R123
    start = client.get(url)
    blocks = iter(start.streaming_content)  # type: ignore[arg-type]
    got = next(blocks)
    start.close()
    fresh = download_url(name, filename="again.pdf", content_type="application/pdf")
    rest = client.get(fresh, headers={"range": f"bytes={len(got)}-", "if-range": start["ETag"]})
    assert rest.status_code == 206
    assert got + body(rest) == CONTENT


def test_a_part_of_another_file_is_not_mixed_in(client: Client, url: str) -> None:
    for stale in ('"another"', 'W/"weak"', "Wed, 21 Oct 2015 07:28:00 GMT", "nonsense"):
        response = client.get(url, headers={"range": "bytes=0-9", "if-range": stale})
        assert response.status_code == 200
        assert body(response) == CONTENT


def test_if_range_takes_the_exact_date_of_an_older_file_only(client: Client, url: str, name: str) -> None:
    modified = client.get(url)["Last-Modified"]
    too_fresh = client.get(url, headers={"range": "bytes=0-9", "if-range": modified})
    assert too_fresh.status_code == 200
    an_hour_ago = time.time() - 3600
    os.utime(private().path(name), (an_hour_ago, an_hour_ago))
    date = email.utils.formatdate(an_hour_ago, usegmt=True)
    assert client.get(url, headers={"range": "bytes=0-9", "if-range": date}).status_code == 206
    later = email.utils.formatdate(an_hour_ago + 60, usegmt=True)
    assert client.get(url, headers={"range": "bytes=0-9", "if-range": later}).status_code == 200


def test_conditions_save_the_body(client: Client, url: str, db: None) -> None:
    first = client.get(url)
    etag, modified = first["ETag"], first["Last-Modified"]
    assert etag.startswith('"')
    first.close()
    for headers in ({"if-none-match": etag}, {"if-none-match": f'"x", W/{etag}'}, {"if-none-match": "*"}, {"if-modified-since": modified}):
        response = client.get(url, headers=headers)
        assert response.status_code == 304
        assert response["ETag"] == etag
        assert body(response) == b""
    changed = client.get(url, headers={"if-none-match": '"other"', "if-modified-since": modified})
    assert changed.status_code == 200


def test_head_says_everything_but_the_body(client: Client, url: str) -> None:
    head, get = client.head(url), client.get(url)
    assert head.status_code == 200
    assert head.content == b""
    for header in ("Content-Length", "Content-Type", "Content-Disposition", "ETag", "Last-Modified", "Accept-Ranges"):
        assert head[header] == get[header]
    assert client.head(url, headers={"range": "bytes=0-1"}).status_code == 200


def test_the_file_is_closed_when_the_reader_goes_away(client: Client, url: str, db: None) -> None:
    def open_files() -> int:
        return sum(os.path.realpath(f"/proc/self/fd/{fd}").startswith(private().path("")) for fd in os.listdir("/proc/self/fd"))

    unread = client.get(url)
    assert open_files() == 1
    unread.close()
    assert open_files() == 0
    client.head(url)
    client.get(url, headers={"range": "bytes=999999-"})
    client.get(url, headers={"if-none-match": "*"})
    assert open_files() == 0


def test_an_empty_file_is_sent_and_has_no_parts(client: Client, local_stores: Path) -> None:
    empty = download_url(private().save("empty", ContentFile(b"")), filename="e", content_type="text/plain")
    assert client.get(empty)["Content-Length"] == "0"
    assert client.get(empty, headers={"range": "bytes=0-"}).status_code == 416
    assert client.get(empty, headers={"range": "bytes=-5"}).status_code == 416


@given(st.text(alphabet="bytes=0123456789-, ", max_size=30), st.integers(min_value=0, max_value=10**6))
@settings(max_examples=300)
def test_no_range_header_leads_outside_the_file(header: str, size: int) -> None:
    try:
        part = requested_range(header, size)
    except Unsatisfiable:
        return
    if part is not None:
        assert 0 <= part[0] <= part[1] < size


# --- Handed over to nginx ----------------------------------------------------------------------------------------


def test_a_front_server_can_be_asked_to_send_the_file(client: Client, url: str, name: str, settings: Any) -> None:
    settings.X_ACCEL_PREFIX = "/protected/"
    response = client.get(url, headers={"range": "bytes=0-9"})
    assert response.status_code == 200
    assert response["X-Accel-Redirect"] == f"/protected/private/{name}"
    assert response.content == b""
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].startswith("attachment")
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response["Cache-Control"] == "private, no-store"
    assert "Content-Range" not in response


def test_a_bad_link_is_not_handed_over(client: Client, url: str, settings: Any) -> None:
    settings.X_ACCEL_PREFIX = "/protected/"
    response = client.get(url.replace("/files/", "/files/x"))
    assert response.status_code == 404
    assert "X-Accel-Redirect" not in response


# --- Public pictures ---------------------------------------------------------------------------------------------


def test_a_public_picture_is_kept_for_a_year_and_can_stand_anywhere(client: Client, local_stores: Path) -> None:
    stored = store_upload(ContentFile(b"RIFFxxxxWEBP"), prefix="covers", extension=".webp", to_public=True)
    client.cookies["sessionid"] = "of-somebody"
    response = client.get(public().url(stored.name))
    assert response.status_code == 200
    assert body(response) == b"RIFFxxxxWEBP"
    assert response["Content-Type"] == "image/webp"
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert not response.cookies
    assert "Vary" not in response


@pytest.mark.parametrize("name", ["page.html", "picture.svg", "script.js", "feed.xml", "plain", "doc.pdf", "image.webp.html"])
def test_only_pictures_that_cannot_run_are_public(client: Client, local_stores: Path, name: str) -> None:
    public().save(name, ContentFile(b"<script>alert(1)</script>"))
    assert client.get(f"/media/{name}").status_code == 404


def test_the_public_address_does_not_reach_private_files(client: Client, local_stores: Path) -> None:
    private().save("secret.png", ContentFile(b"secret"))
    for path in ("/media/secret.png", "/media/../private/secret.png", "/media/..%2fprivate/secret.png", "/media//etc/passwd.png"):
        assert client.get(path).status_code in (400, 404)
