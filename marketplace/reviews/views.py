"""Reading and writing reviews (R51, R127, R128)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kit.http import AuthedRequest, safe_next
from kit.pages import paginate
from kit.ratelimit import rate_limited
from marketplace.access import get_visible_product
from marketplace.reviews.access import can_review, check_may_review, get_own_review, get_public_review
from marketplace.reviews.forms import ReviewForm
from marketplace.reviews.selectors import distribution, own_review, reviews_of
from marketplace.reviews.services.rating import delete_review, rate_product
from marketplace.reviews.services.voting import mark_helpful, unmark_helpful

if TYPE_CHECKING:
    from marketplace.models import Product

PER_PAGE = 20


@login_not_required
@require_safe
def reviews(request: AuthedRequest, slug: str) -> HttpResponse:
    product = get_visible_product(request.user, slug)
    sort = "newest" if request.GET.get("sort") == "newest" else "helpful"
    context = {
        "product": product,
        "sort": sort,
        "bars": distribution(product),
        "own_review": own_review(product, request.user),
        "can_review": can_review(request.user, product),
        "page": paginate(reviews_of(product, request.user, sort=sort), request, PER_PAGE),
    }
    return render(request, "marketplace/reviews/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@rate_limited("review", "30/h", by="user", methods=("POST",))
def own(request: AuthedRequest, slug: str) -> HttpResponse:
    product = get_visible_product(request.user, slug)
    check_may_review(request.user, product)
    review = own_review(product, request.user)
    form = ReviewForm(request.POST or None, instance=review, initial={"stars": request.GET.get("stars")})
    if request.method == "POST" and form.is_valid():
        rate_product(product, by=request.user, **form.cleaned_data)
        messages.success(request, _("Your review is on the page."))
        return redirect(_reviews_on(product))
    status = 422 if form.is_bound else 200
    return render(request, "marketplace/reviews/form.html", {"product": product, "form": form, "review": review}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: AuthedRequest, slug: str) -> HttpResponse:
    product = get_visible_product(request.user, slug)
    review = get_own_review(request.user, product)
    if request.method == "POST":
        delete_review(product, by=request.user)
        messages.success(request, _("Your review is gone."))
        return redirect(_reviews_on(product))
    return render(request, "marketplace/reviews/delete.html", {"product": product, "review": review})


@require_POST
@rate_limited("helpful", "120/h", by="user")
def helpful(request: AuthedRequest, pk: int) -> HttpResponse:
    """`found=no` takes the vote back."""
    review = get_public_review(pk)
    found = request.POST.get("found") != "no"
    change = mark_helpful if found else unmark_helpful
    change(review, by=request.user)
    if request.headers.get("HX-Request"):
        shown = reviews_of(review.product, request.user).get(pk=pk)
        return render(request, "marketplace/reviews/_helpful.html", {"review": shown})
    return redirect(safe_next(request, _reviews_on(review.product)))


def _reviews_on(product: Product) -> str:
    return f"{product.get_absolute_url()}#reviews"
