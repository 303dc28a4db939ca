"""The main job by the API alone: nobody opens a page, except the bank's and the link in the mail."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from kit.events.testing import deliver_all
from marketplace.approvals.services.decisions import approve_product
from marketplace.models import Product
from payments.gateways.services.sandbox_checkouts import pay_checkout
from payments.models import Payment
from payments.services.settle import settle_payment
from tests.api.caller import Caller
from tests.factories import make_category
from tests.factories.world import make_pdf

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_balance")]
PASSWORD = "a quiet green river"


def register(api: Caller, username: str, *, path: str) -> Caller:
    email = f"{username}@example.com"
    assert api.post(path, {"email": email, "username": username, "password": PASSWORD}).status_code == 201
    body = str(next(message for message in reversed(mail.outbox) if message.to == [email]).body)
    link = re.search(r"https?://[^/\s]+(/\S+)", body)
    assert link
    Client().post(link[1])
    answer = api.post("/auth/login", {"email": email, "password": PASSWORD})
    return Caller(Client(), answer.json()["access_token"])


def test_from_signing_up_to_the_figures(api: Caller, mo: User) -> None:  # R1, R2, R39-R43, R65, R66, R93, R95, R116-R124
    make_category("Writing")
    rosa = register(api, "rosa", path="/auth/register/creator")
    content = make_pdf("Grids that hold", pages=3)
    made: dict[str, Any] = rosa.post(
        "/creator/products",
        {
            "kind": "ebook",
            "title": "Grids that hold",
            "summary": "About grids.",
            "description": "A book about grids, for people who set type and wonder why it leans.",
            "category": "writing",
            "tags": ["grids"],
            "price_minor": 1900,
            "currency": "EUR",
        },
    ).json()
    slug = made["slug"]
    assert made["state"] == "draft"
    early = rosa.post(f"/creator/products/{slug}/submission")
    assert (early.status_code, early.json()["code"]) == (422, "incomplete")
    uploaded = rosa.upload(f"/creator/products/{slug}/files", file=SimpleUploadedFile("grids.pdf", content)).json()
    assert (uploaded["sha256"], uploaded["pages"]) == (hashlib.sha256(content).hexdigest(), 3)
    assert rosa.post(f"/creator/products/{slug}/submission").json()["state"] == "submitted"
    approve_product(Product.objects.get(slug=slug), by=mo)
    deliver_all()
    assert rosa.get("/users/me/products").json()["items"][0]["state"] == "live"

    nils = register(api, "nils", path="/auth/register")
    found = nils.get("/marketplace/products?q=grids").json()["products"]
    assert [work["slug"] for work in found] == [slug]
    product = nils.get(f"/marketplace/products/{slug}").json()
    assert [file["name"] for file in product["files"]] == ["grids.pdf"]
    file_path = f"/marketplace/products/{slug}/files/{uploaded['id']}/download"
    assert nils.post(file_path).status_code == 404, "not before it is paid"
    assert nils.put(f"/marketplace/products/{slug}/rating", {"stars": 5}).status_code == 403

    wanted = {"slug": slug, "price_minor": product["price_minor"], "currency": product["currency"]}
    checkout = {"items": [wanted], "idempotency_key": "nils-buys-grids"}
    started = nils.post("/payments/checkout", checkout).json()
    assert nils.post("/payments/checkout", checkout).json()["order"]["number"] == started["order"]["number"]
    assert started["checkout_url"]
    pay_checkout(Payment.objects.get(pk=started["payment_id"]).gateway_id)
    settle_payment(started["payment_id"])
    deliver_all()

    assert nils.get(f"/payments/orders/{started['order']['number']}").json()["state"] == "paid"
    assert [order["total_minor"] for order in nils.get("/payments/history").json()["items"]] == [1900]
    owned = nils.get("/users/me/purchases").json()
    assert [(work["slug"], [file["id"] for file in work["files"]]) for work in owned["items"]] == [(slug, [uploaded["id"]])]
    link = nils.post(file_path).json()
    answer = Client().get(re.sub(r"^https?://[^/]+", "", link["url"]))
    assert b"".join(answer.streaming_content) == content  # type: ignore[attr-defined]
    assert answer["Content-Disposition"].startswith("attachment")

    review = nils.put(f"/marketplace/products/{slug}/rating", {"stars": 4, "text": "It holds."}).json()
    assert (review["stars"], review["verified"]) == (4, True)
    figures = rosa.get("/creator/statistics?days=7").json()
    assert (figures["total"]["sold"], figures["total"]["earned_minor"]) == (1, 1330)  # R114: 70 %
    assert figures["balances"][0]["on_hold_minor"] == 1330
    assert [(row["product"], row["downloads"]) for row in figures["products"]] == [(slug, 1)]
