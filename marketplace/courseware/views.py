"""What the pages of a course show of its listing: to its creator in the builder, to others at a locked lesson."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import creator_required
from courses.access import get_own_course
from kit.http import AuthedRequest
from kit.ratelimit import rate_limited
from marketplace.courseware.access import get_offered_product
from marketplace.courseware.selectors import listing_of
from marketplace.courseware.services.listings import list_course
from marketplace.orders.selectors import buybox
from marketplace.pricing import price_label
from marketplace.views.standing import standing


@require_http_methods(["GET", "HEAD", "POST"])
@creator_required
@rate_limited("product_new", "60/h", by="user", methods=("POST",))
def listing_panel(request: AuthedRequest, slug: str) -> HttpResponse:
    """/dashboard/courses/<slug>/listing/: a fragment of the course's pages; a POST makes the listing of a course without one."""
    course = get_own_course(request.user, slug)
    if request.method == "POST":
        had_listing = listing_of(course) is not None
        product = list_course(course, by=request.user)
        if not had_listing:
            messages.success(request, _("The listing is a draft. Now say what it costs and who it is for."))
        return redirect("product_edit", product.slug)
    listed = listing_of(course)
    if not request.htmx:
        return redirect("product_edit", listed.slug) if listed else redirect("course_builder", course.slug)
    context = {"course": course, "product": listed}
    if listed is not None:
        context = standing(listed, course=course, price=price_label(listed))
    return render(request, "marketplace/courseware/_listing_panel.html", context)


@login_not_required
@require_safe
def offer(request: AuthedRequest, slug: str) -> HttpResponse:
    """/courses/<slug>/offer/: what a locked lesson shows instead of its content; the product page for whoever opens it by itself."""
    product = get_offered_product(request.user, slug)
    if not request.htmx:
        return redirect(product)
    box = buybox(request.user, product)
    response = render(request, "marketplace/courseware/_offer.html", {"product": product, "buybox": box})
    patch_vary_headers(response, ["Cookie", "HX-Request"])
    return response
