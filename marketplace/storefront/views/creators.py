"""A creator's public page (R68)."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.networks import NETWORKS
from accounts.selectors import public_profile
from kit.pages import paginate
from marketplace.models import Product

SORTS = {
    "newest": ("-published_at", "-pk"),
    "downloads": ("-download_count", "-pk"),
    "rating": ("-rating_average", "-rating_count", "-pk"),
}
PER_PAGE = 24


@login_not_required
@require_safe
def creator(request: HttpRequest, username: str) -> HttpResponse:
    person = public_profile(username)
    if person.username != username:
        return redirect("creator", person.username, permanent=False)
    sort = request.GET.get("sort", "newest")
    sort = sort if sort in SORTS else "newest"
    works = Product.objects.live().of(person).for_cards().defer("description", "sample_output", "search").order_by(*SORTS[sort])
    links = [
        (NETWORKS[key].label, url) for key, url in person.profile.social_links.items() if key in NETWORKS and url.startswith("https://")
    ]
    context = {"person": person, "profile": person.profile, "links": links, "sort": sort, "page": paginate(works, request, PER_PAGE)}
    return render(request, "marketplace/storefront/creator.html", context)
