"""The marketplace (R39, R45) and the shelf of a tag (R78)."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest as DjangoRequest
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from kit.http import HttpRequest
from marketplace.models import Tag
from marketplace.search.backend import search_products
from marketplace.search.query import BrowseQuery
from marketplace.storefront.selectors.browsing import browse_page, catalogue_size


@login_not_required
@require_safe
def browse(request: HttpRequest) -> HttpResponse:
    page = browse_page(search_products(BrowseQuery.parse(request.GET)))
    context = {"page": page, "query": page.query, "results": page.results}
    if request.htmx.target == "results":
        response = render(request, "marketplace/storefront/_browse_answer.html", context)
        response["HX-Push-Url"] = page.url
    else:
        context["works_count"], context["people_count"] = catalogue_size()
        response = render(request, "marketplace/storefront/browse.html", context)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


@login_not_required
@require_safe
def tag(request: DjangoRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Tag, slug=slug)
    query = BrowseQuery.parse(request.GET)
    results = search_products(BrowseQuery(tags=(found.slug,), sort=query.sort, page=query.page))
    related = [entry for entry in results.facets.tags if entry[0] != found.slug]
    number = results.query.page
    context = {
        "tag": found,
        "results": results,
        "related": related,
        "previous_page": number - 1 if number > 1 else None,
        "next_page": number + 1 if number < results.pages else None,
    }
    return render(request, "marketplace/storefront/tag.html", context)
