from django import forms
from django.utils.translation import gettext_lazy as _

from payments.gateways.models import SandboxCheckout
from payments.gateways.services.sandbox_checkouts import Outcome


class OutcomeForm(forms.Form):
    """How a practice payment ends, and how the bank tells the site."""

    outcome = forms.ChoiceField(label=_("How should it end?"), choices=Outcome.choices, initial=Outcome.PAYS, widget=forms.RadioSelect)
    webhooks = forms.ChoiceField(
        label=_("How often does the bank tell the shop?"),
        choices=SandboxCheckout.Webhooks.choices,
        initial=SandboxCheckout.Webhooks.ONCE,
        widget=forms.RadioSelect,
    )
    refunds_fail = forms.BooleanField(label=_("Turn down refunds of this payment"), required=False)


class ApprovalForm(forms.Form):
    answer = forms.ChoiceField(choices=[("approve", _("Approve")), ("refuse", _("Refuse"))])
