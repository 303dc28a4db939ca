"""How a form field becomes markup: label, control, help, refusal, each tied to the control by id."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.conf import settings
from django.forms.boundfield import BoundField
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

INPUT_KINDS: tuple[tuple[type[forms.Widget], str, str], ...] = (
    # widget, shape, CSS class; the first match counts, so narrower widgets stand first
    (forms.CheckboxSelectMultiple, "choices", "checkbox"),
    (forms.RadioSelect, "choices", "radio mt-0.5"),
    (forms.CheckboxInput, "check", "checkbox"),
    (forms.PasswordInput, "password", "input"),
    (forms.FileInput, "file", "file-input"),
    (forms.Textarea, "textarea", "textarea min-h-28"),
    (forms.SelectMultiple, "input", "select h-auto min-h-32"),
    (forms.Select, "input", "select"),
    (forms.Widget, "input", "input"),
)


def shape_of(widget: forms.Widget) -> tuple[str, str]:
    """The layout that a widget gets and the CSS class of its control."""
    return next((shape, css) for kind, shape, css in INPUT_KINDS if isinstance(widget, kind))


def focus_id(bound: BoundField) -> str:
    """Id of the control that a link in the summary of refusals goes to: the first option where there are several."""
    if isinstance(bound.field.widget, (forms.RadioSelect, forms.CheckboxSelectMultiple)):
        return f"{bound.auto_id}_0"
    return bound.id_for_label or bound.auto_id


def render_field(
    bound: BoundField,
    *,
    label: str | None = None,
    help: str | None = None,
    opt: str | None = None,
    prefix: str = "",
    suffix: str = "",
    counter: bool = False,
    strength: bool = False,
    markdown: str = "",
    pictures: str = "",
    whole_form: bool = False,
    hints: dict[str, str] | None = None,
    rows: int | None = None,
    input_attrs: dict[str, Any] | None = None,
    **attrs: Any,
) -> SafeString:
    """A bound field in the site's pattern.

    `opt` is the quiet word after the label ("optional" for what may be left out; "" for none), `prefix` and `suffix`
    stand inside the box (a currency sign, a unit), `counter` shows how much of `maxlength` is used, `strength` lists the
    password rules, `markdown` is the address that renders a preview, `hints` gives each choice a second line by its value.
    `pictures` is the address that keeps pasted pictures: the editor then has every tool for lessons. With `whole_form` the preview
    is made from all the form's fields and brings its own frame.
    `input_attrs` and further keyword arguments become attributes of the control; `_` in a keyword is written `-`.
    """
    if bound.is_hidden:
        return mark_safe(bound.as_widget())  # noqa: S308
    shape, css = shape_of(bound.field.widget)
    helptext = bound.help_text if help is None else help
    given = {name.replace("_", "-"): value for name, value in attrs.items()} | (input_attrs or {})
    described = [given.pop("aria-describedby", "")]
    if helptext:
        described.append(f"{bound.auto_id}_helptext")
    if strength:
        described.append(f"{bound.auto_id}_rules")
    if bound.errors:
        described.append(f"{bound.auto_id}_error")
    control: dict[str, Any] = dict(given)
    if described := [part for part in described if part]:
        control["aria-describedby"] = " ".join(described)
    if bound.errors:
        control["aria-invalid"] = "true"
    if shape == "password" and "autocomplete" not in bound.field.widget.attrs:
        # Password managers offer a new one where the rules are shown, the kept one elsewhere.
        control.setdefault("autocomplete", "new-password" if strength else "current-password")
    if shape == "textarea":
        # Django's own ten lines are taller than most answers; a form that chose a number keeps it.
        chosen = bound.field.widget.attrs.get("rows")
        control["rows"] = rows or (chosen if chosen and chosen != "10" else 5)
    boxed = shape == "input" and css == "input" and bool(prefix or suffix)
    # The box round a sign or a button is the input as one sees it; the control inside has no border.
    look = "num grow" if boxed else "grow" if shape == "password" else css
    control["class"] = " ".join(filter(None, [look, bound.field.widget.attrs.get("class", ""), given.get("class", "")]))
    maxlength = bound.field.widget.attrs.get("maxlength") or getattr(bound.field, "max_length", None)
    value = bound.value()
    if opt is None:
        opt = _("optional") if not bound.field.required and shape not in ("check", "choices") else ""
    context: dict[str, Any] = {
        "bound": bound,
        "shape": shape,
        "label": bound.label if label is None else label,
        "help": helptext,
        "opt": opt,
        "prefix": prefix,
        "suffix": suffix,
        "boxed": boxed,
        "strength": strength,
        "markdown": markdown,
        "pictures": pictures,
        "whole_form": whole_form,
        "count_max": int(maxlength) if counter and maxlength else None,
        "count_now": len(value) if isinstance(value, str) else 0,
        "help_id": f"{bound.auto_id}_helptext",
        "error_id": f"{bound.auto_id}_error",
        "rules_id": f"{bound.auto_id}_rules",
    }
    if shape == "choices":
        context["many"] = isinstance(bound.field.widget, forms.CheckboxSelectMultiple)
        context["options"] = _options(bound, control, hints or {})
    else:
        widget = _plain_file_input(bound.field.widget) if shape == "file" else None
        context["control"] = bound.as_widget(widget=widget, attrs={name: value for name, value in control.items() if value is not None})
    if shape == "file":
        context["current"] = bound.initial if bound.initial and hasattr(bound.initial, "url") else None
        if isinstance(bound.field.widget, forms.ClearableFileInput) and not bound.field.required:
            context["clear_name"] = bound.field.widget.clear_checkbox_name(bound.html_name)
    if strength:
        context["rules"] = password_rules()
    return mark_safe(get_template("components/field.html").render(context))  # noqa: S308


def _plain_file_input(widget: forms.Widget) -> forms.FileInput:
    """The bare control; what is there now and the box that removes it stand beside it in our own markup."""
    plain = forms.FileInput()
    plain.attrs = dict(widget.attrs)
    return plain


def password_rules() -> list[tuple[str, str, int]]:
    """The password validators in the settings as (name for the script, sentence, number)."""
    rules: list[tuple[str, str, int]] = []
    validators = cast("list[dict[str, Any]]", settings.AUTH_PASSWORD_VALIDATORS)
    for entry in validators:
        name = entry["NAME"].rpartition(".")[2]
        if name == "MinimumLengthValidator":
            length = int(entry.get("OPTIONS", {}).get("min_length", 8))
            sentence = _("At least %(length)d characters; a few words in a row are easy to keep") % {"length": length}
            rules.append(("length", sentence, length))
        elif name == "NumericPasswordValidator":
            rules.append(("letters", _("Not only digits"), 0))
        elif name == "UserAttributeSimilarityValidator":
            rules.append(("unlike", _("Not your name or mail address"), 0))
        elif name == "CommonPasswordValidator":
            rules.append(("uncommon", _("Not one of the passwords that everybody tries first"), 0))
    return rules


def _options(bound: BoundField, control: dict[str, Any], hints: dict[str, str]) -> list[dict[str, Any]]:
    """Every choice with its control; the group, not each option, carries the description."""
    options = []
    for choice in bound.subwidgets:
        data = choice.data
        data["attrs"] = {
            **data["attrs"],
            **{name: value for name, value in control.items() if value is not None and name != "aria-describedby"},
        }
        data["attrs"]["class"] = control["class"]
        options.append({"tag": choice.tag(), "label": choice.choice_label, "hint": hints.get(str(data["value"]), "")})
    return options
