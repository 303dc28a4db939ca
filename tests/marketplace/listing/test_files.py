"""Files of a listing: what is kept, what is refused, and that nothing is left behind."""

from __future__ import annotations

import hashlib
import socket
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import User
from kit.events.testing import deliver_all
from kit.files import RefusedFile
from kit.storage import private
from marketplace.errors import BadListing, EmptyVersion, FileNameTaken, LabelTaken, NoRoom, TooManyFiles, VersionClosed
from marketplace.models import Asset, GalleryImage, Product, Version
from marketplace.services import assets as services
from marketplace.services import gallery
from marketplace.services.versions import change_version, drop_version, publish_version, start_version, suggest_label
from tests.factories import make_product
from tests.kit.files import hostile
from tests.marketplace.listing.conftest import files_in
from tests.marketplace.listing.works import make_draft, only_asset, upload


def test_a_file_is_kept_under_our_name_with_its_size_and_checksum(ada: User, stores: Path) -> None:  # R116, R246
    content = hostile.pdf(7)
    product = make_draft(ada, files=0)
    asset = services.add_asset(product, upload("../../Grids  that hold.PDF", content), by=ada)
    assert (asset.name, asset.size_bytes, asset.pages) == ("Grids that hold.PDF", len(content), 7)
    assert asset.sha256 == hashlib.sha256(content).hexdigest()
    assert asset.content_type == "application/pdf"
    with private().open(str(asset.file.name)) as stored:
        assert stored.read() == content
    assert "Grids" not in str(asset.file.name)
    assert len(files_in(stores / "private")) == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("book.pdf", b"<!doctype html><script>alert(1)</script>"),
        ("book.pdf", b""),
        ("pack.zip", hostile.renamed_in_zip("../evil.txt")),
        ("pack.zip", hostile.overlapping_bomb()),
        ("book.pdf", hostile.pdf()[:-30]),
        ("photo.png", hostile.png_flood()),
        ("drawing.svg", hostile.svg(b"<script>alert(1)</script>")),
        ("run.exe", b"MZ"),
        ("data.json", b"{}"),
    ],
)
def test_a_refused_file_leaves_nothing_behind(ada: User, stores: Path, name: str, content: bytes) -> None:
    product = make_draft(ada, files=0)
    with pytest.raises(RefusedFile):
        services.add_asset(product, upload(name, content), by=ada)
    assert not Asset.objects.exists()
    assert files_in(stores / "private") == []


def test_limits_are_held_and_what_was_stored_meanwhile_is_let_go(ada: User, stores: Path, settings: Any, monkeypatch: Any) -> None:
    product = make_draft(ada)
    with pytest.raises(FileNameTaken):
        services.add_asset(product, upload("part-1.md", b"other"), by=ada)
    settings.MAX_ASSET_BYTES = 10
    with pytest.raises(RefusedFile, match="up to"):
        services.add_asset(product, upload("long.md", b"x" * 11), by=ada)
    settings.MAX_PRODUCT_BYTES = 12
    with pytest.raises(NoRoom, match="this product"):
        services.add_asset(product, upload("more.md", b"x" * 9), by=ada)
    settings.MAX_PRODUCT_BYTES, settings.MAX_CREATOR_BYTES = 1000, 12
    with pytest.raises(NoRoom, match="Your files"):
        services.add_asset(product, upload("more.md", b"x" * 9), by=ada)
    settings.MAX_CREATOR_BYTES = 1000
    monkeypatch.setattr(services, "MOST_FILES", 1)
    with pytest.raises(TooManyFiles):
        services.add_asset(product, upload("more.md", b"x"), by=ada)
    assert files_in(stores / "private") == [Path(str(only_asset(product).file.name)).name]


def test_a_file_is_replaced_moved_and_removed_until_its_version_is_published(ada: User, stores: Path) -> None:
    product = make_draft(ada, files=2)
    first, second = Asset.objects.order_by("position")
    services.move_asset(first, by=ada, direction="down")
    services.move_asset(first, by=ada, direction="down")
    assert list(product.versions.get().assets.values_list("name", flat=True)) == ["part-2.md", "part-1.md"]
    replaced = services.add_asset(product, upload("part-2.md", b"# New"), by=ada, replaces=second)
    assert replaced.position == 0
    services.remove_asset(first, by=ada)
    deliver_all()
    assert [asset.name for asset in product.versions.get().assets.all()] == ["part-2.md"]
    assert len(files_in(stores / "private")) == 1


def test_a_published_version_never_changes(ada: User) -> None:
    product = make_draft(ada)
    asset = only_asset(product)
    version = product.versions.get()
    Version.objects.filter(pk=version.pk).update(state="published", published_at=product.created_at)
    for change in (
        lambda: services.remove_asset(asset, by=ada),
        lambda: services.move_asset(asset, by=ada, direction="up"),
        lambda: change_version(version, by=ada, label="9.0.0", changelog=""),
        lambda: drop_version(version, by=ada),
        lambda: publish_version(version, by=ada),
    ):
        with pytest.raises(VersionClosed):
            change()
    start_version(product, by=ada)
    with pytest.raises(VersionClosed):
        services.add_asset(product, upload("x.md"), by=ada, replaces=asset)
    assert Asset.objects.filter(version=version).count() == 1


