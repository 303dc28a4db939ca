"""Search follows the catalogue. The vector itself is kept by the database; here the counts and the vocabulary are."""

from kit.events import subscribe
from marketplace.events import (
    ProductArchived,
    ProductChanged,
    ProductDeleted,
    ProductPublished,
    ProductRemoved,
    ProductRestored,
)
from marketplace.search.cached import new_edition
from marketplace.search.services.words import learn_words


@subscribe(ProductPublished)
def index_published_product(event: ProductPublished) -> None:
    learn_words(event.product_id)
    new_edition()


@subscribe(ProductChanged)
def index_changed_product(event: ProductChanged) -> None:
    learn_words(event.product_id)
    new_edition()


@subscribe(ProductArchived)
def count_without_archived_product(event: ProductArchived) -> None:
    new_edition()


@subscribe(ProductRemoved)
def count_without_removed_product(event: ProductRemoved) -> None:
    new_edition()


@subscribe(ProductRestored)
def count_restored_product(event: ProductRestored) -> None:
    new_edition()


@subscribe(ProductDeleted)
def count_without_deleted_product(event: ProductDeleted) -> None:
    new_edition()
