from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest

from kit.csv_export import csv_response


def read(response: object) -> list[list[str]]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.reader(io.StringIO(text)))


@pytest.mark.parametrize(
    "evil",
    [
        "=1+1",
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "=cmd|' /C calc'!A0",
        "  =1+1",
        "＝1+1",
        "－2+3",
        "＠SUM(1)",
        "|calc",
        "%0A=1",
    ],
)
def test_text_that_a_spreadsheet_would_run_is_made_text(evil: str) -> None:
    assert read(csv_response("a.csv", ["h"], [[evil]]))[1] == [f"'{evil}"]


def test_evil_headers_are_made_text_too() -> None:
    assert read(csv_response("a.csv", ["=1+1"], []))[0] == ["'=1+1"]


@pytest.mark.parametrize("fine", ["a=b", "5", "-12.50", "+491234", "e-mail@example.com", "Grüße, “Ada”", 'say "hi"', "line\nbreak", ""])
def test_ordinary_text_and_numbers_stay_as_they_are(fine: str) -> None:
    assert read(csv_response("a.csv", ["h"], [[fine, "end"]]))[1] == [fine, "end"]


def test_values_are_written_as_one_expects() -> None:
    assert read(csv_response("a.csv", ["a", "b", "c", "d"], [[-5, Decimal("-1.50"), None, True]]))[1] == ["-5", "-1.50", "", "True"]


def test_the_file_is_written_while_the_rows_are_read() -> None:
    asked: list[int] = []

    def rows() -> object:
        for number in range(1000):
            asked.append(number)
            yield [number]

    lines = iter(csv_response("a.csv", ["n"], rows()))  # type: ignore[arg-type]
    next(lines), next(lines)
    assert len(asked) == 1


def test_the_answer_is_a_private_attachment_that_spreadsheets_read_as_utf_8() -> None:
    response = csv_response("Einnahmen/März.csv", ["h"], [])
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == "attachment; filename*=utf-8''M%C3%A4rz.csv"
    assert response["Cache-Control"] == "private, no-store"
    assert b"".join(response.streaming_content).startswith(b"\xef\xbb\xbf")