def test_a_version_needs_files_a_free_label_and_a_live_product(ada: User) -> None:
    product = make_product(ada)
    with pytest.raises(LabelTaken):
        start_version(product, by=ada, label="1.0.0")
    for label in ("", "-", "x" * 21, "a/b", "<b>"):
        with pytest.raises(BadListing):
            start_version(product, by=ada, label=label or " ")
    version = start_version(product, by=ada, label="2")
    with pytest.raises(EmptyVersion):
        publish_version(version, by=ada)
    drop_version(version, by=ada)
    assert product.versions.count() == 1


@pytest.mark.parametrize(("current", "following"), [("1.0.0", "1.1.0"), ("2.9", "2.10"), ("3", "4"), ("first edition", "first edition 2")])
def test_the_next_label_is_suggested(current: str, following: str) -> None:
    assert suggest_label(current) == following


# --- Pictures ---------------------------------------------------------------------------------------------------------


def test_pictures_are_drawn_anew_ordered_and_let_go(ada: User, stores: Path) -> None:  # R75
    product = make_draft(ada, files=0)
    picture = hostile.picture("JPEG", size=(900, 600))
    one = gallery.add_picture(product, upload("a.jpg", picture), by=ada, alt="The first page")
    two = gallery.add_picture(product, upload("b.jpg", picture), by=ada)
    assert (one.width, one.height) == (900, 600)
    gallery.move_picture(two, by=ada, direction="up")
    assert list(product.gallery.values_list("pk", "position")) == [(two.pk, 0), (one.pk, 1)]
    gallery.set_cover(product, upload("c.jpg", picture), by=ada)
    gallery.set_cover(product, upload("d.jpg", picture), by=ada)
    gallery.remove_picture(two, by=ada)
    deliver_all()
    assert len(files_in(stores / "public")) == 2
    product.refresh_from_db()
    assert product.cover_url.endswith(".webp")
    gallery.remove_cover(product, by=ada)
    product.refresh_from_db()
    assert product.cover_url.endswith(".svg")


def test_a_picture_that_is_none_changes_nothing(ada_client: Client, ada: User, stores: Path) -> None:
    product = make_draft(ada, files=0)
    for name, field in (("product_gallery", "image"), ("cover_set", "cover-image")):
        answer = ada_client.post(
            reverse(name, args=[product.slug]), {field: upload("evil.png", b"<svg onload=alert(1)>"), "alt": "What I typed"}
        )
        assert answer.status_code == 422
        assert "not a picture" in answer.content.decode()
    assert not GalleryImage.objects.exists()
    assert files_in(stores / "public") == []


# --- The page ---------------------------------------------------------------------------------------------------------


def test_several_files_at_once_keep_the_good_ones_and_name_the_others(ada_client: Client, ada: User) -> None:
    product = make_draft(ada, files=0)
    url = reverse("product_files", args=[product.slug])
    answer = ada_client.post(url, {"file": [upload("good.md"), upload("bad.pdf", b"<html>"), upload("empty.md", b"")]})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "2 files were not taken" in page
    assert "“bad.pdf” says PDF, but its content is a web page" in page
    assert "“empty.md” is empty" in page
    assert only_asset(product).name == "good.md"
    assert ada_client.post(url, {"file": [upload("fine.md")]}).status_code == 302


def test_a_script_gets_a_row_or_a_sentence(ada_client: Client, ada: User) -> None:
    product = make_draft(ada, files=0)
    url = reverse("product_files", args=[product.slug])
    headers = {"X-Requested-With": "XMLHttpRequest"}
    row = ada_client.post(url, {"file": upload("good.md")}, headers=headers)
    assert row.status_code == 201
    assert row.content.decode().count('class="upload"') == 1
    assert "<html" not in row.content.decode()
    refused = ada_client.post(url, {"file": upload("bad.pdf", b"<html>")}, headers=headers)
    assert refused.status_code == 422
    assert "web page" in refused.json()["detail"]
    assert ada_client.post(url, {}, headers=headers).status_code == 422


def test_what_goes_over_the_limit_is_thrown_away_while_it_arrives(ada_client: Client, ada: User, settings: Any, stores: Path) -> None:
    product = make_draft(ada, files=0)
    settings.MAX_ASSET_BYTES = 100_000
    answer = ada_client.post(reverse("product_files", args=[product.slug]), {"file": upload("../big.md", b"x" * 200_000)})
    assert answer.status_code == 422
    assert "“big.md” is too large" in answer.content.decode()
    assert not Asset.objects.exists()


