"""What creators type about their work."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from kit.errors import DomainError
from kit.forms import MoneyField
from kit.money import CURRENCY_CHOICES
from marketplace.kinds import MOST_EXAMPLES, KindInfo, PersonaDetails, clean_details, kind_info
from marketplace.models import Category, PricingType, Product, State, Version
from marketplace.pricing import check_price
from marketplace.services.products import Listing, find_title_twin
from marketplace.services.versions import suggest_label
from marketplace.tags import split_tags

LANGUAGES = sorted(((code, name) for code, name in settings.LANGUAGES), key=lambda pair: str(pair[1]))


class WordsField(forms.CharField):
    """Words with commas between; cleans to a list of them, each once."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return list(value)
        text = super().to_python(value) or ""
        return list(dict.fromkeys(word for part in text.replace("\n", ",").split(",") if (word := " ".join(part.split()))))

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, (list, tuple)) else value


class ExampleForm(forms.Form):
    question = forms.CharField(label=gettext_lazy("Question"), max_length=500, required=False)
    answer = forms.CharField(label=gettext_lazy("Answer"), max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 4}))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("question") and not cleaned.get("answer") and "answer" not in self.errors:
            self.add_error("answer", _("Write what the persona answers."))
        if cleaned.get("answer") and not cleaned.get("question") and "question" not in self.errors:
            self.add_error("question", _("Write what was asked."))
        return cleaned


ExampleFormSet = formset_factory(ExampleForm, extra=1, min_num=1, max_num=MOST_EXAMPLES, absolute_max=MOST_EXAMPLES)


