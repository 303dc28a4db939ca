"""Tables for spreadsheets."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

from kit.storage import safe_filename

# OWASP, "CSV Injection": cells that begin so are run as formulas; full-width twins count in some locales.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"^[-+]?\d+([.,]\d+)*$")


class _Echo:
    def write(self, line: str) -> str:
        return line


def csv_response(filename: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """A CSV file that is written while `rows` is read, so give it `queryset.iterator()` for a long one.

    UTF-8 with a byte order mark (spreadsheets need it), RFC 4180 line ends. Text that a spreadsheet would run as
    a formula is prefixed with an apostrophe; numbers, negative ones too, stay numbers.
    """
    response = StreamingHttpResponse(_lines(header, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, safe_filename(filename)) or "attachment"
    response["Cache-Control"] = "private, no-store"
    return response


def _lines(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow([_harmless(cell) for cell in header])
    for row in rows:
        yield writer.writerow([_harmless(cell) for cell in row])


def _harmless(cell: Any) -> Any:
    if cell is None:
        return ""
    if not isinstance(cell, str):
        return _harmless(str(cell)) if not isinstance(cell, (int, float)) else cell
    if cell.lstrip(" ").startswith(_FORMULA) and not _NUMBER.match(cell):
        return f"'{cell}"
    return cell
