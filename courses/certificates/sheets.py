"""A certificate as a sheet of paper: PDF, and pictures of it."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import qrcode
from django.conf import settings
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import get_language, gettext, ngettext

from courses.certificates.addresses import page_address
from courses.certificates.models import Certificate
from kit.covers import draw_cover
from kit.durations import duration
from kit.pdf import draw_sheet, typeset

TEMPLATE: Final = "certificate.typ"
MOST_OUTCOMES: Final = 6
_LONG_WORD: Final = re.compile(r"\S{24}(?=\S)")
_SHARED_PPI: Final = 104
"""Makes the sheet 1216 pixels wide: what networks show of a shared link."""


def certificate_pdf(certificate: Certificate) -> bytes:
    return typeset(TEMPLATE, sheet_data(certificate))


def certificate_svg(certificate: Certificate) -> bytes:
    return draw_sheet(TEMPLATE, sheet_data(certificate))


def certificate_png(certificate: Certificate) -> bytes:
    return draw_sheet(TEMPLATE, sheet_data(certificate), pixels_per_inch=_SHARED_PPI)


def sheet_data(certificate: Certificate) -> dict[str, Any]:
    """All that the sheet says, in the active language. `certificate.enrolment.course` is read."""
    shown = certificate.outcomes[:MOST_OUTCOMES]
    page = page_address(certificate.pk)
    return {
        "lang": (get_language() or "en").partition("-")[0],
        "site": settings.SITE_NAME,
        "name": _breakable(certificate.learner_name),
        "course": _breakable(certificate.course_title),
        "creator": _breakable(certificate.creator_name),
        "outcomes": [_breakable(Truncator(outcome).chars(110)) for outcome in shown],
        "date": _day(certificate.completed_at),
        "length": describe_length(certificate.lessons, certificate.minutes),
        "number": str(certificate.pk),
        "page": page,
        "qr": draw_qr(page),
        "cover": draw_cover("course", certificate.enrolment.course.slug),
        "revoked": gettext("Revoked on %(day)s. It is no longer valid.") % {"day": _day(certificate.revoked_at)}
        if certificate.revoked_at
        else "",
        "words": {
            "certificate": gettext("Certificate of completion"),
            "finished": gettext("has finished the course"),
            "learnt": gettext("What was learnt"),
            "taught": gettext("Taught by"),
            "on": gettext("Finished on"),
            "length": gettext("Length"),
            "number": gettext("Number"),
            "verify": gettext("Scan the code to verify it, or open"),
        },
    }


def describe_length(lessons: int, minutes: int) -> str:
    """ "9 lessons, 2 h 15 min"."""
    told = ngettext("%(n)d lesson", "%(n)d lessons", lessons) % {"n": lessons}
    return gettext("%(lessons)s, %(length)s") % {"lessons": told, "length": duration(minutes)}


@lru_cache(maxsize=64)
def draw_qr(text: str) -> str:
    """A QR code (ISO 18004, correction level M, four modules of white around) as SVG: one path, ink on white."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4)
    code.add_data(text)
    rows = code.get_matrix()
    side = len(rows)
    runs = []
    for y, row in enumerate(rows):
        x = 0
        while x < side:
            if row[x]:
                start = x
                while x < side and row[x]:
                    x += 1
                runs.append(f"M{start} {y}h{x - start}v1h-{x - start}z")
            else:
                x += 1
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}"><path fill="#fff" d="M0 0h{side}v{side}H0z"/>'
        f'<path fill="#23252b" shape-rendering="crispEdges" d="{"".join(runs)}"/></svg>'
    )


def _breakable(text: str) -> str:
    """With places to break within words of more than 24 letters, so that none runs off the sheet."""
    return _LONG_WORD.sub(lambda found: found[0] + "\u200b", text)


def _day(moment: datetime) -> str:
    english = (get_language() or "en").startswith("en")
    return date_format(moment, "j F Y" if english else "DATE_FORMAT")
