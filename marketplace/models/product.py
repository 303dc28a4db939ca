"""A listing: something somebody made, with a price. What it contains is content and belongs to its kind."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.core.files.storage import storages
from django.core.files.storage.base import Storage
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from marketplace.errors import WrongState
from marketplace.models.category import Category, Tag
from marketplace.querysets import ProductQuerySet

if TYPE_CHECKING:
    from marketplace.models.version import Version


def public_storage() -> Storage:
    return storages["public"]


class Kind(models.TextChoices):
    COURSE = "course", _("Course")
    PROMPT = "prompt", _("Prompt")
    TEMPLATE = "template", _("Template")
    EBOOK = "ebook", _("Ebook")
    PERSONA = "persona", _("Persona")


class PricingType(models.TextChoices):  # R174
    FIXED = "fixed", _("Fixed price")
    FREE = "free", _("Free")
    PWYW = "pwyw", _("Pay what you want")


class State(models.TextChoices):
    """draft → submitted → approved or rejected → live → archived; staff may take a live one down (R56)."""

    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    REJECTED = "rejected", _("Needs changes")
    APPROVED = "approved", _("Approved, not yet live")
    LIVE = "live", _("Live")
    ARCHIVED = "archived", _("Archived")
    REMOVED = "removed", _("Taken down")


class Product(models.Model):
    """A listing.

    Prices are whole minor units of `currency`. Free means `price_minor == 0`; for pay-what-you-want `price_minor` is the
    minimum (0 allowed) and `suggested_minor` what the field is filled with. The counters at the end are kept by the rooms that
    own the facts (orders, delivery, reviews) for sorting and cards; the facts themselves are rows there.
    """

    creator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="products")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    title = models.CharField(_("title"), max_length=120)
    slug = models.SlugField(_("address"), max_length=140, unique=True)
    summary = models.CharField(_("summary"), max_length=200, blank=True)
    description = models.TextField(_("description"), max_length=20000, blank=True)
    sample_output = models.TextField(_("sample output"), max_length=20000, blank=True)  # R75
    details = models.JSONField(_("details"), default=dict, blank=True)
    language = models.CharField(_("language"), max_length=10, default="en")
    cover = models.ImageField(_("cover"), storage=public_storage, upload_to="covers/", blank=True)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="products", null=True, blank=True)
    tags = models.ManyToManyField(Tag, related_name="products", blank=True)

    pricing = models.CharField(_("pricing"), max_length=5, choices=PricingType.choices, default=PricingType.FIXED)
    currency = models.CharField(_("currency"), max_length=3, default=settings.DEFAULT_CURRENCY, validators=[RegexValidator(r"^[A-Z]{3}\Z")])
    price_minor = models.PositiveIntegerField(_("price"), default=0)
    suggested_minor = models.PositiveIntegerField(_("suggested price"), null=True, blank=True)
    compare_at_minor = models.PositiveIntegerField(_("compare-at price"), null=True, blank=True)  # R173

    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    publish_on_approval = models.BooleanField(_("go live as soon as it is approved"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    sales_count = models.PositiveIntegerField(default=0, editable=False)
    download_count = models.PositiveIntegerField(default=0, editable=False)
    rating_sum = models.PositiveIntegerField(default=0, editable=False)
    rating_count = models.PositiveIntegerField(default=0, editable=False)
    rating_average = models.GeneratedField(
        expression=models.Case(
            models.When(rating_count=0, then=models.Value(0.0)),
            default=models.ExpressionWrapper(F("rating_sum") * 1.0 / F("rating_count"), output_field=models.FloatField()),
            output_field=models.FloatField(),
        ),
        output_field=models.FloatField(),
        db_persist=True,
    )
    has_free_preview = models.GeneratedField(  # R170
        expression=models.Case(
            models.When(details__free_lessons__gt=0, then=models.Value(True)),
            default=models.Value(False),
            output_field=models.BooleanField(),
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )
    search = SearchVectorField(null=True, editable=False)  # kept by marketplace.search

    objects = ProductQuerySet.as_manager()

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        constraints = [
            models.UniqueConstraint("creator", Upper("title"), "kind", name="product_title_unique_per_creator_and_kind"),
            models.CheckConstraint(name="product_free_costs_nothing", condition=~Q(pricing="free") | Q(price_minor=0)),
            models.CheckConstraint(
                name="product_fixed_costs_something", condition=~Q(pricing="fixed") | Q(price_minor__gt=0) | Q(state="draft")
            ),
            models.CheckConstraint(
                name="product_compare_at_is_above_price",
                condition=Q(compare_at_minor__isnull=True) | Q(compare_at_minor__gt=F("price_minor")),
            ),
            models.CheckConstraint(
                name="product_suggestion_is_not_below_minimum",
                condition=Q(suggested_minor__isnull=True) | Q(suggested_minor__gte=F("price_minor")),
            ),
            models.CheckConstraint(
                name="product_live_since", condition=~Q(state="live") | Q(published_at__isnull=False, category__isnull=False)
            ),
        ]
        indexes = [
            GinIndex(fields=["search"], name="product_search"),
            GinIndex(OpClass(Upper("title"), name="gin_trgm_ops"), name="product_title_trigram"),
            models.Index(fields=["-published_at", "-id"], name="product_newest", condition=Q(state="live")),
            models.Index(fields=["-download_count", "-id"], name="product_most_downloaded", condition=Q(state="live")),
            models.Index(fields=["-rating_average", "-rating_count", "-id"], name="product_best_rated", condition=Q(state="live")),
            models.Index(fields=["price_minor", "id"], name="product_cheapest", condition=Q(state="live")),
            models.Index(fields=["kind", "-published_at", "-id"], name="product_kind_newest", condition=Q(state="live")),
            models.Index(fields=["category", "-published_at", "-id"], name="product_category_newest", condition=Q(state="live")),
            models.Index(fields=["creator", "-updated_at"], name="product_of_creator"),
            models.Index(fields=["state", "submitted_at"], name="product_awaiting_review"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("product", args=[self.slug])

    # --- One-row transitions: they change the object, the calling service has locked the row and saves it. ---------------
    # Each raises WrongState from any state but the named ones.

    def submit(self, at: datetime) -> None:
        """Ask for review. One that was taken down begins anew: it is no longer "live since" anything."""
        self._leave(_("submitted"), State.DRAFT, State.REJECTED, State.REMOVED)
        if self.state == State.REMOVED:
            self.published_at = self.archived_at = None
        self.state, self.submitted_at = State.SUBMITTED, at

    def withdraw(self) -> None:
        """Take it back from review, to change it."""
        self._leave(_("taken back"), State.SUBMITTED)
        self.state = State.DRAFT

    def approve(self) -> None:
        self._leave(_("approved"), State.SUBMITTED)
        self.state = State.APPROVED

    def reject(self) -> None:
        self._leave(_("sent back"), State.SUBMITTED)
        self.state = State.REJECTED

    def publish(self, at: datetime) -> None:
        """Put an approved one on sale."""
        self._leave(_("published"), State.APPROVED)
        self.state, self.published_at = State.LIVE, at

    def archive(self, at: datetime) -> None:
        """Take it off sale and out of sight; buyers keep it."""
        self._leave(_("archived"), State.DRAFT, State.REJECTED, State.APPROVED, State.LIVE)
        self.state, self.archived_at = State.ARCHIVED, at

    def unarchive(self) -> None:
        """Back on sale if it was; else back to the draft that it was."""
        self._leave(_("put back"), State.ARCHIVED)
        self.state, self.archived_at = (State.LIVE if self.published_at else State.DRAFT), None

    def remove(self) -> None:
        """Staff take it down."""
        self._leave(_("taken down"), State.LIVE, State.APPROVED, State.ARCHIVED)
        self.state = State.REMOVED

    def reinstate(self) -> None:
        """Staff put it back where it was: on sale, archived, or approved."""
        self._leave(_("restored"), State.REMOVED)
        if self.archived_at:
            self.state = State.ARCHIVED
        else:
            self.state = State.LIVE if self.published_at else State.APPROVED

    def _leave(self, verb: str | Promise, *allowed: State) -> None:
        if self.state not in allowed:
            raise WrongState(verb=verb, state=State(self.state))

    @property
    def is_editable(self) -> bool:
        """Whether its creator may change words, price and pictures now: not while staff look at it, nor in the archive."""
        return self.state not in (State.SUBMITTED, State.ARCHIVED)

    @property
    def is_live(self) -> bool:
        return self.state == State.LIVE

    @property
    def is_free(self) -> bool:
        return self.pricing == PricingType.FREE

    @property
    def cover_url(self) -> str:
        """Address of the uploaded cover, else of the drawn one."""
        return self.cover.url if self.cover else reverse("cover", args=[self.kind, self.slug])

    @property
    def current_version(self) -> Version | None:
        """The newest published version. One query: lists must not ask."""
        return self.versions.published().order_by("-number").first()


class GalleryImage(models.Model):
    """A picture on the product page (R75)."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="gallery")
    image = models.ImageField(storage=public_storage, upload_to="gallery/", width_field="width", height_field="height")
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    alt = models.CharField(_("what it shows"), max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["product", "position"], name="gallery_position", deferrable=models.Deferrable.DEFERRED)
        ]

    def __str__(self) -> str:
        return self.alt or f"picture {self.position + 1}"
