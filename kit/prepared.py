"""Queries that run on every request, put into SQL once and planned once.

Django builds the SQL of a query anew each time, which costs more than most queries take. `Prepared` and `PreparedSave` build it once
per process and from then on only fill in the values: about a fifth of the time, for the same model instances.

What they send, and SQL of one's own through `planned_cursor`, is a prepared statement of the connection's after a few times
(`prepare_threshold` in DATABASES): Postgres then plans it no more, which for joins is most of what it does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.backends.utils import CursorWrapper
from django.db.models.query import get_related_populators
from django.db.transaction import TransactionManagementError

M = TypeVar("M", bound=models.Model)


def planned_cursor() -> CursorWrapper:
    """As `connection.cursor()`, for statements whose text is always the same: values travel beside it, and its plan is kept.

        with planned_cursor() as cursor:
            cursor.execute("SELECT … WHERE id = %(id)s", {"id": pk})

    Postgres sees the places only: where a value's type does not follow from its place, name it (`%(seconds)s::int`).
    """
    own: Any = connections[DEFAULT_DB_ALIAS]
    if own.connection is None:
        own.ensure_connection()
    with own.wrap_database_errors:
        # Its constructor is psycopg's, which the stubs of Django leave out.
        raw = ServerBindingCursor(own.connection)  # type: ignore[call-arg]
    wrapped: CursorWrapper = own._prepare_cursor(raw)
    return wrapped


class Prepared(Generic[M]):
    """A query with places for values.

    `build` makes the queryset from `samples`, one value of each place; each must differ from the others and occur in the query only
    there, as itself:

        by_slug = Prepared(lambda slug: Course.objects.filter(slug=slug), "a-slug-that-is-not-there")
        course = by_slug.first(slug)

    `select_related`, `select_for_update`, `defer`, ordering and slices work; annotations, `prefetch_related` and values() do not.
    Values must be what the columns hold (a UUID, not its text). Runs on the default database.
    """

    def __init__(self, build: Callable[..., models.QuerySet[M]], *samples: Any) -> None:
        self._build = build
        self._samples = samples
        self._ready: _Compiled | None = None

    def first(self, *values: Any) -> M | None:
        """The first row, None where there is none. One query."""
        return next(iter(self.all(*values)), None)

    def all(self, *values: Any) -> list[M]:
        """Every row. One query. Raises `TransactionManagementError` for locks that no transaction would hold."""
        compiled = self._ready or self._compile()
        if compiled.locks and not connection.in_atomic_block:
            raise TransactionManagementError("select_for_update cannot be used outside of a transaction.")
        with planned_cursor() as cursor:
            cursor.execute(compiled.sql, [values[slot] if slot is not None else given for slot, given in compiled.params])
            rows: Sequence[Any] = cursor.fetchall()
        if compiled.converters:
            rows = list(compiled.compiler.apply_converters(rows, compiled.converters))
        found = []
        for row in rows:
            instance = compiled.model.from_db("default", compiled.names, row[compiled.start : compiled.end])
            for populator in compiled.related:
                populator.populate(row, instance)
            found.append(instance)
        return found

    def _compile(self) -> _Compiled:
        self._ready = _Compiled(self._build(*self._samples), self._samples)
        return self._ready


class _Compiled:
    def __init__(self, queryset: models.QuerySet[Any], samples: Sequence[Any]) -> None:
        self.compiler: Any = queryset.query.get_compiler("default")
        self.sql, params = self.compiler.as_sql()
        self.params = [(next((at for at, sample in enumerate(samples) if _is(given, sample)), None), given) for given in params]
        used = [slot for slot, _given in self.params if slot is not None]
        if sorted(set(used)) != list(range(len(samples))):
            raise ValueError(f"each of {samples!r} has to occur in the query: {self.sql}")
        self.locks: bool = queryset.query.select_for_update
        info, select = self.compiler.klass_info, self.compiler.select
        self.model = info["model"]
        fields = info["select_fields"]
        self.start, self.end = fields[0], fields[-1] + 1
        self.names = [field[0].target.attname for field in select[self.start : self.end]]
        # The stubs know a later Django, which takes one argument more.
        self.related = get_related_populators(info, select, "default")  # type: ignore[call-arg]
        self.converters = self.compiler.get_converters([entry[0] for entry in select])


def _is(given: Any, sample: Any) -> bool:
    return type(given) is type(sample) and given == sample


class PreparedSave(Generic[M]):
    """`instance.save(update_fields=[…])` for rows that are there: one UPDATE by the primary key.

        SAVE = PreparedSave(QuizAttempt, "answers", "completed_at")
        SAVE(attempt)

    Sends no signals and calls no `pre_save`, so it is not for `auto_now`. Names are those of attributes (`course_id`). Raises the
    model's `DoesNotExist` when the row is gone.
    """

    def __init__(self, model: type[M], *names: str) -> None:
        self._model = model
        self._names = names
        self._ready: tuple[str, list[models.Field[Any, Any]]] | None = None

    def __call__(self, instance: M) -> None:
        sql, fields = self._ready or self._build()
        own = connections[DEFAULT_DB_ALIAS]
        values = [field.get_db_prep_save(getattr(instance, field.attname), own) for field in fields]
        with planned_cursor() as cursor:
            cursor.execute(sql, values)
            if cursor.rowcount != 1:
                # Each model has its own, which the stubs do not give to models in general.
                raise self._model.DoesNotExist  # type: ignore[attr-defined]

    def _build(self) -> tuple[str, list[models.Field[Any, Any]]]:
        meta = self._model._meta
        by_attribute = {field.attname: field for field in meta.local_concrete_fields}
        fields = [by_attribute[name] for name in self._names]
        places = ", ".join(f"{_quoted(field.column)} = %s" for field in fields)
        sql = f"UPDATE {_quoted(meta.db_table)} SET {places} WHERE {_quoted(meta.pk.column)} = %s"  # noqa: S608
        self._ready = sql, [*fields, meta.pk]
        return self._ready


def _quoted(name: str | None) -> str:
    assert name, "a field without a column"
    return connection.ops.quote_name(name)
