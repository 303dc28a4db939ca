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
        from marketplace.retention import register_hold

        register_closure(closed_by_law)
        register_hold(was_taken_down)


def closed_by_law(product: Product) -> str | Promise | None:
    """Files of what was taken down by a rule of law are closed for its buyers too, until staff approve or restore it: that its
    creator submits it again, or takes it back to a draft, opens nothing."""
    from marketplace.approvals.models import Decision

    latest = Decision.objects.filter(product=product).exclude(verdict=Decision.Verdict.REJECTED).first()
    rule = latest.named_rule if latest else None
    return _("The law forbids us to hand this out. Write to us about your money.") if rule and rule.is_unlawful else None


def was_taken_down(product: Product) -> bool:
    """What staff once took down stays on record with their decisions, also when its creator has made a draft of it again."""
    from marketplace.approvals.models import Decision

    return Decision.objects.filter(product=product, verdict=Decision.Verdict.REMOVED).exists()
