"""What every page about one product shows beside its own matter: where it stands and what is missing."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from marketplace.completeness import missing_from
from marketplace.goods import GOODS
from marketplace.models import Product, State

SENTENCES = {
    State.DRAFT: lambda: _("Nobody but you sees it until you submit it."),
    State.SUBMITTED: lambda: _("It is with our reviewers, so it cannot be changed now. Most are answered within two days."),
    State.REJECTED: lambda: _("Change what we asked for, then submit it again."),
    State.APPROVED: lambda: _("Our reviewers said yes. It goes on sale when you say so."),
    State.LIVE: lambda: _("Everybody can buy it. What you change here changes at once; orders that are placed keep their price."),
    State.ARCHIVED: lambda: _("It is off sale and out of sight. Whoever bought it keeps it."),
    State.REMOVED: lambda: _("Staff took it down. Change what broke the rule, then submit it again."),
}


def standing(product: Product, **context: Any) -> dict[str, Any]:
    """The context of a product page in the dashboard. One query, one more for what is not made of files."""
    state = State(product.state)
    goods = GOODS.get(product.kind)
    submittable = state in (State.DRAFT, State.REJECTED, State.REMOVED)
    return {
        "product": product,
        "standing": SENTENCES[state](),
        "missing": missing_from(product) if submittable or state == State.APPROVED else [],
        "submittable": submittable,
        "was_decided": state in (State.REJECTED, State.REMOVED, State.APPROVED, State.LIVE),
        "has_files": goods is None,
        "workshop_url": goods.workshop_url(product) if goods else "",
        **context,
    }
