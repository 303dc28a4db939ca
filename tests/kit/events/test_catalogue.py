from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command

from kit.events.catalogue import BEGIN, END, document, table, with_table
from kit.events.event import fields_of, name_of
from kit.events.registry import event_classes, subscriptions


def test_the_list_of_events_and_handlers_is_complete() -> None:
    text = document().read_text()
    assert with_table(text) == text, "docs/events.md is behind the code: run `python manage.py list_events --write`"


def test_every_event_of_the_house_keeps_the_rules() -> None:
    ours = [event for event in event_classes() if not event.__module__.startswith("tests.")]
    assert ours
    for event in ours:
        assert fields_of(event), f"{name_of(event)} holds nothing"


def test_every_handler_lives_in_a_module_called_handlers() -> None:
    for subscription in subscriptions():
        assert subscription.function.__module__.endswith(".handlers") or subscription.name.startswith("tests."), subscription.name


def test_no_two_events_have_one_name() -> None:
    names = [name_of(event) for event in event_classes() if not event.__module__.startswith("tests.")]
    assert len(names) == len(set(names))


def test_the_list_is_written_between_its_marks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "events.md"
    path.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    monkeypatch.setattr("kit.events.management.commands.list_events.document", lambda: path)
    call_command("list_events", write=True, verbosity=0)
    assert path.read_text() == f"before\n{BEGIN}\n{table()}\n{END}\nafter\n"
    with pytest.raises(ValueError, match="to write between"):
        with_table("no marks here")
