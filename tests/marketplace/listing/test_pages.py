"""The creator's pages: forms that keep what was typed, fragments, and older addresses."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from marketplace.models import Product, State
from tests.factories import make_product, make_user
from tests.marketplace.listing.works import form_of, make_draft


def test_a_product_is_made_from_the_kind_to_the_files(ada_client: Client) -> None:  # R41, R47
    kinds = ada_client.get(reverse("product_new")).content.decode()
    assert kinds.count("?kind=") == 5
    assert ada_client.get(reverse("product_new") + "?kind=course").status_code == 200
    answer = ada_client.post(reverse("product_new"), form_of(pages="214", compare_at="25"))
    product = Product.objects.get()
    assert answer["Location"] == reverse("product_files", args=[product.slug])
    assert (product.price_minor, product.compare_at_minor, product.details["pages"]) == (1900, 2500, 214)
    assert product.state == State.DRAFT


def test_a_refusal_keeps_what_was_typed_and_names_each_field(ada_client: Client, ada: User) -> None:
    make_draft(ada, "Specimen sheet", files=0)
    typed = form_of(title="specimen SHEET", price="0.30", tags=", ".join(f"t{n}" for n in range(12)), description="Kept words")
    answer = ada_client.post(reverse("product_new"), typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "You already have one called “Specimen sheet” (Ebook)" in page
    assert "Ask at least €0.50, or choose Free." in page
    assert "at most 10 tags" in page
    assert "Kept words" in page
    assert 'value="0.30"' in page
    assert 'href="#id_title"' in page
    assert Product.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ({"pricing": "free", "price": "12"}, ("free", 0, None, None)),
        ({"pricing": "pwyw", "minimum": "2", "suggested": "5", "price": "99"}, ("pwyw", 200, 500, None)),
        ({"pricing": "pwyw", "minimum": "", "suggested": ""}, ("pwyw", 0, None, None)),
        ({"currency": "JPY", "price": "1200"}, ("fixed", 1200, None, None)),
        ({"currency": "INR", "price": "499.50"}, ("fixed", 49950, None, None)),
        ({"price": ""}, ("fixed", 0, None, None)),
    ],
)
def test_prices_are_typed_in_major_units(ada_client: Client, typed: dict[str, str], stored: tuple[Any, ...]) -> None:  # R174
    assert ada_client.post(reverse("product_new"), form_of(**typed)).status_code == 302
    product = Product.objects.get()
    assert (product.pricing, product.price_minor, product.suggested_minor, product.compare_at_minor) == stored


def test_a_yen_has_no_decimals(ada_client: Client) -> None:
    answer = ada_client.post(reverse("product_new"), form_of(currency="JPY", price="12.50"))
    assert answer.status_code == 422
    assert "JPY amounts have no decimals" in answer.content.decode()
    assert not Product.objects.exists()


def test_example_answers_are_kept_and_half_ones_refused(ada_client: Client) -> None:
    examples = {
        "kind": "persona",
        "examples-TOTAL_FORMS": "2",
        "examples-INITIAL_FORMS": "0",
        "examples-0-question": "Is it good?",
        "examples-0-answer": "It is long.",
        "examples-1-question": "And now?",
        "examples-1-answer": "",
        "models": "Sonnet, Opus, Sonnet",
    }
    answer = ada_client.post(reverse("product_new"), form_of(**examples))
    assert answer.status_code == 422
    assert "Write what the persona answers." in answer.content.decode()
    assert ada_client.post(reverse("product_new"), form_of(**{**examples, "examples-1-question": ""})).status_code == 302
    assert Product.objects.get().details == {
        "models": ["Sonnet", "Opus"],
        "examples": [{"question": "Is it good?", "answer": "It is long."}],
    }


def test_saving_and_submitting_in_one_step_lists_what_is_missing(ada_client: Client, ada: User) -> None:
    product = make_draft(ada, files=0)
    url = reverse("product_edit", args=[product.slug])
    answer = ada_client.post(url, form_of(submit="1", summary=""))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "2 things to do before this can be submitted" in page
    assert f'href="{url}#id_summary"' in page
    assert f"{reverse('product_files', args=[product.slug])}#upload" in page
    product.refresh_from_db()
    assert (product.state, product.summary) == (State.DRAFT, "")


def test_a_complete_one_is_submitted_and_then_locked(ada_client: Client, ada: User) -> None:
    product = make_draft(ada)
    url = reverse("product_edit", args=[product.slug])
    assert ada_client.post(url, form_of(submit="1", title="A better title")).status_code == 302
    product.refresh_from_db()
    assert (product.state, product.title) == (State.SUBMITTED, "A better title")
    page = ada_client.get(url).content.decode()
    assert "<fieldset disabled>" in page
    assert "Take it back" in page
    assert ada_client.post(url, form_of(title="Sneaked in")).status_code == 409
    product.refresh_from_db()
    assert product.title == "A better title"
    assert ada_client.post(reverse("product_withdraw", args=[product.slug])).status_code == 302
    product.refresh_from_db()
    assert product.state == State.DRAFT


def test_deleting_asks_first_and_says_what_happens(ada_client: Client, ada: User) -> None:  # R58
    product = make_draft(ada)
    url = reverse("product_delete", args=[product.slug])
    assert "cannot be undone" in ada_client.get(url).content.decode()
    assert Product.objects.exists()
    assert ada_client.post(url)["Location"] == reverse("dashboard_products")
    assert not Product.objects.exists()


def test_versions_are_prepared_described_and_published_on_the_page(ada_client: Client, ada: User) -> None:  # R81, R82
    product = make_draft(ada)
    product.submit(product.created_at)
    product.approve()
    product.save()
    slug = product.slug
    assert ada_client.post(reverse("product_publish", args=[slug])).status_code == 302
    url = reverse("product_versions", args=[slug])
    taken = ada_client.post(url, {"label": "1.0.0", "changelog": "Kept words", "copy_files": "on"})
    assert taken.status_code == 422
    assert "There is a version 1.0.0 already" in taken.content.decode()
    assert "Kept words" in taken.content.decode()
    assert ada_client.post(url, {"label": "1.1.0", "changelog": "More", "copy_files": "on"}).status_code == 302
    assert ada_client.post(reverse("version_change", args=[slug]), {"label": "1.0.0", "changelog": ""}).status_code == 422
    assert ada_client.post(reverse("version_change", args=[slug]), {"label": "1.2.0", "changelog": "**More**"}).status_code == 302
    assert ada_client.post(reverse("version_publish", args=[slug])).status_code == 302
    assert list(product.versions.published().values_list("label", flat=True)) == ["1.2.0", "1.0.0"]
    assert "<strong>More</strong>" in ada_client.get(url).content.decode()


def test_the_preview_of_words_is_the_real_thing_and_safe(ada_client: Client) -> None:
    answer = ada_client.post(reverse("markdown_preview"), {"text": "**bold** <script>alert(1)</script>"}, headers={"HX-Request": "true"})
    assert "<strong>bold</strong>" in answer.content.decode()
    assert "<script" not in answer.content.decode()
    assert Client().post(reverse("markdown_preview"), {"text": "x"}).status_code == 302


def test_older_addresses_lead_here(ada_client: Client, ada: User) -> None:  # R47, R63
    product = make_draft(ada, files=0)
    assert ada_client.get("/marketplace/submit")["Location"] == reverse("product_new")
    assert ada_client.get(f"/dashboard/personas/{product.slug}/edit/")["Location"] == reverse("product_edit", args=[product.slug])


def test_a_title_with_markup_is_only_words(ada_client: Client, ada: User) -> None:
    product = make_draft(ada, "<script>alert(1)</script>", files=0)
    for name in ("product_edit", "product_files", "product_versions", "product_gallery", "product_delete"):
        page = ada_client.get(reverse(name, args=[product.slug])).content.decode()
        assert "<script>alert" not in page


def test_pages_ask_as_many_questions_for_one_file_as_for_thirty(ada_client: Client, ada: User, django_assert_max_num_queries: Any) -> None:
    from marketplace.services.assets import add_asset
    from tests.marketplace.listing.works import upload

    product = make_draft(ada)
    names = ("product_files", "product_versions")
    counts = [_count_queries(ada_client, reverse(name, args=[product.slug])) for name in names]
    for number in range(29):
        add_asset(product, upload(f"more-{number}.md"), by=ada)
    assert [_count_queries(ada_client, reverse(name, args=[product.slug])) for name in names] == counts
    assert max(counts) <= 14


def _count_queries(client: Client, url: str) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def test_every_state_has_a_page(ada_client: Client, ada: User) -> None:
    for state in State.values:
        product = make_product(ada, state=state)
        page = ada_client.get(reverse("product_edit", args=[product.slug]))
        assert page.status_code == 200
        assert str(State(state).label) in page.content.decode()


def test_the_admin_lists_listings_with_few_questions(db: None, ada: User) -> None:
    root = make_user("root", staff=True, is_superuser=True)
    client = Client()
    client.force_login(root)
    for _ in range(3):
        make_product(ada)
    few = _count_queries(client, reverse("admin:marketplace_product_changelist"))
    for _ in range(20):
        make_product(ada)
    assert _count_queries(client, reverse("admin:marketplace_product_changelist")) == few
    page = client.get(reverse("admin:marketplace_product_changelist") + "?q=ada").content.decode()
    assert "€19.00" in page
    assert "23 " in page or "Work number" in page
    for model in ("version", "asset", "category", "tag"):
        assert client.get(reverse(f"admin:marketplace_{model}_changelist") + "?q=x").status_code == 200
