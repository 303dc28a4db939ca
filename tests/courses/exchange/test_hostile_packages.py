"""Archives as an attacker would send them: each refused whole, with its reason, and nothing kept.

What is not refused because it harms nobody stands at the end, with what becomes of it.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import resource
import struct
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable

import pytest

from accounts.models import User
from courses.exchange.models import CourseImport
from courses.exchange.services.importing import check_import
from courses.models import Course
from kit.files import RefusedFile
from tests.courses.exchange.packages import as_file, packed, picture, small_course, tar_gz
from tests.kit.files import hostile

pytestmark = pytest.mark.django_db

COURSE = json.dumps(small_course())
GOOD = {"course.json": COURSE}


def with_file(name: str, content: bytes | str = b"x") -> bytes:
    return packed({**GOOD, name: content})


def with_raw_name(name: str) -> bytes:
    """A ZIP whose second entry has exactly this name in header and directory."""
    raw = name.encode()
    placeholder = "q" * len(raw)
    return packed({**GOOD, placeholder: "x"}).replace(placeholder.encode(), raw)


def with_mode(mode: int) -> bytes:
    def tell(info: zipfile.ZipInfo) -> None:
        if info.filename == "link":
            info.external_attr = mode << 16

    return hostile.zipped({"course.json": COURSE.encode(), "link": b"/etc/passwd"}, names=tell)


def encrypted() -> bytes:
    data = bytearray(packed(GOOD))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        position = data.find(signature)
        data[position + offset : position + offset + 2] = struct.pack("<H", 1)
    return bytes(data)


def other_compression() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("course.json", COURSE)
    return buffer.getvalue()


def twice(first: str, second: str) -> bytes:
    return packed({"course.json": COURSE, first: "a", second: "b"})


def crc_lies() -> bytes:
    data = packed({**GOOD, "a.md": "# A"})
    at = data.rfind(b"PK\x01\x02") + 16
    return data[:at] + b"\x00\x00\x00\x00" + data[at + 4 :]


def tar_with(change: Callable[[tarfile.TarInfo], None], name: str = "course.json", content: bytes = COURSE.encode()) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for entry, raw in (("course.json", COURSE.encode()), (name, content)) if name != "course.json" else ((name, content),):
            info = tarfile.TarInfo(entry)
            info.size = len(raw)
            if entry == name:
                change(info)
            archive.addfile(info, io.BytesIO(raw) if info.isreg() else None)
    return buffer.getvalue()


def of_type(kind: bytes, target: str = "") -> Callable[[tarfile.TarInfo], None]:
    def change(info: tarfile.TarInfo) -> None:
        info.type, info.linkname, info.size = kind, target, 0

    return change


def gzip_bomb() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = b"\x00" * (1 << 20)
    return b"".join([packer.compress(zeros) for _mb in range(80)] + [packer.flush()])


def pax_flood() -> bytes:
    """A header extension of thirty megabytes, which tarfile would read into memory at once."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", format=tarfile.PAX_FORMAT) as archive:
        info = tarfile.TarInfo("a.md")
        info.pax_headers = {"comment": "x" * (30 << 20)}
        archive.addfile(info, io.BytesIO(b""))
    return buffer.getvalue()


def many_entries() -> bytes:
    return packed({f"{number}.md": "x" for number in range(10_001)})


def manifest(body: str, head: str = "") -> bytes:
    return packed({"imsmanifest.xml": f'<?xml version="1.0"?>{head}<manifest>{body}</manifest>'})


BILLION = "<!DOCTYPE x [<!ENTITY a 'ha'>" + "".join(f"<!ENTITY {chr(98 + n)} '{('&' + chr(97 + n) + ';') * 10}'>" for n in range(10)) + "]>"
OUTSIDE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
DTD_ELSEWHERE = '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/evil.dtd">'

REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "a path out of the folder": (lambda: with_file("../../etc/cron.d/x"), "outside its folder"),
    "a path out of the folder in the middle": (lambda: with_file("a/../../x.md"), "outside its folder"),
    "an absolute path": (lambda: with_raw_name("/etc/passwd"), "outside its folder"),
    "a home path": (lambda: with_raw_name("~/x.md"), "outside its folder"),
    "a Windows path": (lambda: with_raw_name("C:\\x\\y.md"), "outside its folder"),
    "a drive": (lambda: with_raw_name("C:/x.md"), "outside its folder"),
    "an empty part": (lambda: with_raw_name("a//b.md"), "outside its folder"),
    "a symbolic link": (lambda: with_mode(0o120777), "is a link"),
    "a device": (lambda: with_mode(0o020666), "is a link"),
    "a zip bomb": (hostile.zip_bomb, "zip bomb"),
    "a nested zip bomb": (hostile.nested_bomb, "zip bomb|too deep|inside the archive"),
    "overlapping entries": (hostile.overlapping_bomb, "overlap|size|damaged"),
    "quoted overlapping entries": (lambda: hostile.overlapping_bomb(quoted=True), "overlap|size|damaged"),
    "too many entries": (many_entries, "more than 10000 files"),
    "a deep archive": (lambda: hostile.deep_zip(6), "inside the archive"),
    "an archive inside": (lambda: with_file("more.imscc", packed(GOOD)), "archive inside"),
    "an archive under another name": (lambda: with_file("notes.md", packed(GOOD)), "archive inside"),
    "a tar inside": (lambda: with_file("more.tar", b"x"), "archive inside"),
    "a gzip inside": (lambda: with_file("more.txt", tar_gz({"a": b"b"})), "cannot look into"),
    "a RAR inside": (lambda: with_file("x.rar", b"Rar!\x1a\x07\x00" + b"x" * 50), "cannot look into"),
    "a password": (encrypted, "password"),
    "an unusual compression": (other_compression, "ordinary ZIP"),
    "a Windows program": (lambda: with_file("setup.exe"), "a program"),
    "a program under another name": (lambda: with_file("notes.txt", b"\x7fELF" + b"\x00" * 60), "a program"),
    "a shell script": (lambda: with_file("run.sh", b"#!/bin/sh\nrm -rf /\n"), "program or a script"),
    "a PHP page": (lambda: with_file("index.php", b"<?php system($_GET['c']);"), "program or a script"),
    "a shell script as Markdown": (lambda: with_file("a.md", b"#!/usr/bin/env python\n"), "program or a script"),
    "the same name twice, by case": (lambda: twice("A.md", "a.md"), "twice"),
    "the same name twice, by composition": (lambda: twice("caf\u00e9.md", "cafe\u0301.md"), "twice"),
    "a name that reads backwards": (lambda: with_file("a\u202egpj.md"), "hidden or reserved"),
    "a name kept by Windows": (lambda: with_file("con.md"), "hidden or reserved"),
    "a name as long as a novel": (lambda: with_file("x" * 300 + ".md"), "too long"),
    "folders without end": (lambda: with_file("a/" * 40 + "b.md"), "too long"),
    "a wrong checksum": (crc_lies, "damaged"),
    "a cut archive": (lambda: packed(GOOD)[:-30], "cut off|damaged"),
    "something in front": (lambda: b"GIF89a" + packed(GOOD), "neither a ZIP"),
    "a program in front": (lambda: b"MZ" + b"\x00" * 60 + packed(GOOD), "neither a ZIP"),
    "something behind": (lambda: packed(GOOD) + b"<script>alert(1)</script>", "behind the archive"),
    "an empty archive": (lambda: packed({}), "empty"),
    "nothing of a course": (lambda: packed({"a.txt": "x", "b.csv": "y"}), "no course in this package"),
    "an HTML page": (lambda: b"<html><script>alert(1)</script></html>", "neither a ZIP"),
    "an empty file": (lambda: b"", "is empty"),
    "a tar link": (lambda: tar_with(of_type(tarfile.SYMTYPE, "/etc/passwd"), "x.md"), "is a link"),
    "a tar hard link": (lambda: tar_with(of_type(tarfile.LNKTYPE, "/etc/passwd"), "x.md"), "is a link"),
    "a tar device": (lambda: tar_with(of_type(tarfile.CHRTYPE), "x.md"), "not an ordinary file"),
    "a tar pipe": (lambda: tar_with(of_type(tarfile.FIFOTYPE), "x.md"), "not an ordinary file"),
    "a tar path out of the folder": (lambda: tar_gz({"../../x.md": b"x"}), "outside its folder"),
    "a tar absolute path": (lambda: tar_gz({"/etc/x.md": b"x", "y.md": b"y"}), "outside its folder"),
    "a tar name twice": (lambda: tar_with(lambda info: None, "COURSE.json"), "twice"),
    "a tar name with control marks": (lambda: tar_gz({"a\x1b[2Jb.md": b"x"}), "hidden or reserved"),
    "a gzip bomb": (gzip_bomb, "zip bomb"),
    "a flood of tar headers": (pax_flood, "headers of an unusual size"),
    "a cut tar": (lambda: tar_gz(dict.fromkeys("abc", b"x" * 9000))[:-40], "damaged or was cut off"),
    "gzip of something else": (lambda: gzip.compress(b"hello" * 500), "damaged"),
    "a billion laughs": (lambda: manifest("&k;", BILLION), "document type or entities"),
    "an entity from outside": (lambda: manifest("&e;", OUTSIDE), "document type or entities"),
    "a document type elsewhere": (lambda: manifest("", DTD_ELSEWHERE), "document type or entities"),
    "XML nested beyond measure": (lambda: manifest("<a>" * 5000 + "</a>" * 5000), "nested too deeply"),
    "XML of too many parts": (lambda: manifest("<a/>" * 450_000), "more parts"),
    "damaged XML": (lambda: manifest("<a>"), "not XML"),
    "OLX with entities": (lambda: packed({"course.xml": BILLION + "<course>&k;</course>", "x.txt": ""}), "document type or entities"),
    "text that is not UTF-8": (lambda: packed({"a.md": b"# caf\xe9"}), "not in UTF-8"),
    "a text of many megabytes": (lambda: packed({"a.md": bytes(range(32, 127)) * 12_000}), "is the most"),
    "JSON inside that is no object": (lambda: packed({"course.json": "[1]"}), "something else"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_package_is_refused_whole_with_its_reason(ada: User, name: str) -> None:
    make, reason = REFUSED[name]
    raw = make()
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    with pytest.raises(RefusedFile, match=reason):
        check_import(as_file(raw), by=ada, name="course.zip")
    assert time.monotonic() - began < 10
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300 * 1024  # KiB
    assert not CourseImport.objects.exists()
    assert not Course.objects.exists()


PICTURES: dict[str, tuple[bytes, str]] = {
    "an empty one": (b"", "not a picture"),
    "one of too many pixels": (picture().replace(struct.pack(">II", 40, 30), struct.pack(">II", 60_000, 60_000)), "pixels|damaged"),
    "a cut one": (picture()[:60], "cut off|damaged"),
    "a page under its name": (b"<html><script>alert(1)</script>", "not a picture"),
    "one with an archive behind": (picture() + packed({"a.txt": "x"}), "archive|cut off"),
    "one with a script inside": (picture()[:-12] + b"<script>alert(1)</script>" + picture()[-12:], "script"),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_that_is_none_stops_the_import_by_its_path(ada: User, name: str) -> None:
    content, reason = PICTURES[name]
    checked = check_import(as_file(packed({"1/a.md": "![n](n.png)", "1/n.png": content, "2/b.md": "x"})), by=ada, name="x.zip")
    assert [note["path"] for note in checked.problems] == ["1/n.png"]
    assert re.search(reason, checked.problems[0]["sentence"])


@pytest.mark.parametrize(
    "front",
    [
        "a: &x [1]\nb: *x",
        "title: a\ntitle: b",
        "title: !!python/object/apply:os.system ['true']",
        "title: !!python/name:os.system",
        "a: " + "[" * 3000,
        "- just\n- a list",
        "title: [unclosed",
        "title: 'x'\n\tminutes: 3",
        "k: " + "x" * 70_000,
        "1: number as a name",
        "a: &a [x]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]",
    ],
)
def test_yaml_that_plays_tricks_is_a_problem_of_its_file(ada: User, front: str) -> None:
    began = time.monotonic()
    checked = check_import(as_file(packed({"1/a.md": f"---\n{front}\n---\nText", "2/b.md": "x"})), by=ada, name="x.zip")
    assert {note["path"].partition(":")[0] for note in checked.problems} == {"1/a.md"}
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("page", ["<div>" * 200_000, "<div a='</div>'>" * 60_000, "<p>x" * 300_000])
def test_html_nested_without_end_stops_the_import_in_time(ada: User, page: str) -> None:
    body = (
        '<organizations><organization><item identifier="r"><item identifierref="p"><title>Page</title></item></item></organization>'
        '</organizations><resources><resource identifier="p" type="webcontent" href="p.html"><file href="p.html"/></resource></resources>'
    )
    began = time.monotonic()
    files = {"imsmanifest.xml": f"<manifest>{body}</manifest>", "p.html": page}
    checked = check_import(as_file(packed(files)), by=ada, name="x.imscc")
    assert [note["path"] for note in checked.problems] == ["p.html"]
    assert time.monotonic() - began < 5


def test_litter_and_what_nobody_names_is_left_behind(ada: User) -> None:
    files = {
        "x/course.json": COURSE,
        "__MACOSX/x/._course.json": "\x00",
        "x/.DS_Store": "\x00",
        "x/Thumbs.db": "\x00",
        "x/style.css": "*{}",
    }
    checked = check_import(as_file(packed(files)), by=ada, name="x.zip")
    assert checked.problems == []
    assert checked.report["counts"]["lessons"] == 4
