"""What sets one kind of product apart: its words, its glyph, the facts that a listing states, the files that it may hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol, Self

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kit.durations import duration
from marketplace.errors import BadListing
from marketplace.models import Kind


class HasKind(Protocol):
    """A product, or a search result that looks like one."""

    kind: str
    details: dict[str, Any]


MOST_EXAMPLES = 8
"""Example answers that a persona's listing may show."""
MOST_WORDS = 12
"""Models or formats that a listing may name."""


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _words(value: Any) -> tuple[str, ...]:
    return tuple(str(word) for word in value if word) if isinstance(value, Sequence) and not isinstance(value, str) else ()


@dataclass(frozen=True, kw_only=True)
class Details:
    """The facts of a listing as `Product.details` stores them. Reading never fails: what does not fit is left out."""

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        return cls()

    def as_stored(self) -> dict[str, Any]:
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @property
    def fact(self) -> str:
        """The one fact that a card shows; "" when there is none."""
        return ""


@dataclass(frozen=True, kw_only=True)
class EbookDetails(Details):
    """`pages` of the longest file, and what it comes as: ("PDF", "EPUB")."""

    pages: int | None = None
    formats: tuple[str, ...] = ()

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        return cls(pages=_count(stored.get("pages")), formats=_words(stored.get("formats")))

    @property
    def fact(self) -> str:
        if self.pages:
            return ngettext("%(count)d page", "%(count)d pages", self.pages) % {"count": self.pages}
        return ", ".join(self.formats[:3])


@dataclass(frozen=True, kw_only=True)
class PromptDetails(Details):
    """The models that it was tried with, and how many prompts there are."""

    models: tuple[str, ...] = ()
    prompt_count: int | None = None

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        return cls(models=_words(stored.get("models")), prompt_count=_count(stored.get("prompt_count")))

    @property
    def fact(self) -> str:
        if self.models:
            return ", ".join(self.models[:2])
        if self.prompt_count:
            return ngettext("%(count)d prompt", "%(count)d prompts", self.prompt_count) % {"count": self.prompt_count}
        return ""


@dataclass(frozen=True, kw_only=True)
class TemplateDetails(Details):
    """The programs or file types that it opens in."""

    formats: tuple[str, ...] = ()

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        return cls(formats=_words(stored.get("formats")))

    @property
    def fact(self) -> str:
        return ", ".join(self.formats[:3])


@dataclass(frozen=True, kw_only=True)
class Example:
    """A question and what the persona answers to it."""

    question: str
    answer: str


@dataclass(frozen=True, kw_only=True)
class PersonaDetails(Details):
    """The models that it was tried with, and answers to judge it by."""

    models: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        given = stored.get("examples")
        examples = tuple(
            Example(question=str(entry.get("question", "")), answer=str(entry.get("answer", "")))
            for entry in (given if isinstance(given, list) else ())
            if isinstance(entry, Mapping) and entry.get("question") and entry.get("answer")
        )
        return cls(models=_words(stored.get("models")), examples=examples)

    @property
    def fact(self) -> str:
        if count := len(self.examples):
            return ngettext("%(count)d example answer", "%(count)d example answers", count) % {"count": count}
        return ", ".join(self.models[:2])


@dataclass(frozen=True, kw_only=True)
class CourseDetails(Details):
    """Counts of the version that learners take (R169, R170), written when it is published and by nobody else. `free_lessons` are
    those that anybody may take; `minutes` is the sum of the lessons'."""

    modules: int | None = None
    lessons: int | None = None
    quizzes: int | None = None
    minutes: int | None = None
    free_lessons: int | None = None

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        return cls(**{name: _count(stored.get(name)) for name in cls.__dataclass_fields__})

    @property
    def fact(self) -> str:
        return ngettext("%(count)d lesson", "%(count)d lessons", self.lessons) % {"count": self.lessons} if self.lessons else ""

    @property
    def offer(self) -> str:
        """What of it costs nothing, for a card: "3 lessons free"; "" where nothing does."""
        if not self.free_lessons:
            return ""
        return ngettext("%(count)d lesson free", "%(count)d lessons free", self.free_lessons) % {"count": self.free_lessons}


TEXTS = frozenset({"md", "txt", "json", "csv"})
DOCUMENTS = frozenset({"pdf", "docx", "xlsx", "pptx"})
PICTURES = frozenset({"png", "jpg", "webp"})
DESIGNS = frozenset({"psd", "ai", "fig", "sketch", "indd"})


@dataclass(frozen=True, kw_only=True)
class KindInfo:
    """One kind. `extensions` are those of the files it may hold (jpeg counts as jpg); `listable` says whether the product form makes it.

    With `counts_itself` the facts are counted from what is sold, so that its creator does not state them.
    """

    kind: Kind
    label: str | Promise
    plural: str | Promise
    hint: str | Promise
    details: type[Details]
    extensions: frozenset[str] = field(default_factory=frozenset)
    listable: bool = True
    counts_itself: bool = False

    @property
    def glyph(self) -> str:
        """Name of the drawing in the sprite."""
        return f"k-{self.kind.value}"


