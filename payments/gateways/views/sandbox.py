"""The sandbox bank's page. It plays a page of somebody else's, so it shows nothing of the shop but the name."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from kit.http import AuthedRequest
from payments.gateways.access import get_own_checkout
from payments.gateways.forms import ApprovalForm, OutcomeForm
from payments.gateways.models import SandboxCheckout
from payments.gateways.services import sandbox_checkouts
from payments.gateways.services.sandbox_checkouts import Outcome

PAGE = "payments/gateways/sandbox_checkout.html"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def checkout(request: AuthedRequest, checkout_id: str) -> HttpResponse:
    found = sandbox_checkouts.read_checkout(get_own_checkout(request.user, checkout_id).pk)
    form = OutcomeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        found = sandbox_checkouts.choose_outcome(
            found,
            outcome=Outcome(form.cleaned_data["outcome"]),
            webhooks=form.cleaned_data["webhooks"],
            refunds_fail=form.cleaned_data["refunds_fail"],
        )
        return _onwards(found)
    return render(request, PAGE, {"checkout": found, "form": form}, status=422 if form.errors else 200)


@require_POST
def approval(request: AuthedRequest, checkout_id: str) -> HttpResponse:
    found = get_own_checkout(request.user, checkout_id)
    form = ApprovalForm(request.POST)
    if not form.is_valid():
        return redirect("sandbox_checkout", found.pk)
    return _onwards(sandbox_checkouts.approve(found, granted=form.cleaned_data["answer"] == "approve"))


@require_POST
def cancellation(request: AuthedRequest, checkout_id: str) -> HttpResponse:
    return _onwards(sandbox_checkouts.close_checkout(get_own_checkout(request.user, checkout_id).pk))


def _onwards(checkout: SandboxCheckout) -> HttpResponse:
    """Where the payer goes next: the bank's question, or back to the shop."""
    if checkout.state == SandboxCheckout.State.APPROVAL:
        return redirect("sandbox_checkout", checkout.pk)
    gave_up = checkout.state in (SandboxCheckout.State.CANCELLED, SandboxCheckout.State.EXPIRED)
    return HttpResponseRedirect(checkout.cancel_url if gave_up else checkout.return_url)