def test_uploads_need_the_csrf_token(ada: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    product = make_draft(ada, files=0)
    for name, field in (("product_files", "file"), ("product_gallery", "image"), ("cover_set", "cover-image")):
        assert client.post(reverse(name, args=[product.slug]), {field: upload()}).status_code == 403
    assert not Asset.objects.exists()


def test_an_upload_that_is_cut_in_the_middle_is_not_kept(live_server: Any, transactional_db: None, stores: Path) -> None:
    """The connection closes before Content-Length is reached: what came must not pass for the whole file."""
    from tests.factories import make_user

    ada = make_user("ada", creator=True)
    product = make_draft(ada, files=0)
    client = Client()
    client.force_login(ada)
    client.get(reverse("product_files", args=[product.slug]))
    token, session = client.cookies["csrftoken"].value, client.cookies["sessionid"].value
    boundary = "cut"
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{token}\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="notes.md"\r\nContent-Type: text/markdown\r\n\r\n'
    )
    body = head + "# Half of it\n" * 50
    address = live_server.url.removeprefix("http://").split(":")
    with socket.create_connection((address[0], int(address[1])), timeout=20) as connection:
        connection.sendall(
            (
                f"POST {reverse('product_files', args=[product.slug])} HTTP/1.1\r\nHost: {':'.join(address)}\r\n"
                f"Cookie: csrftoken={token}; sessionid={session}\r\nContent-Type: multipart/form-data; boundary={boundary}\r\n"
                f"Content-Length: {len(body) + 5000}\r\nConnection: close\r\n\r\n{body}"
            ).encode()
        )
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    assert answer.startswith(b"HTTP/1.1 400")
    assert not Asset.objects.exists()
    assert files_in(stores / "private") == []


def test_a_stranger_who_knows_the_names_changes_nothing(ada: User, cleo: User, stores: Path) -> None:
    product = make_draft(ada)
    asset = only_asset(product)
    picture = gallery.add_picture(product, upload("a.png", hostile.picture(size=(300, 300))), by=ada)
    from accounts.models import User as People

    People.objects.filter(pk=cleo.pk).update(creator_since=product.created_at)
    own = make_draft(People.objects.get(pk=cleo.pk), "Her own", files=0)
    client = Client()
    client.force_login(cleo)
    slug = product.slug
    doors: list[tuple[str, list[Any], dict[str, Any]]] = [
        ("product_edit", [slug], {"title": "Mine now"}),
        ("product_submit", [slug], {}),
        ("product_withdraw", [slug], {}),
        ("product_publish", [slug], {}),
        ("product_archive", [slug], {}),
        ("product_restore", [slug], {}),
        ("product_duplicate", [slug], {}),
        ("product_delete", [slug], {}),
        ("product_files", [slug], {"file": upload()}),
        ("asset_replace", [slug, asset.pk], {"file": upload()}),
        ("asset_remove", [slug, asset.pk], {}),
        ("asset_move", [slug, asset.pk], {"direction": "up"}),
        ("asset_remove", [own.slug, asset.pk], {}),
        ("asset_replace", [own.slug, asset.pk], {"file": upload()}),
        ("asset_remove", [own.slug, uuid.uuid4()], {}),
        ("product_versions", [slug], {"label": "2"}),
        ("version_change", [slug], {"label": "2"}),
        ("version_publish", [slug], {}),
        ("version_drop", [slug], {}),
        ("product_gallery", [slug], {"image": upload()}),
        ("cover_set", [slug], {"cover-image": upload()}),
        ("cover_remove", [slug], {}),
        ("picture_describe", [slug, picture.pk], {"alt": "x"}),
        ("picture_describe", [own.slug, picture.pk], {"alt": "x"}),
        ("picture_move", [own.slug, picture.pk], {"direction": "up"}),
        ("picture_remove", [own.slug, picture.pk], {}),
        ("product_decisions", [slug], {}),
    ]
    for name, args, data in doors:
        url = reverse(name, args=args)
        assert client.post(url, data).status_code in (404, 405), name
        assert client.get(url).status_code in (404, 405), name
        assert Client().post(url, data).status_code == 302, name
    product.refresh_from_db()
    assert (product.title, product.state, str(product.cover)) == ("Grids that hold", "draft", "")
    assert only_asset(product).pk == asset.pk
    assert GalleryImage.objects.get().alt == ""
    assert Product.objects.count() == 2
    assert len(files_in(stores / "private")) == 1


def test_a_buyer_who_is_no_creator_meets_a_closed_door(ben: User) -> None:  # R31
    client = Client()
    client.force_login(ben)
    assert client.get(reverse("product_new")).status_code == 403
    assert client.post(reverse("product_new"), {"kind": "ebook", "title": "x"}).status_code == 403
    assert not Product.objects.exists()


def test_an_upload_of_another_kind_of_name_is_served_harmless(ada: User) -> None:
    product = make_draft(ada, kind="template", files=0)
    asset = services.add_asset(product, SimpleUploadedFile("a.ai", b"%PDF-1.5 ...", content_type="text/html"), by=ada)
    assert asset.content_type == "application/octet-stream"
