from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from marketplace.models import Product


class ApprovalsConfig(AppConfig):
    name = "marketplace.approvals"
    label = "approvals"
    verbose_name = _("Approvals")

    def ready(self) -> None:
        from marketplace.delivery.closures import register_closure

        register_closure(closed_by_law)


def closed_by_law(product: Product) -> str | Promise | None:
    """Files of what was taken down by a rule of law are closed for its buyers too."""
    from marketplace.approvals.models import Decision

    latest = Decision.objects.filter(product=product, verdict=Decision.Verdict.REMOVED).first()
    rule = latest.named_rule if latest else None
    return _("The law forbids us to hand this out. Write to us about your money.") if rule and rule.is_unlawful else None