class ProductForm(forms.Form):
    """Words, facts and price of one listing. `listing()` is what it means; the kind decides which facts are asked."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=120, error_messages={"required": gettext_lazy("Give it a title.")})
    summary = forms.CharField(
        label=gettext_lazy("In one sentence"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Stands under the title and in search results."),
    )
    description = forms.CharField(
        label=gettext_lazy("Description"),
        max_length=20_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=gettext_lazy("Markdown works. Say who it is for and what they hold at the end."),
    )
    sample_output = forms.CharField(
        label=gettext_lazy("Sample"),
        max_length=20_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=gettext_lazy("A part that everybody may read before buying: a page, a prompt with its {{blanks}}, a result."),
    )
    category = forms.ModelChoiceField(
        label=gettext_lazy("Category"), queryset=Category.objects.all(), required=False, empty_label=gettext_lazy("Choose one")
    )
    tags = WordsField(
        label=gettext_lazy("Tags"),
        required=False,
        help_text=gettext_lazy("At most ten, with commas between: what people would search for."),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language of the work"), choices=LANGUAGES, initial="en")
    pricing = forms.ChoiceField(
        label=gettext_lazy("How is it paid for?"), choices=PricingType.choices, widget=forms.RadioSelect, initial=PricingType.FIXED
    )
    currency = forms.ChoiceField(label=gettext_lazy("Currency"), choices=CURRENCY_CHOICES, initial=settings.DEFAULT_CURRENCY)
    price = MoneyField(label=gettext_lazy("Price"), currency=settings.DEFAULT_CURRENCY, required=False)
    compare_at = MoneyField(
        label=gettext_lazy("Old price"),
        currency=settings.DEFAULT_CURRENCY,
        required=False,
        help_text=gettext_lazy("Struck out beside the price. Only one that you really asked."),
    )
    minimum = MoneyField(
        label=gettext_lazy("Minimum"),
        currency=settings.DEFAULT_CURRENCY,
        required=False,
        help_text=gettext_lazy("0 lets people take it for nothing."),
    )
    suggested = MoneyField(
        label=gettext_lazy("Suggestion"),
        currency=settings.DEFAULT_CURRENCY,
        required=False,
        help_text=gettext_lazy("What the field is filled with."),
    )
    publish_on_approval = forms.BooleanField(
        label=gettext_lazy("Put it on sale as soon as it is approved"),
        required=False,
        initial=True,
        help_text=gettext_lazy("Otherwise it waits until you say so."),
    )

    def __init__(self, data: Any = None, *, creator: User, kind: str, product: Product | None = None, **kwargs: Any) -> None:
        self.creator, self.kind, self.product = creator, kind, product
        initial = _initial_of(product) if product else {}
        super().__init__(data, initial={**initial, **kwargs.pop("initial", {})}, **kwargs)
        self.fields |= _detail_fields(self.info)
        currency = self["currency"].value()
        for name in ("price", "compare_at", "minimum", "suggested"):
            cast(MoneyField, self.fields[name]).currency = currency if currency in settings.CURRENCIES else settings.DEFAULT_CURRENCY
        self.examples = self._make_examples(data)

    @property
    def info(self) -> KindInfo:
        return kind_info(self.kind)

    @property
    def pricing_hints(self) -> dict[str, str]:
        return {
            PricingType.FIXED.value: _("Everybody pays the same."),
            PricingType.FREE.value: _("Everybody takes it for nothing."),
            PricingType.PWYW.value: _("Buyers name the amount, from a minimum of yours."),
        }

    @property
    def detail_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in _detail_fields(self.info)]

    def _make_examples(self, data: Any) -> BaseFormSet | None:
        if self.info.details is not PersonaDetails:
            return None
        stored = (self.product.details if self.product else {}).get("examples", [])
        return ExampleFormSet(data, prefix="examples", initial=[{"question": e["question"], "answer": e["answer"]} for e in stored])

    def clean_title(self) -> str:
        title = " ".join(str(self.cleaned_data["title"]).split())
        twin = find_title_twin(self.creator, self.kind, title, other_than=self.product.pk if self.product else None)
        if twin is not None:
            raise ValidationError(
                _("You already have one called “%(title)s” (%(kind)s). Choose another title, or edit that one."),
                code="title_taken",
                params={"title": twin.title, "kind": self.info.label},
            )
        return title

    def clean_tags(self) -> list[str]:
        try:
            return split_tags(",".join(self.cleaned_data["tags"]))
        except DomainError as error:
            raise ValidationError(str(error), code=error.code) from error

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        pricing = cleaned.get("pricing")
        cleaned["price_minor"] = {PricingType.FIXED: cleaned.get("price"), PricingType.PWYW: cleaned.get("minimum") or 0}.get(
            cast(PricingType, pricing), 0
        )
        cleaned["suggested_minor"] = cleaned.get("suggested") if pricing == PricingType.PWYW else None
        cleaned["compare_at_minor"] = cleaned.get("compare_at") if pricing == PricingType.FIXED else None
        if not {"pricing", "currency", "price", "minimum", "suggested", "compare_at"} & set(self.errors):
            self._check_price(cleaned)
        if self.examples is not None and not self.examples.is_valid():
            self.add_error(None, _("Look at the example answers."))
        self._check_details(cleaned)
        return cleaned

    def _check_price(self, cleaned: dict[str, Any]) -> None:
        try:
            check_price(**{name: cleaned[name] for name in ("pricing", "currency", "price_minor", "suggested_minor", "compare_at_minor")})
        except DomainError as error:
            name = error.field or "price"
            self.add_error("minimum" if name == "price" and cleaned["pricing"] == PricingType.PWYW else name, str(error))
            return
        approved = self.product is not None and self.product.state in (State.APPROVED, State.LIVE)
        if approved and cleaned["pricing"] == PricingType.FIXED and not cleaned["price_minor"]:
            self.add_error("price", _("Set a price, or choose Free."))

    def _check_details(self, cleaned: dict[str, Any]) -> None:
        given = {name: cleaned.get(name) for name in _detail_fields(self.info)}
        if self.examples is not None and self.examples.is_valid():
            given["examples"] = [entry for form in self.examples if (entry := form.cleaned_data) and entry.get("question")]
        try:
            cleaned["details"] = clean_details(self.kind, given)
        except DomainError as error:
            self.add_error(error.field if error.field in self.fields else None, str(error))

    def listing(self) -> Listing:
        """What was typed, once the form is valid."""
        names = (
            *("title", "summary", "description", "sample_output", "language", "category", "tags", "details", "pricing", "currency"),
            *("price_minor", "suggested_minor", "compare_at_minor", "publish_on_approval"),
        )
        return Listing(**{name: self.cleaned_data[name] for name in names})


def _detail_fields(info: KindInfo) -> dict[str, forms.Field]:
    models = WordsField(
        label=gettext_lazy("Tried with"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("The models that you tested it on, with commas between."),
    )
    fields: dict[str, dict[str, forms.Field]] = {
        "ebook": {
            "pages": forms.IntegerField(
                label=gettext_lazy("Pages"),
                required=False,
                min_value=1,
                max_value=100_000,
                widget=forms.TextInput(attrs={"inputmode": "numeric"}),
            ),
            "formats": WordsField(label=gettext_lazy("Comes as"), required=False, max_length=200, help_text=gettext_lazy("PDF, EPUB")),
        },
        "prompt": {
            "models": models,
            "prompt_count": forms.IntegerField(
                label=gettext_lazy("How many prompts"),
                required=False,
                min_value=1,
                max_value=100_000,
                widget=forms.TextInput(attrs={"inputmode": "numeric"}),
            ),
        },
        "template": {
            "formats": WordsField(
                label=gettext_lazy("Opens in"),
                required=False,
                max_length=200,
                help_text=gettext_lazy("Programs or file types, with commas between."),
            )
        },
        "persona": {"models": models},
    }
    return fields.get(info.kind.value, {})


def _initial_of(product: Product) -> dict[str, Any]:
    listing = Listing.of(product)
    pwyw = product.pricing == PricingType.PWYW
    return {
        "title": listing.title,
        "summary": listing.summary,
        "description": listing.description,
        "sample_output": listing.sample_output,
        "category": product.category_id,
        "tags": list(listing.tags),
        "language": listing.language,
        "pricing": listing.pricing,
        "currency": listing.currency,
        "price": listing.price_minor if product.pricing == PricingType.FIXED else None,
        "minimum": product.price_minor if pwyw else None,
        "suggested": listing.suggested_minor,
        "compare_at": listing.compare_at_minor,
        "publish_on_approval": listing.publish_on_approval,
        **{name: value for name, value in product.details.items() if name != "examples"},
    }


class FilesInput(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One file or several; cleans to a list. What is in them is the services' matter."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        given = data if isinstance(data, (list, tuple)) else [data] if data else []
        if not given:
            raise ValidationError(_("Choose a file."), code="required")
        # An empty file gets the services' sentence, which names it.
        return [cast(UploadedFile, one) for one in given]


class UploadForm(forms.Form):
    file = FilesField(label=gettext_lazy("Files"))

    def __init__(self, *args: Any, extensions: frozenset[str] = frozenset(), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if extensions:
            self.fields["file"].widget.attrs["accept"] = ",".join(f".{extension}" for extension in sorted(extensions | {"jpeg"}))


class PictureForm(forms.Form):
    image = forms.FileField(
        label=gettext_lazy("Picture"),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
        error_messages={"required": gettext_lazy("Choose a picture.")},
    )


class GalleryPictureForm(PictureForm):
    alt = forms.CharField(
        label=gettext_lazy("What it shows"), max_length=200, required=False, help_text=gettext_lazy("For people who cannot see it.")
    )


class AltForm(forms.Form):
    alt = forms.CharField(label=gettext_lazy("What it shows"), max_length=200, required=False)


class VersionForm(forms.Form):
    label = forms.CharField(
        label=gettext_lazy("Version"), max_length=20, help_text=gettext_lazy("1.3.0 after 1.2.0: more of it. 2.0.0: a new work.")
    )
    changelog = forms.CharField(
        label=gettext_lazy("What changed"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("Buyers of older versions read this first. Markdown works."),
    )


class NewVersionForm(VersionForm):
    copy_files = forms.BooleanField(label=gettext_lazy("Begin with the files of the last version"), required=False, initial=True)

    def __init__(self, *args: Any, newest: Version | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["label"].initial = suggest_label(newest.label) if newest else "1.0.0"
