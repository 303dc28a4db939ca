"""What a listing needs before staff look at it, and before it stays on sale."""

from __future__ import annotations

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from marketplace.goods import GOODS, Missing
from marketplace.kinds import PersonaDetails, details_of
from marketplace.limits import LEAST_DESCRIPTION
from marketplace.models import Asset, PricingType, Product


def missing_from(product: Product) -> list[Missing]:
    """What has to be added, in the order of the pages; [] when it is complete. One query for what is made of files."""
    edit = reverse("product_edit", args=[product.slug])
    missing: list[Missing] = []

    def need(field: str, sentence: str | Promise, anchor: str = "") -> None:
        missing.append(Missing(field=field, sentence=sentence, url=f"{edit}#{anchor or f'id_{field}'}"))

    if not product.summary.strip():
        need("summary", gettext_lazy("Say in one sentence what it is."))
    if len(product.description.strip()) < LEAST_DESCRIPTION:
        need(
            "description",
            ngettext("Describe it in at least %(count)d character.", "Describe it in at least %(count)d characters.", LEAST_DESCRIPTION)
            % {"count": LEAST_DESCRIPTION},
        )
    if product.category_id is None:
        need("category", gettext_lazy("Choose a category."))
    if product.pricing == PricingType.FIXED and not product.price_minor:
        need("price", gettext_lazy("Set a price, or choose Free."))
    details = details_of(product)
    if isinstance(details, PersonaDetails) and not details.examples:
        need("examples", gettext_lazy("Add an example answer to judge it by."), "id_examples-0-question")
    if goods := GOODS.get(product.kind):
        missing += goods.missing(product)
    elif not Asset.objects.filter(version__product=product).exists():
        missing.append(
            Missing(field="files", sentence=_("Upload at least one file."), url=f"{reverse('product_files', args=[product.slug])}#upload")
        )
    return missing
