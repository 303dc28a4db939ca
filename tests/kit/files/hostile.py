"""Files as an attacker would send them, and honest ones to compare with. Built in memory: nothing hostile lies in the repository."""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable

from PIL import Image, PngImagePlugin

MB = 1024 * 1024


def pdf(pages: int = 3, *, catalog: bytes = b"", trailer: bytes = b"") -> bytes:
    """A small PDF that opens, with as many pages as wished and room for additions."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R " + catalog + b" >>",
        b"<< /Type /Pages /Count %d /Kids [%s] >>" % (pages, b" ".join(b"%d 0 R" % (3 + n) for n in range(pages))),
        *(b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>" for _ in range(pages)),
    ]
    out, offsets = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return out + b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, start)


def locked_pdf() -> bytes:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf())))
    writer.encrypt("secret", algorithm="AES-128")
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def pdf_bomb() -> bytes:
    """A cross-reference stream that inflates to a gigabyte."""
    packed = zlib.compress(b"\x00" * (300 * MB), 9)
    for _ in range(1):
        packed = zlib.compress(packed, 9)
    body = b"%PDF-1.7\n"
    start = len(body)
    body += (
        b"1 0 obj\n<< /Type /XRef /Size 99999999 /W [1 4 1] /Root 2 0 R /Filter [/FlateDecode /FlateDecode] /Length %d >>\nstream\n"
        % len(packed)
    )
    return body + packed + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % start


def pdf_loop() -> bytes:
    """Cross-reference sections that point at one another."""
    out = b"%PDF-1.7\n"
    first = len(out)
    out += b"xref\n0 1\n0000000000 65535 f \ntrailer\n<< /Size 1 /Root 1 0 R /Prev %d >>\n" % first
    return out + b"startxref\n%d\n%%%%EOF\n" % first


def zipped(files: dict[str, bytes], *, stored: bool = False, names: Callable[[zipfile.ZipInfo], None] | None = None) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            if names:
                names(info)
            archive.writestr(info, content)
    return buffer.getvalue()


def renamed_in_zip(name: str) -> bytes:
    """An archive whose one entry has exactly these bytes as its name, which zipfile itself would tidy."""
    raw = name.encode()
    placeholder = "x" * len(raw)
    packed = zipped({placeholder: b"text"})
    flagged = packed.replace(placeholder.encode(), raw)
    # Say that names are UTF-8, in the local header and in the directory.
    out = bytearray(flagged)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        position = out.find(signature)
        out[position + offset : position + offset + 2] = struct.pack("<H", 0x800)
    return bytes(out)


def zip_bomb() -> bytes:
    return zipped({"zeros.txt": b"\x00" * (200 * MB)})


def nested_bomb() -> bytes:
    """Ten archives of ten archives, each of zeros: gigabytes from kilobytes."""
    innermost = zipped({"zeros.txt": b"\x00" * (40 * MB)})
    middle = zipped({f"{n}.zip": innermost for n in range(10)})
    return zipped({f"{n}.zip": middle for n in range(10)})


def deep_zip(levels: int) -> bytes:
    content = zipped({"a.txt": b"hello"})
    for _ in range(levels - 1):
        content = zipped({"inner.zip": content})
    return content


def overlapping_bomb(*, quoted: bool = False) -> bytes:
    """Many directory entries over one and the same data (all on one local header, or each header inside the one before)."""
    data = b"\x00" * (20 * MB)
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = compressor.compress(data) + compressor.flush()
    checksum = zlib.crc32(data)
    body, directory = b"", b""
    count = 200
    headers = []
    for n in range(count if quoted else 1):
        headers.append(len(body))
        name = b"%04d.txt" % n
        body += struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 8, 0, 0, checksum, len(packed), len(data), len(name), 0) + name
    body += packed
    for n in range(count):
        name = b"%04d.txt" % n
        offset = headers[n] if quoted else 0
        directory += (
            struct.pack(
                "<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, checksum, len(packed), len(data), len(name), 0, 0, 0, 0, 0, offset
            )
            + name
        )
    return body + directory + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(directory), len(body), 0)


def lying_zip(*, stated: int = 100) -> bytes:
    """States a hundred bytes, unpacks to fifty megabytes; the checksum fits the first hundred."""
    data = b"\x00" * (50 * MB)
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = compressor.compress(data) + compressor.flush()
    packed = packed[: stated // 2] if len(packed) < stated else packed
    checksum = zlib.crc32(data[:stated])
    name = b"small.txt"
    stated = max(stated, len(packed))
    checksum = zlib.crc32(data[:stated])
    local = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 8, 0, 0, checksum, len(packed), stated, len(name), 0) + name
    central = (
        struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, checksum, len(packed), stated, len(name), 0, 0, 0, 0, 0, 0) + name
    )
    body = local + packed
    return body + central + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(central), len(body), 0)


def symlink_zip() -> bytes:
    def link(info: zipfile.ZipInfo) -> None:
        info.external_attr = 0o120777 << 16

    return zipped({"link": b"/etc/passwd"}, names=link)


def device_zip() -> bytes:
    def device(info: zipfile.ZipInfo) -> None:
        info.external_attr = 0o020666 << 16

    return zipped({"null": b""}, names=device)


def locked_zip() -> bytes:
    out = bytearray(zipped({"a.txt": b"secret"}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        position = out.find(signature)
        out[position + offset] |= 1
    return bytes(out)


def zip_with_mismatched_names() -> bytes:
    """One name for who reads the directory, another for who reads the entries."""
    out = bytearray(zipped({"good.txt": b"text"}))
    position = out.find(b"good.txt")
    out[position : position + 8] = b"evil.exe"
    return bytes(out)


def zip_with_wrong_checksum() -> bytes:
    out = bytearray(zipped({"a.txt": b"some text that is stored"}, stored=True))
    position = out.find(b"some text")
    out[position] ^= 0xFF
    return bytes(out)


def crowded_zip() -> bytes:
    return zipped({f"{n}.txt": b"" for n in range(10_001)}, stored=True)


def bzip2_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("a.txt", b"text" * 100)
    return buffer.getvalue()


def epub(*, mimetype: bytes = b"application/epub+zip", first: bool = True, package: bool = True, container: bytes | None = None) -> bytes:
    buffer = io.BytesIO()
    default = (
        b'<?xml version="1.0"?><container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        b'<rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
    )
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        if first:
            archive.writestr("mimetype", mimetype, zipfile.ZIP_STORED)
        archive.writestr("META-INF/container.xml", container or default)
        if package:
            archive.writestr("OEBPS/book.opf", b'<package xmlns="http://www.idpf.org/2007/opf"/>')
    return buffer.getvalue()


OFFICE_TYPES = b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
MACRO_TYPES = OFFICE_TYPES.replace(b"/>", b'><Override ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/></Types>')


def office(part: str, *, types: bytes = OFFICE_TYPES, extra: dict[str, bytes] | None = None) -> bytes:
    return zipped({"[Content_Types].xml": types, part: b"<document/>", **(extra or {})})


def picture(kind: str = "PNG", size: tuple[int, int] = (64, 48), **extra: object) -> bytes:
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(buffer, kind, **extra)
    return buffer.getvalue()


def png_flood(width: int = 20_000, height: int = 20_000) -> bytes:
    """A PNG header that promises this many pixels, with hardly any data behind it."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">L", len(data)) + name + data + struct.pack(">L", zlib.crc32(name + data))

    header = struct.pack(">2L5B", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\x00" * 1000)) + chunk(b"IEND", b"")


def true_png_flood() -> bytes:
    """20,000 × 20,000 pixels, complete, in one bit each: a few kilobytes."""
    buffer = io.BytesIO()
    # One row at a time: the test itself must not need the memory that it says the site never takes.
    row = b"\x00" + b"\x00" * (20_000 // 8)
    compressor = zlib.compressobj(9)
    data = b"".join(compressor.compress(row) for _ in range(20_000)) + compressor.flush()

    def chunk(name: bytes, content: bytes) -> None:
        buffer.write(struct.pack(">L", len(content)) + name + content + struct.pack(">L", zlib.crc32(name + content)))

    buffer.write(b"\x89PNG\r\n\x1a\n")
    chunk(b"IHDR", struct.pack(">2L5B", 20_000, 20_000, 1, 0, 0, 0, 0))
    chunk(b"IDAT", data)
    chunk(b"IEND", b"")
    return buffer.getvalue()


def jpeg_of_many_scans(count: int = 5000) -> bytes:
    """A JPEG whose last scan is repeated again and again."""
    whole = picture("JPEG", size=(100, 100), progressive=True)
    last = whole.rfind(b"\xff\xda")
    scan = whole[last:-2]
    return whole[:-2] + scan * count + b"\xff\xd9"


def png_with_script() -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "<script>alert(1)</script>")
    return picture("PNG", pnginfo=info)


def jpeg_with_exif_script() -> bytes:
    exif = Image.Exif()
    exif[0x010E] = "<script>alert(document.domain)</script>"
    return picture("JPEG", exif=exif)


def svg(inside: bytes = b"", attributes: bytes = b"", before: bytes = b"") -> bytes:
    return (
        before
        + b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        + attributes
        + b">"
        + inside
        + b"</svg>"
    )


def deep_json() -> bytes:
    return b"[" * 200_000 + b"]" * 200_000


def wide_json() -> bytes:
    return json.dumps([[] for _ in range(1_000_000)]).encode()
