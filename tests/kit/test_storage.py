from __future__ import annotations

import hashlib
import re
import unicodedata
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from hypothesis import given
from hypothesis import strategies as st

from kit.storage import download_url, private, public, safe_filename, store_upload


@pytest.mark.parametrize(
    ("given_name", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\system.ini", "system.ini"),
        ("C:\\Users\\ada\\Über uns.docx", "Über uns.docx"),
        ("/absolute/path.txt", "path.txt"),
        ("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie_ x=1.pdf"),
        ('say "hi".txt', "say _hi_.txt"),
        ("\u202egnp.exe", "gnp.exe"),
        ("nul", "_nul"),
        ("COM1.txt", "_COM1.txt"),
        ("con.tar.gz", "_con.tar.gz"),
        (".htaccess", "htaccess"),
        ("...", "file"),
        ("", "file"),
        ("trailing. . .", "trailing"),
        ("日本語.epub", "日本語.epub"),
        ("e\u0301tude.pdf", "étude.pdf"),
        ("a\u0000b.pdf", "ab.pdf"),
        ("many   spaces.pdf", "many spaces.pdf"),
    ],
)
def test_a_file_name_is_made_harmless_and_stays_readable(given_name: str, safe: str) -> None:
    assert safe_filename(given_name) == safe


def test_a_long_name_keeps_its_ending() -> None:
    name = safe_filename("ü" * 400 + ".epub")
    assert name.endswith("ü.epub")
    assert len(name.encode()) <= 150


@given(st.text(max_size=300))
def test_no_text_becomes_a_dangerous_name(text: str) -> None:
    name = safe_filename(text)
    assert name
    assert name not in (".", "..")
    assert not re.search(r'[\x00-\x1f\x7f/\\:*?"<>|]', name)
    assert not name.startswith((".", " "))
    assert not name.endswith((".", " "))
    assert len(name.encode()) <= 150
    assert all(unicodedata.category(char)[0] != "C" for char in name)
    assert safe_filename(name) == name


def test_an_upload_is_kept_under_a_name_of_ours_with_its_size_and_checksum(local_stores: Path) -> None:
    content = b"%PDF-1.7 " + b"x" * 100_000
    stored = store_upload(SimpleUploadedFile("../../evil.php", content), prefix="assets")
    assert re.fullmatch(r"assets/\d{4}/\d\d/[0-9a-f]{32}", stored.name)
    assert stored.size == len(content)
    assert stored.sha256 == hashlib.sha256(content).hexdigest()
    assert private().open(stored.name).read() == content
    assert not list((local_stores / "media").rglob("*"))


def test_a_large_upload_is_moved_and_not_read_into_memory(local_stores: Path) -> None:
    with TemporaryUploadedFile("big.zip", "application/zip", 0, None) as upload:
        upload.write(b"z" * 3_000_000)
        upload.flush()
        upload.size = 3_000_000
        spool = Path(upload.temporary_file_path())
        stored = store_upload(upload, prefix="assets")
        assert not spool.exists()
    assert private().size(stored.name) == 3_000_000
    assert stored.sha256 == hashlib.sha256(b"z" * 3_000_000).hexdigest()


def test_two_uploads_of_one_file_never_share_a_name(local_stores: Path) -> None:
    file = ContentFile(b"same")
    assert store_upload(file, prefix="a").name != store_upload(file, prefix="a").name


def test_a_public_file_has_a_lasting_address(local_stores: Path) -> None:
    stored = store_upload(ContentFile(b"RIFF"), prefix="covers", extension=".webp", to_public=True)
    assert public().url(stored.name) == f"/media/{stored.name}"
    assert stored.name.endswith(".webp")
    assert not private().exists(stored.name)


def test_a_local_link_names_the_file_as_it_will_be_saved(local_stores: Path) -> None:  # R123
    url = download_url("assets/1", filename='Ada\'s "Größe".pdf', content_type="application/pdf")
    prefix, token, filename = url.strip("/").split("/")
    assert prefix == "files"
    assert unquote(filename) == "Ada's _Größe_.pdf"
    assert len(token) > 40
