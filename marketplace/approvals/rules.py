"""The rules for works, as published and as decisions name them. A slug is for ever: decisions and links hold it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, kw_only=True)
class Rule:
    """`advice` is what its creator can do about it. With `needs_note` staff have to say what exactly they mean.

    `is_unlawful`: what breaks it may not even be handed to those who bought it.
    """

    slug: str
    title: str | Promise
    text: str | Promise
    advice: str | Promise
    needs_note: bool = False
    is_unlawful: bool = False


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        slug="rights",
        title=_("It is yours to sell"),
        text=_("You made it, or you hold the right to sell it: words, pictures, fonts, names and marks in it too."),
        advice=_("Replace what is not yours, or show us the licence that covers it."),
        needs_note=True,
    ),
    Rule(
        slug="as-described",
        title=_("It is what the page says"),
        text=_("Title, pictures, sample and facts show what buyers get: the number of pages, the formats, the models it was tried with."),
        advice=_("Change the page to fit the work, or the work to fit the page."),
        needs_note=True,
    ),
    Rule(
        slug="works",
        title=_("It opens and works"),
        text=_("Every file opens in the programs it is meant for, without a password, and nothing is cut off or missing."),
        advice=_("Export the files again, open them on another machine, and upload them as replacements."),
        needs_note=True,
    ),
    Rule(
        slug="finished",
        title=_("It is finished"),
        text=_("What is sold is there today. A sample, a promise or a list of links is not a work."),
        advice=_("Finish it first. Keep it as a draft until then; a later version can add more."),
    ),
    Rule(
        slug="care",
        title=_("Somebody took care"),
        text=_("Made with a model or without: somebody chose, checked and edited it. Raw output in bulk is not a work."),
        advice=_("Edit it, check its facts, and say on the page how it was made."),
        needs_note=True,
    ),
    Rule(
        slug="place",
        title=_("It stands where it belongs"),
        text=_("Kind, category, tags and language fit, and the title says what it is, without shouting and without others' names."),
        advice=_("Choose the category and tags that fit, and a plain title."),
    ),
    Rule(
        slug="once",
        title=_("It is listed once"),
        text=_("One work, one page. Small changes belong into a new version, not into a second listing."),
        advice=_("Keep one of the listings and add a version to it."),
    ),
    Rule(
        slug="respect",
        title=_("It harms nobody"),
        text=_(
            "No hatred or harassment, no private facts about people, no impersonation, no sexual content with minors or without consent."
        ),
        advice=_("Take out what we name. If the work is about such things rather than made of them, say so on the page."),
        needs_note=True,
    ),
    Rule(
        slug="safe",
        title=_("It is safe to use"),
        text=_(
            "No program that harms, no prompt made to break into systems, no advice that puts a reader's health or money at risk unsaid."
        ),
        advice=_("Take out what we name, or warn where a reader has to know."),
        needs_note=True,
    ),
    Rule(
        slug="unlawful",
        title=_("It is lawful"),
        text=_("Nothing that the law forbids to sell. Such works are taken down for good, and their files are closed for everybody."),
        advice=_("Write to us if you think that we are wrong; nothing else can be done from here."),
        needs_note=True,
        is_unlawful=True,
    ),
)

_BY_SLUG: Final = {rule.slug: rule for rule in RULES}


def find_rule(slug: str) -> Rule | None:
    return _BY_SLUG.get(slug)
