"""A field says what it wants, what was wrong with it, and keeps what was typed."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import pytest
from django import forms
from django.template import Context, Template

from kit.look.fields import password_rules, render_field


class ReleaseForm(forms.Form):
    title = forms.CharField(label="Title", max_length=80)
    note = forms.CharField(label="Note", widget=forms.Textarea, required=False, max_length=400, help_text="For the <reviewer>.")
    price = forms.CharField(label="Price")
    password = forms.CharField(label="Password", widget=forms.PasswordInput)
    licence = forms.ChoiceField(label="Licence", widget=forms.RadioSelect, choices=[("own", "Own use"), ("resell", "Resale")])
    formats = forms.MultipleChoiceField(label="Formats", widget=forms.CheckboxSelectMultiple, choices=[("pdf", "PDF"), ("epub", "EPUB")])
    agreed = forms.BooleanField(label="I made this")
    cover = forms.FileField(label="Cover", required=False)
    secret = forms.CharField(widget=forms.HiddenInput, required=False)


def tree(html: str) -> ElementTree.Element:
    """The markup as a tree; void and bare attributes made XML first."""
    text = re.sub(r"<(input|img|hr|br)([^>]*?)/?>", r"<\1\2/>", html)
    text = re.sub(r" (required|hidden|checked|disabled|multiple|data-[a-z-]+|autofocus)(?=[\s/>])", r' \1=""', text)
    return ElementTree.fromstring(f"<root>{text}</root>")


def control(root: ElementTree.Element, name: str) -> ElementTree.Element:
    return next(element for element in root.iter() if element.get("name") == name)


def refused(**data: Any) -> ReleaseForm:
    form = ReleaseForm(data)
    assert not form.is_valid()
    return form


def test_a_label_belongs_to_its_control() -> None:
    root = tree(render_field(ReleaseForm()["title"]))
    label = next(root.iter("label"))
    assert label.get("for") == control(root, "title").get("id") == "id_title"
    assert control(root, "title").get("class") == "input"


def test_a_refusal_is_tied_to_the_control_and_keeps_what_was_typed() -> None:
    form = refused(title="x" * 81, note="fine")
    root = tree(render_field(form["title"]))
    box = control(root, "title")
    assert box.get("aria-invalid") == "true"
    assert box.get("value") == "x" * 81
    assert box.get("aria-describedby") == "id_title_error"
    refusal = next(element for element in root.iter() if element.get("id") == "id_title_error")
    assert "at most 80 characters" in "".join(refusal.itertext())


def test_help_comes_before_the_refusal_and_is_escaped() -> None:
    form = refused(note="n" * 401)
    html = render_field(form["note"])
    assert control(tree(html), "note").get("aria-describedby") == "id_note_helptext id_note_error"
    assert "For the &lt;reviewer&gt;." in html


def test_what_may_be_left_out_says_so() -> None:
    assert "optional" in render_field(ReleaseForm()["note"])
    assert "optional" not in render_field(ReleaseForm()["title"])
    assert "optional" not in render_field(ReleaseForm()["note"], opt="")
    assert "if a company pays" in render_field(ReleaseForm()["note"], opt="if a company pays")


def test_a_money_field_shows_its_currency() -> None:
    root = tree(render_field(ReleaseForm()["price"], prefix="€", inputmode="decimal"))
    assert control(root, "price").get("inputmode") == "decimal"
    assert control(root, "price").get("class") == "num grow"
    assert "€" in "".join(root.itertext())


def test_a_counter_starts_from_what_is_there() -> None:
    form = ReleaseForm(initial={"note": "four"})
    assert "4 / 400" in "".join(tree(render_field(form["note"], counter=True)).itertext())


def test_choices_are_a_named_group_with_a_second_line_each() -> None:
    root = tree(render_field(refused()["licence"], hints={"resell": "Never as a file that competes"}))
    group = next(root.iter("fieldset"))
    assert group.get("id") == "id_licence"
    assert "id_licence_error" in (group.get("aria-describedby") or "")
    assert "".join(next(group.iter("legend")).itertext()).strip() == "Licence"
    options = list(group.iter("input"))
    assert [option.get("value") for option in options] == ["own", "resell"]
    assert {option.get("aria-invalid") for option in options} == {"true"}
    assert "Never as a file that competes" in "".join(group.itertext())


def test_several_may_be_ticked() -> None:
    root = tree(render_field(ReleaseForm(initial={"formats": ["epub"]})["formats"]))
    ticked = [element.get("value") for element in root.iter("input") if element.get("checked") is not None]
    assert ticked == ["epub"]


def test_one_tick_stands_before_its_sentence() -> None:
    root = tree(render_field(ReleaseForm()["agreed"]))
    label = next(root.iter("label"))
    assert label[0].get("name") == "agreed"
    assert "I made this" in "".join(label.itertext())


def test_a_file_field_shows_what_is_there_and_can_be_emptied() -> None:
    class Stored:
        url = "/media/cover.png"
        name = "cover.png"

        def __str__(self) -> str:
            return self.name

    class PictureForm(forms.Form):
        picture = forms.FileField(required=False, widget=forms.ClearableFileInput)

    html = render_field(PictureForm(initial={"picture": Stored()})["picture"])
    root = tree(html)
    assert control(root, "picture").get("type") == "file"
    assert control(root, "picture-clear").get("type") == "checkbox"
    assert "/media/cover.png" in html


def test_a_password_field_explains_the_rules_that_are_in_force(settings: Any) -> None:
    settings.AUTH_PASSWORD_VALIDATORS = [
        {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 14}}
    ]
    html = render_field(ReleaseForm()["password"], strength=True)
    assert 'data-rule="length" data-number="14"' in html
    assert "At least 14 characters" in html
    assert control(tree(html), "password").get("aria-describedby") == "id_password_rules"
    assert [name for name, _text, _number in password_rules()] == ["length"]


def test_password_managers_know_what_is_asked() -> None:
    assert 'autocomplete="current-password"' in render_field(ReleaseForm()["password"])
    assert 'autocomplete="new-password"' in render_field(ReleaseForm()["password"], strength=True)
    assert 'autocomplete="off"' in render_field(ReleaseForm()["password"], autocomplete="off")


def test_a_password_is_never_sent_back() -> None:
    assert "hunter2hunter2" not in render_field(refused(password="hunter2hunter2")["password"], strength=True)


def test_a_hidden_field_has_no_label() -> None:
    html = render_field(ReleaseForm()["secret"])
    assert html.startswith('<input type="hidden"')
    assert "<label" not in html


def test_further_attributes_reach_the_control() -> None:
    root = tree(render_field(ReleaseForm()["title"], autocomplete="off", input_attrs={"hx-get": "/x/", "class": "num"}))
    box = control(root, "title")
    assert (box.get("autocomplete"), box.get("hx-get"), box.get("class")) == ("off", "/x/", "input num")


def test_the_summary_links_to_each_field_in_order_and_takes_the_focus() -> None:
    form = refused(title="")
    form.add_error(None, "The category was closed.")
    html = Template("{% load atelier %}{% form_errors form %}").render(Context({"form": form}))
    root = tree(html)
    assert [link.get("href") for link in root.iter("a")] == [
        "#id_title", "#id_price", "#id_password", "#id_licence_0", "#id_formats_0", "#id_agreed",
    ]  # fmt: skip
    notice = root[0]
    assert (notice.get("role"), notice.get("tabindex"), notice.get("autofocus")) == ("alert", "-1", "")
    assert "7 things to fix first" in "".join(root.itertext())
    assert "The category was closed." in "".join(root.itertext())


def test_a_form_without_faults_has_no_summary() -> None:
    assert Template("{% load atelier %}{% form_errors form %}").render(Context({"form": ReleaseForm()})).strip() == ""


def test_a_whole_form_is_every_field_in_order() -> None:
    root = tree(Template("{% load atelier %}{% form_fields form %}").render(Context({"form": ReleaseForm()})))
    names = list(dict.fromkeys(element.get("name") for element in root.iter() if element.get("name")))
    assert names == ["secret", "title", "note", "price", "password", "licence", "formats", "agreed", "cover"]


@pytest.mark.parametrize("name", list(ReleaseForm.base_fields))
def test_every_description_names_something_that_is_there(name: str) -> None:
    root = tree(render_field(refused(note="n" * 401)[name], counter=True, strength=name == "password"))
    ids = {element.get("id") for element in root.iter()}
    for element in root.iter():
        assert set((element.get("aria-describedby") or "").split()) <= ids
