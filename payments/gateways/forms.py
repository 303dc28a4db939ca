from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

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
    refunds_fail = forms.BooleanField(
        label=_("Turn down refunds of this payment"),
        help_text=_("To see what the shop does when money cannot be sent back."),
        required=False,
    )

    @property
    def outcome_hints(self) -> dict[str, Any]:
        minutes = int(settings.SANDBOX_ANSWERS_LATE_AFTER.total_seconds() // 60)
        return {
            Outcome.PAYS: _("Card 4242 4242 4242 4242"),
            Outcome.APPROVAL: _("You approve or refuse on the next page"),
            Outcome.DECLINED: _("Not enough money; you can try again from the shop"),
            Outcome.LATE: ngettext("The payment is pending for a minute", "The payment is pending for %(n)d minutes", minutes)
            % {"n": minutes},
        }

    @property
    def webhook_hints(self) -> dict[str, Any]:
        Webhooks = SandboxCheckout.Webhooks  # noqa: N806 - it is a class
        return {
            Webhooks.ONCE: _("As it should be"),
            Webhooks.TWICE: _("Every message comes a second time"),
            Webhooks.SHUFFLED: _("The last message comes first"),
            Webhooks.NEVER: _("The shop has to ask"),
        }


class ApprovalForm(forms.Form):
    answer = forms.ChoiceField(choices=[("approve", _("Approve")), ("refuse", _("Refuse"))])
