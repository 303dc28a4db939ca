"""Listings: made, changed, copied, put on and off sale, deleted."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, Value
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import User
from kit.events import publish
from marketplace.completeness import missing_from
from marketplace.errors import BadListing, Incomplete, KeptOnRecord, NotCopyable, TitleTaken
from marketplace.events import (
    FileReleased,
    ProductArchived,
    ProductChanged,
    ProductDeleted,
    ProductPublished,
    ProductSubmitted,
)
from marketplace.goods import GOODS, is_made_of_files
from marketplace.kinds import KINDS, clean_details, kind_label
from marketplace.models import Asset, Category, GalleryImage, PricingType, Product, State, Version
from marketplace.pricing import check_price
from marketplace.retention import is_held
from marketplace.services.locks import lock_editable_product, lock_product
from marketplace.services.versions import copy_assets, publish_draft
from marketplace.tags import ensure_tags, split_tags

FIRST_LABEL: Final = "1.0.0"
RESERVED_SLUGS: Final = frozenset({"new", "submit", "collections", "tags", "tag", "trending", "search", "feed", "personas"})
_SLUG_TRIES: Final = 5
_CONSTRAINT: Final = "product_title_unique_per_creator_and_kind"


@dataclass(frozen=True, kw_only=True)
class Listing:
    """Everything that a creator says about a work. Amounts in minor units; `price_minor` None is "not said yet"."""

    title: str
    summary: str = ""
    description: str = ""
    sample_output: str = ""
    language: str = "en"
    category: Category | None = None
    tags: Sequence[str] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    pricing: str = PricingType.FIXED
    currency: str = settings.DEFAULT_CURRENCY
    price_minor: int | None = None
    suggested_minor: int | None = None
    compare_at_minor: int | None = None
    publish_on_approval: bool = True

    @classmethod
    def of(cls, product: Product) -> Listing:
        """What the listing says now; change parts of it with `dataclasses.replace`."""
        return cls(
            title=product.title,
            summary=product.summary,
            description=product.description,
            sample_output=product.sample_output,
            language=product.language,
            category=product.category,
            tags=[tag.name for tag in product.tags.all()],
            details=product.details,
            pricing=product.pricing,
            currency=product.currency,
            price_minor=product.price_minor or (None if product.pricing == PricingType.FIXED else 0),
            suggested_minor=product.suggested_minor,
            compare_at_minor=product.compare_at_minor,
            publish_on_approval=product.publish_on_approval,
        )


@transaction.atomic
def create_product(*, by: User, kind: str, listing: Listing, attach: Callable[[Product], None] | None = None) -> Product:
    """A draft of a kind that can be listed, with an empty first version or what else the kind is made of.

    With `attach` nothing new is made: it ties the listing to what is there already, in the same transaction.

    Raises `BadListing` or `BadPrice` (naming the field) and `TitleTaken`.
    """
    info = KINDS.get(kind)
    if info is None or not info.listable:
        raise BadListing(_("This kind cannot be listed here."), field="kind")
    product = Product(creator=by, kind=kind)
    tags = _apply(product, listing)
    _save_new(product)
    product.tags.set(ensure_tags(tags))
    if attach is not None:
        attach(product)
    elif goods := GOODS.get(kind):
        goods.create(product, by=by)
    else:
        Version.objects.create(product=product, number=1, label=FIRST_LABEL)
    publish(ProductChanged(product_id=product.pk))
    return product


@transaction.atomic
def change_product(product: Product, *, by: User, listing: Listing) -> Product:
    """Say all of it anew. What is on sale changes at once; orders that were placed keep the price that they were shown.

    Raises `NotEditable`, `BadListing`, `BadPrice`, `TitleTaken`, and `Incomplete` where something that is approved or live
    would lack what it needs.
    """
    product = lock_editable_product(product)
    tags = _apply(product, listing)
    if product.state in (State.LIVE, State.APPROVED) and (missing := missing_from(product)):
        raise Incomplete(missing)
    _save_title(product)
    if goods := GOODS.get(product.kind):
        goods.change(product, by=by)
    product.tags.set(ensure_tags(tags))
    publish(ProductChanged(product_id=product.pk))
    return product


@transaction.atomic
def duplicate_product(product: Product, *, by: User) -> Product:
    """A draft like it, with its pictures and the files of its newest version (stored once, held by both).

    Raises `NotCopyable` for what is not made of files.
    """
    product = lock_product(product)
    if not is_made_of_files(product.kind):
        raise NotCopyable
    copy = Product.objects.get(pk=product.pk)
    copy.pk, copy.state = None, State.DRAFT
    copy._state.adding = True
    copy.submitted_at = copy.published_at = copy.archived_at = None
    copy.sales_count = copy.download_count = copy.rating_sum = copy.rating_count = 0
    copy.search = None
    copy.title = _free_title(product)
    _save_new(copy)
    copy.tags.set(product.tags.all())
    GalleryImage.objects.bulk_create(
        GalleryImage(product=copy, image=image.image.name, width=image.width, height=image.height, alt=image.alt, position=image.position)
        for image in product.gallery.all()
    )
    version = Version.objects.create(product=copy, number=1, label=FIRST_LABEL)
    newest = product.versions.filter(assets__isnull=False).order_by("-number").first()
    if newest is not None:
        copy_assets(newest, version)
    publish(ProductChanged(product_id=copy.pk))
    return copy


@transaction.atomic
def submit_product(product: Product, *, by: User) -> Product:
    """Ask staff to look (R56). Raises `WrongState`, or `Incomplete` with what is missing."""
    product = lock_product(product)
    product.submit(timezone.now())
    if missing := missing_from(product):
        raise Incomplete(missing)
    product.save()
    publish(ProductSubmitted(product_id=product.pk))
    return product


@transaction.atomic
def withdraw_product(product: Product, *, by: User) -> Product:
    """Take it back before staff decide. Raises `WrongState` when they just did."""
    product = lock_product(product)
    product.withdraw()
    product.save()
    publish(ProductChanged(product_id=product.pk))
    return product


@transaction.atomic
def publish_product(product: Product, *, by: User) -> Product:
    """Put an approved listing on sale, with its first version if none is published yet.

    Raises `WrongState`, or `Incomplete` when something went missing since the approval.
    """
    product = lock_product(product)
    product.publish(timezone.now())
    if missing := missing_from(product):
        raise Incomplete(missing)
    product.save(update_fields=["state", "published_at"])  # not updated_at: staff look at what was changed since they approved it
    if is_made_of_files(product.kind) and not product.versions.published().exists():
        publish_draft(product)
    publish(ProductPublished(product_id=product.pk))
    return product


@transaction.atomic
def archive_product(product: Product, *, by: User) -> Product:
    """Take it off sale. Whoever has it keeps it. Raises `WrongState`."""
    product = lock_product(product)
    _archive(product)
    return product


@transaction.atomic
def restore_product(product: Product, *, by: User) -> Product:
    """Out of the archive: on sale again if it was, else a draft again. Raises `WrongState`."""
    product = lock_product(product)
    product.unarchive()
    product.save()
    publish(ProductPublished(product_id=product.pk) if product.is_live else ProductChanged(product_id=product.pk))
    return product


@transaction.atomic
def delete_product(product: Product, *, by: User) -> Literal["deleted", "archived"]:
    """Delete what nobody has; what somebody bought is archived instead, so that buyers keep it (R58).

    Raises `KeptOnRecord` for what staff took down.
    """
    product = lock_product(product)
    if product.state == State.REMOVED:
        raise KeptOnRecord
    if not is_held(product):
        names = _stored_names(product)
        product_id = product.pk
        try:
            with transaction.atomic():
                product.delete()
        except ProtectedError:
            # A row that we do not know of needs it: an order that is still open, say.
            pass
        else:
            for store, name in names:
                publish(FileReleased(store=store, name=name))
            publish(ProductDeleted(product_id=product_id))
            return "deleted"
    if product.state == State.SUBMITTED:
        product.withdraw()
    if product.state != State.ARCHIVED:
        _archive(product)
    return "archived"


def _archive(product: Product) -> None:
    product.archive(timezone.now())
    product.save()
    publish(ProductArchived(product_id=product.pk))


def _stored_names(product: Product) -> list[tuple[str, str]]:
    names = {("private", name) for name in Asset.objects.filter(version__product=product).values_list("file", flat=True)}
    names |= {("public", name) for name in product.gallery.values_list("image", flat=True)}
    if product.cover:
        names.add(("public", str(product.cover.name)))
    return sorted(names)


def _apply(product: Product, listing: Listing) -> list[str]:
    """Check and set; the tags' words come back, since they are rows of their own."""
    title = " ".join(listing.title.split())
    if not title:
        raise BadListing(_("Give it a title."), field="title")
    texts: list[tuple[str, str, int]] = [
        ("title", title, 120),
        ("summary", " ".join(listing.summary.split()), 200),
        ("description", listing.description, 20_000),
        ("sample_output", listing.sample_output, 20_000),
    ]
    for name, value, most in texts:
        if len(value) > most:
            raise BadListing(_("Write at most %(most)d characters.") % {"most": most}, field=name)
        if "\x00" in value:
            raise BadListing(_("There is a character in it that cannot be kept."), field=name)
        setattr(product, name, value)
    check_price(
        pricing=listing.pricing,
        currency=listing.currency,
        price_minor=listing.price_minor,
        suggested_minor=listing.suggested_minor,
        compare_at_minor=listing.compare_at_minor,
    )
    if listing.pricing not in PricingType.values:
        raise BadListing(_("Choose how it is paid for."), field="pricing")
    if listing.language not in dict(settings.LANGUAGES):
        raise BadListing(_("Choose a language from the list."), field="language")
    tags = split_tags(",".join(listing.tags))
    if not KINDS[product.kind].counts_itself:
        product.details = clean_details(product.kind, listing.details)
    product.language = listing.language
    product.category = listing.category
    product.pricing = listing.pricing
    product.currency = listing.currency
    product.price_minor = listing.price_minor or 0
    product.suggested_minor = listing.suggested_minor
    product.compare_at_minor = listing.compare_at_minor
    product.publish_on_approval = listing.publish_on_approval
    if product.state not in (State.DRAFT, "") and product.pricing == PricingType.FIXED and not product.price_minor:
        raise BadListing(_("Set a price, or choose Free."), field="price")
    return tags


