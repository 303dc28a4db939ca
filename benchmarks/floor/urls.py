from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path

from benchmarks.floor.models import Item


def items(request: HttpRequest) -> HttpResponse:
    return render(request, "list.html", {"items": Item.objects.order_by("-published_at", "-id")[:24]})


def item(request: HttpRequest, slug: str) -> HttpResponse:
    return render(request, "detail.html", {"item": get_object_or_404(Item, slug=slug)})


urlpatterns = [path("items/", items, name="items"), path("items/<slug:slug>/", item, name="item")]