KINDS: dict[str, KindInfo] = {
    info.kind.value: info
    for info in (
        KindInfo(
            kind=Kind.COURSE,
            label=gettext_lazy("Course"),
            plural=gettext_lazy("Courses"),
            hint=gettext_lazy("Lessons in an order, with video, texts and quizzes."),
            details=CourseDetails,
            counts_itself=True,
        ),
        KindInfo(
            kind=Kind.EBOOK,
            label=gettext_lazy("Ebook"),
            plural=gettext_lazy("Ebooks"),
            hint=gettext_lazy("A book, a guide, a zine: PDF, EPUB or both."),
            details=EbookDetails,
            extensions=DOCUMENTS | PICTURES | {"epub", "zip", "md", "txt"},
        ),
        KindInfo(
            kind=Kind.PROMPT,
            label=gettext_lazy("Prompt"),
            plural=gettext_lazy("Prompts"),
            hint=gettext_lazy("One prompt or a pack, with blanks to fill in."),
            details=PromptDetails,
            extensions=TEXTS | PICTURES | {"pdf", "zip"},
        ),
        KindInfo(
            kind=Kind.TEMPLATE,
            label=gettext_lazy("Template"),
            plural=gettext_lazy("Templates"),
            hint=gettext_lazy("A file to start from: documents, sheets, slides, designs."),
            details=TemplateDetails,
            extensions=TEXTS | DOCUMENTS | PICTURES | DESIGNS | {"zip"},
        ),
        KindInfo(
            kind=Kind.PERSONA,
            label=gettext_lazy("Persona"),
            plural=gettext_lazy("Personas"),
            hint=gettext_lazy("A character for an assistant: how it thinks, speaks and answers."),
            details=PersonaDetails,
            extensions=TEXTS | PICTURES | {"pdf", "zip"},
        ),
    )
}


def listable_kinds() -> list[KindInfo]:
    """The kinds that a creator can start from the product form, in the order of the page."""
    return [info for info in KINDS.values() if info.listable]


def kind_info(kind: str) -> KindInfo:
    return KINDS[kind]


def details_of(product: HasKind) -> Details:
    """The facts of a product, typed for its kind."""
    return KINDS[product.kind].details.read(product.details or {})


def clean_details(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """What of `given` the kind knows, as it is stored. Raises `BadListing` for too much of it."""
    stored = KINDS[kind].details.read(given).as_stored()
    for name, value in stored.items():
        if isinstance(value, int) and value > 100_000:
            raise BadListing(_("That is more than we can believe."), field=name)
        if isinstance(value, list):
            _check_list(name, value)
    return stored


def _check_list(name: str, values: list[Any]) -> None:
    most = MOST_EXAMPLES if name == "examples" else MOST_WORDS
    if len(values) > most:
        raise BadListing(_("Name at most %(most)d.") % {"most": most}, field=name)
    for value in values:
        for text, longest in [(value, 40)] if isinstance(value, str) else [(value["question"], 500), (value["answer"], 5000)]:
            if len(text) > longest or "\x00" in text:
                raise BadListing(_("Write at most %(most)d characters.") % {"most": longest}, field=name)


def fact(product: HasKind) -> str:
    """The one fact that a card shows beside the kind: "214 pages", "Figma, PDF"; "" when the creator stated none."""
    return details_of(product).fact


def kind_label(kind: str) -> str:
    return str(KINDS[kind].label)


def describe(product: HasKind) -> list[tuple[str, str]]:
    """Every stated fact as (name, value), for "What is inside"."""
    return [(str(name), value) for name, value in _FACTS[KINDS[product.kind].details](details_of(product)) if value]


def _ebook(details: Any) -> list[tuple[str, str]]:
    return [(_("Pages"), str(details.pages or "")), (_("Comes as"), ", ".join(details.formats))]


def _prompt(details: Any) -> list[tuple[str, str]]:
    return [(_("Prompts"), str(details.prompt_count or "")), (_("Tried with"), ", ".join(details.models))]


def _template(details: Any) -> list[tuple[str, str]]:
    return [(_("Opens in"), ", ".join(details.formats))]


def _persona(details: Any) -> list[tuple[str, str]]:
    return [(_("Tried with"), ", ".join(details.models)), (_("Example answers"), str(len(details.examples) or ""))]


def _course(details: Any) -> list[tuple[str, str]]:
    return [
        (_("Modules"), str(details.modules or "")),
        (_("Lessons"), str(details.lessons or "")),
        (_("Quizzes"), str(details.quizzes or "")),
        (_("Time to take"), duration(details.minutes) if details.minutes else ""),
    ]


_FACTS: dict[type[Details], Callable[[Any], list[tuple[str, str]]]] = {
    EbookDetails: _ebook,
    PromptDetails: _prompt,
    TemplateDetails: _template,
    PersonaDetails: _persona,
    CourseDetails: _course,
}
