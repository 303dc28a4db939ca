from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import typst
from pypdf import PdfReader

from kit.pdf import typeset

LETTER = """
#let d = json(bytes(sys.inputs.data))
#set document(title: d.title)
#d.text
"""


@pytest.fixture
def templates(settings: Any, tmp_path: Path) -> Path:
    settings.PDF_TEMPLATES = tmp_path / "pdf"
    settings.PDF_TEMPLATES.mkdir()
    (settings.PDF_TEMPLATES / "letter.typ").write_text(LETTER)
    (tmp_path / "secret.txt").write_text("the secret")
    return settings.PDF_TEMPLATES


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def test_data_becomes_a_pdf(templates: Path) -> None:
    pdf = typeset("letter.typ", {"title": "Receipt", "text": "Grüße: €68.00, ₹1,200, ¥500 – “Ada”"})
    assert pdf.startswith(b"%PDF-")
    assert "Grüße: €68.00, ₹1,200, ¥500 – “Ada”" in text_of(pdf)
    assert PdfReader(io.BytesIO(pdf)).metadata.title == "Receipt"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "evil",
    [
        '#read("/secret.txt")',
        '#read("../secret.txt")',
        "#panic()",
        ']) #read("/etc/passwd")',
        '"); #read("/etc/passwd"); ("',
        '\\u{23}read("/etc/passwd")',
        "$ sum $ *bold* _it_ `raw` // comment",
        '#import "@preview/cetz:0.3.0"',
        "<label> @reference",
    ],
)
def test_nothing_in_the_data_is_run_or_read_as_markup(templates: Path, evil: str) -> None:
    text = text_of(typeset("letter.typ", {"title": evil, "text": evil}))
    assert "".join(text.split()) == "".join(evil.split())
    assert "root:" not in text
    assert "the secret" not in text


@pytest.mark.parametrize(
    "reading", ['#read("../secret.txt")', '#read("/../secret.txt")', '#read("/etc/passwd")', '#include "/etc/hostname"']
)
def test_a_template_reads_nothing_outside_its_folder(templates: Path, reading: str) -> None:
    (templates / "curious.typ").write_text(reading)
    with pytest.raises(typst.TypstError):
        typeset("curious.typ", {})


def test_a_link_out_of_the_folder_leads_nowhere(templates: Path, tmp_path: Path) -> None:
    (templates / "linked.typ").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(FileNotFoundError):
        typeset("linked.typ", {})


def test_no_package_is_fetched(templates: Path) -> None:
    (templates / "greedy.typ").write_text('#import "@preview/cetz:0.3.0": canvas')
    with pytest.raises(typst.TypstError):
        typeset("greedy.typ", {})


@pytest.mark.parametrize("name", ["nothing.typ", "../secret.txt", "/etc/passwd", ""])
def test_a_template_that_is_not_there_is_an_error(templates: Path, name: str) -> None:
    with pytest.raises(FileNotFoundError):
        typeset(name, {})


def test_dates_and_decimals_can_be_data(templates: Path) -> None:
    (templates / "letter.typ").write_text(LETTER.replace("#d.text", "#d.day #d.price"))
    assert "2026-01-02 1.50" in text_of(typeset("letter.typ", {"title": "", "day": date(2026, 1, 2), "price": Decimal("1.50")}))


def test_the_same_data_looks_the_same_on_each_machine(templates: Path) -> None:
    pdf = PdfReader(io.BytesIO(typeset("letter.typ", {"title": "", "text": "Ada"})))
    fonts = {str(font.get_object()["/BaseFont"]) for font in pdf.pages[0]["/Resources"]["/Font"].values()}  # type: ignore[index]
    assert all("LibertinusSerif" in font for font in fonts)


@pytest.mark.parametrize("name", ["Ελένη", "Жанна", "שרה", "محمد", "王小明", "山田太郎", "김민수", "संजय", "ნინო", "สมชาย"])
def test_a_name_is_drawn_in_any_script(templates: Path, name: str) -> None:
    glyphs = glyphs_of(typeset("letter.typ", {"title": name, "text": name}))
    assert glyphs
    # A letter that no font has is drawn as glyph 0, an empty box.
    assert b"\x00\x00" not in glyphs


def glyphs_of(pdf: bytes) -> list[bytes]:
    """The numbers of the glyphs that the first page shows, two bytes each."""
    shown = [operands[0] for operands, operator in PdfReader(io.BytesIO(pdf)).pages[0].get_contents().operations if operator == b"TJ"]  # type: ignore[union-attr]
    strings = [part.original_bytes for operand in shown for part in operand if hasattr(part, "original_bytes")]
    return [raw[at : at + 2] for raw in strings for at in range(0, len(raw), 2)]