def find_title_twin(creator: User, kind: str, title: str, *, other_than: int | None = None) -> Product | None:
    """The creator's product of that kind with that title in any case, if there is one."""
    twins = Product.objects.of(creator).annotate(upper=Upper("title")).filter(kind=kind, upper=Upper(Value(title)))
    return (twins.exclude(pk=other_than) if other_than else twins).first()


def _save_title(product: Product) -> None:
    _guard_title(product, lambda: product.save())


def _save_new(product: Product) -> None:
    base = slugify(product.title)[:120].strip("-") or product.kind
    for attempt in range(_SLUG_TRIES):
        free = base not in RESERVED_SLUGS and not Product.objects.filter(slug=base).exists()
        product.slug = base if free and not attempt else f"{base}-{secrets.token_hex(3)}"
        try:
            _guard_title(product, lambda: product.save(force_insert=True))
        except IntegrityError:
            # Somebody took the address between the look and the leap.
            continue
        return
    raise BadListing(_("No address could be found for this title. Try another title."), field="title")


def _guard_title(product: Product, save: Callable[[], None]) -> None:
    try:
        with transaction.atomic():
            save()
    except IntegrityError as error:
        if _CONSTRAINT not in str(error):
            raise
        twin = find_title_twin(product.creator, product.kind, product.title, other_than=product.pk)
        raise TitleTaken(kind=kind_label(product.kind), title=product.title, slug=twin.slug if twin else "") from error


def _free_title(product: Product) -> str:
    """ "Title (copy)", "Title (copy 2)": the first that this creator has not used for the kind."""
    taken = {title.upper() for title in Product.objects.of(product.creator).filter(kind=product.kind).values_list("title", flat=True)}
    for number in range(1, len(taken) + 2):
        suffix = _("copy") if number == 1 else _("copy %(number)d") % {"number": number}
        title = f"{product.title[: 120 - len(suffix) - 3]} ({suffix})"
        if title.upper() not in taken:
            return title
    raise BadListing(_("Choose another title."), field="title")
