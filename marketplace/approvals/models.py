"""What staff decided about a listing, and by which rule (R56, R89). Rows are never changed: they are the audit trail."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from marketplace.approvals.rules import Rule, find_rule
from marketplace.models import Product


class Decision(models.Model):
    class Verdict(models.TextChoices):
        APPROVED = "approved", _("Approved")
        REJECTED = "rejected", _("Sent back")
        REMOVED = "removed", _("Taken down")
        RESTORED = "restored", _("Restored")
        SEEN = "seen", _("Changes looked at")

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="decisions")
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    rule = models.CharField(_("rule"), max_length=40, blank=True)
    note = models.TextField(_("what has to change"), max_length=2000, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.CheckConstraint(name="decision_names_its_rule", condition=Q(verdict__in=["approved", "restored", "seen"]) | ~Q(rule=""))
        ]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()}: {self.product}"

    @property
    def named_rule(self) -> Rule | None:
        """The rule as it is published; None for none, or for one that is no longer in the list."""
        return find_rule(self.rule)
