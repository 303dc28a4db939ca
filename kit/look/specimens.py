"""What the style guide shows: sample data for every component, awkward cases included."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.core.paginator import Page, Paginator
from django.urls import reverse


class SpecimenForm(forms.Form):
    """One field of each shape."""

    title = forms.CharField(label="Title", max_length=80)
    email = forms.EmailField(label="Mail address", help_text="For the receipt; nobody else sees it.")
    website = forms.URLField(label="Website", required=False, assume_scheme="https")
    price = forms.CharField(label="Price", required=False, help_text="Use 0 for free. You keep 70% of each sale before tax.")
    discount = forms.IntegerField(label="Discount", required=False)
    category = forms.ChoiceField(label="Category", choices=[("design", "Design and type"), ("writing", "Writing"), ("food", "Food")])
    password = forms.CharField(label="Password", widget=forms.PasswordInput, max_length=128)
    description = forms.CharField(
        label="Description",
        widget=forms.Textarea,
        max_length=4000,
        help_text="Markdown works. Say who it is for and what they hold at the end.",
    )
    notes = forms.CharField(label="Note to the reviewer", widget=forms.Textarea, required=False, max_length=400)
    licence = forms.ChoiceField(
        label="What a buyer may do with it",
        widget=forms.RadioSelect,
        choices=[("own", "Use it for their own work"), ("studio", "Use it in their studio"), ("resell", "Sell what they make of it")],
    )
    formats = forms.MultipleChoiceField(
        label="Formats", widget=forms.CheckboxSelectMultiple, choices=[("pdf", "PDF"), ("epub", "EPUB"), ("docx", "Word")], required=False
    )
    terms = forms.BooleanField(label="I made this, or have the right to sell it", help_text="We ask for proof only when somebody objects.")
    cover = forms.FileField(label="Cover", required=False, help_text="JPEG, PNG or WebP, up to 10 MB. We draw one when there is none.")


HINTS = {
    "own": "One person, any number of projects",
    "studio": "Up to ten people in one company",
    "resell": "In print or on screen, never as a file that competes with yours",
}


CARDS: list[dict[str, Any]] = [
    {
        "kind": "ebook",
        "kind_label": "Ebook",
        "fact": "184 pages",
        "title": "A small-press manual: paper, margins, money",
        "maker": "Teodor Ivanov",
        "price": "€19.00",
        "rating": 4.9,
        "rating_count": 541,
    },
    {
        "kind": "prompt",
        "kind_label": "Prompt",
        "fact": "GPT, Claude, Mistral",
        "title": "Plain SQL from plain questions",
        "maker": "Idris Bello",
        "price": "€9.00",
        "rating": 4.7,
        "rating_count": 1304,
    },
    {
        "kind": "persona",
        "kind_label": "Persona",
        "fact": "12 example answers",
        "title": "The botanist at the kitchen table",
        "maker": "Naledi Mokoena",
        "price": "Free",
        "rating": 4.6,
        "rating_count": 2087,
    },
    {
        "kind": "template",
        "kind_label": "Template",
        "fact": "Figma, Docs",
        "title": "Quiet invoices for one-person studios",
        "maker": "Hanne Dahl",
        "price": "€14.00",
        "compare_at": "€18.00",
        "flag": "Until 30 Nov",
    },
    {
        "kind": "course",
        "kind_label": "Course",
        "fact": "31 lessons",
        "title": "Write the grant: from blank page to a budget that adds up",
        "maker": "Dr. Chidinma Okonkwo-Featherstonehaugh",
        "price": "€89.00",
        "flag": "3 lessons free",
    },
    {
        "kind": "bundle",
        "kind_label": "Bundle",
        "fact": "5 works",
        "title": "The working illustrator’s shelf",
        "maker": "Hanne Dahl and 2 others",
        "price": "€46.00",
        "compare_at": "€71.00",
        "rating": 4.7,
        "rating_count": 58,
    },
    {
        "kind": "ebook",
        "kind_label": "كتاب",
        "fact": "142 صفحة",
        "title": "خط النسخ للشاشات الصغيرة",
        "maker": "أمل الخطيب",
        "price": "€12.50",
        "flag": "New",
    },
    {
        "kind": "prompt",
        "kind_label": "Prompt",
        "fact": "Any model",
        "title": "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
        "maker": "Ø",
        "price": "¥1,234,567",
    },
]


def cards() -> list[dict[str, Any]]:
    """Cards as `components/work_card.html` takes them: long titles, another script, one word that does not end."""
    return [{"url": "#cards", "cover_url": reverse("cover", args=[card["kind"], card["title"]]), **card} for card in CARDS]


def refused_form() -> SpecimenForm:
    form = SpecimenForm(
        {
            "title": "Specimen sheet",
            "email": "rosa@",
            "price": "0.30",
            "category": "design",
            "description": "A two-page sheet.",
            "terms": "",
        },
        auto_id="refused_%s",
        prefix="refused",
    )
    form.data = {f"refused-{name}": value for name, value in form.data.items()}
    form.add_error("title", "You already sell a template called “Specimen sheet”. Choose another title, or edit that one.")
    form.add_error("price", "Use 0 for free, or at least €0.50.")
    form.add_error(None, "The category was closed while you wrote. Pick another one.")
    return form


def page_of(number: int, pages: int = 49) -> Page[int]:
    return Paginator(range(pages * 12), 12).page(number)


ROWS: list[dict[str, Any]] = [
    {"kind": "ebook", "title": "Letters that hold", "state": "live", "words": "Live", "views": 4208, "sold": 61, "earned": 362950},
    {"kind": "template", "title": "Specimen sheet", "state": "submitted", "words": "Submitted 2 days ago"},
    {"kind": "prompt", "title": "Name that typeface", "state": "rejected", "words": "Needs changes"},
    {"kind": "persona", "title": "Proofing kit 2023", "state": "archived", "words": "Archived", "views": 12, "sold": 0, "earned": 0},
]
STATES = [
    ("draft", "Draft"),
    ("submitted", "Submitted 2 days ago"),
    ("approved", "Approved, not yet live"),
    ("live", "Live"),
    ("rejected", "Needs changes"),
    ("archived", "Archived"),
    ("pending", "Payment pending"),
    ("paid", "Paid"),
    ("failed", "Card declined"),
    ("refunded", "Refunded"),
]
COLOURS = ["base-100", "base-200", "base-300", "edge", "base-content", "soft", "primary", "success", "warning", "error", "wash"]
SIZES = ["xs", "sm", "base", "lg", "xl", "2xl", "3xl", "4xl", "5xl"]
MOMENT = datetime(2026, 11, 21, 9, 14, tzinfo=UTC)


def everything() -> dict[str, Any]:
    """The context of the style guide."""
    return {
        "cards": cards(),
        "states": STATES,
        "colours": COLOURS,
        "sizes": SIZES,
        "form": SpecimenForm(auto_id="sample_%s", prefix="sample"),
        "refused": refused_form(),
        "hints": HINTS,
        "first_page": page_of(1),
        "middle_page": page_of(7),
        "rows": ROWS,
        "moment": MOMENT,
        "crumbs": [("Marketplace", "#crumbs"), ("Ebooks", "#crumbs"), ("Design and type", "")],
        "drawings": ["shelf", "sheet", "cart", "chart"],
        "pictures": [
            {"url": reverse("cover", args=["template", "one"]), "alt": "The first sheet", "width": 400, "height": 300},
            {"url": reverse("cover", args=["template", "two"]), "alt": "The second sheet", "width": 400, "height": 300},
            {"url": reverse("cover", args=["ebook", "three"]), "alt": "The whole set on a shelf", "width": 400, "height": 300},
        ],
        "faces": ["marta", "idris", "naledi", "teodor"],
    }
