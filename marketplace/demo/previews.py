"""Pictures for the product pages: pages of the work itself, drawn by the typesetter."""

from __future__ import annotations

import json
from typing import Any

import typst
from django.conf import settings

from marketplace.demo.content import Work
from marketplace.demo.files import blocks_of

PIXELS_PER_INCH = 92


def draw_preview(work: Work, author: str) -> list[tuple[str, bytes]]:
    """Pairs of what a picture shows and the picture (PNG): two sheets of the work, as a buyer will see it."""
    data: dict[str, Any] = {"title": work.title, "author": author, "sheets": _sheets(work)}
    template = settings.PDF_TEMPLATES / "preview.typ"
    pages = typst.compile(
        template,
        root=settings.PDF_TEMPLATES,
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data)},
        format="png",
        ppi=PIXELS_PER_INCH,
    )
    pictures = pages if isinstance(pages, list) else [pages]
    return [(sheet["alt"], picture) for sheet, picture in zip(data["sheets"], pictures, strict=False)]


def _sheets(work: Work) -> list[dict[str, Any]]:
    if work.kind in ("ebook", "prompt"):
        return [
            {
                "alt": f"{work.title}: {chapter.title}",
                "head": chapter.title,
                "mono": work.kind == "prompt",
                "blocks": blocks_of(chapter.text)[:6],
            }
            for chapter in work.chapters[:2]
        ]
    if work.kind == "template":
        return [
            {"alt": f"{work.title}: {name}", "head": name, "mono": True, "blocks": [_plain(text[:700])]}
            for name, text in list(work.files.items())[:2]
        ]
    return [
        {
            "alt": f"{work.title} answers: {example['question']}",
            "head": example["question"],
            "mono": False,
            "blocks": [_plain(example["answer"])],
        }
        for example in work.details.get("examples", [])[:2]
    ]


def _plain(text: str) -> dict[str, Any]:
    return {"kind": "text", "spans": [{"text": text, "style": "plain"}]}
