"""Receipts: what an order was, in figures and words, as data for mails and as a PDF."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext

from kit.money import format_money
from kit.pdf import typeset
from marketplace.kinds import kind_label
from marketplace.orders.countries import country_name
from marketplace.orders.models import Order
from marketplace.orders.selectors import order_lines

PRACTICE_GATEWAY = "sandbox"


def receipt_name(order: Order) -> str:
    return f"{settings.SITE_NAME} {order.number}.pdf"


def receipt_pdf(order: Order) -> bytes:
    """The receipt of an order that was paid, typeset from `templates/pdf/receipt.typ`."""
    return typeset("receipt.typ", receipt_data(order))


def receipt_data(order: Order) -> dict[str, Any]:
    """All that the receipt says, as text in the active language. Two queries.

    It speaks of no tax: none is computed, so none is claimed to be included.
    """
    lines = list(order_lines(order))
    refunded = sum(line.refunded_minor for line in lines)
    return {
        "lang": (get_language() or "en").partition("-")[0],
        "site": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "support": settings.SUPPORT_EMAIL,
        "number": order.number,
        "date": _day(order.paid_at or order.created_at),
        "buyer": [part for part in (order.billing_name, country_name(order.billing_country)) if part],
        "lines": [
            {
                "title": line.title,
                "about": gettext("%(kind)s by %(creator)s") % {"kind": kind_label(line.kind), "creator": line.creator.name},
                "version": gettext("Version %(label)s") % {"label": line.version.label} if line.version else "",
                "amount": format_money(line.paid_minor, order.currency),
                "note": str(line.get_withheld_display()) if line.withheld else "",
            }
            for line in lines
        ],
        "total": format_money(order.total_minor, order.currency),
        "currency": order.currency,
        "refunded": format_money(-refunded, order.currency) if refunded else "",
        "kept": format_money(order.total_minor - refunded, order.currency) if refunded else "",
        "paid_with": paid_with(order),
        "practice": gettext("Practice receipt: no money changed hands.") if is_practice(order) else "",
        "words": {
            "receipt": gettext("Receipt"),
            "for": gettext("For"),
            "number": gettext("Number"),
            "date": gettext("Paid on"),
            "how": gettext("Paid with"),
            "work": gettext("Work"),
            "amount": gettext("Amount"),
            "paid": gettext("Paid"),
            "refunded": gettext("Sent back"),
            "kept": gettext("Remains"),
            "thanks": gettext("What you bought stays in your library, with every new version."),
            "questions": gettext("Questions? Write to %(support)s and name the number.") % {"support": settings.SUPPORT_EMAIL},
        },
    }


def _day(moment: datetime) -> str:
    english = (get_language() or "en").startswith("en")
    return date_format(timezone.localtime(moment), "j F Y" if english else "DATE_FORMAT")


def is_practice(order: Order) -> bool:
    return order.payment is not None and order.payment.gateway == PRACTICE_GATEWAY


def paid_with(order: Order) -> str:
    if order.payment is None:
        return gettext("Nothing to pay")
    return gettext("Practice payment") if is_practice(order) else order.payment.gateway.capitalize()
