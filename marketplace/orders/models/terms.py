"""What the site keeps of a sale, where a creator has terms of her own (R114)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class SellerTerms(models.Model):
    """A rate of her own for one creator. Without a row here the site's PLATFORM_FEE_BPS applies.

    The rate is copied onto every line when an order is placed, so that a change here changes no sale that was made before.
    """

    creator = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="seller_terms")
    fee_bps = models.PositiveIntegerField(_("site's rate in basis points"), help_text=_("3000: the site keeps 30 % of what is paid."))
    note = models.CharField(_("agreed because"), max_length=200, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("seller's terms")
        verbose_name_plural = _("sellers' terms")
        constraints = [models.CheckConstraint(name="seller_terms_rate", condition=Q(fee_bps__lte=10000))]

    def __str__(self) -> str:
        return f"{self.creator}: {self.fee_bps / 100:g} %"
