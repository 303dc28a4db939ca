"""The vocabulary, and the distance between words that corrects a mistyped one."""

from django.contrib.postgres.operations import CreateExtension
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies: list[tuple[str, str]] = []
    operations = [
        CreateExtension("fuzzystrmatch"),
        migrations.CreateModel(
            name="Word",
            fields=[
                ("text", models.CharField(max_length=60, primary_key=True, serialize=False)),
                ("works", models.PositiveIntegerField(default=1)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("text", ""), _negated=True), name="search_word_not_empty")],
            },
        ),
        # Corrections differ from what was typed by a letter or two, so words are looked through by their length.
        migrations.RunSQL(
            "CREATE INDEX search_word_by_length ON search_word (length(text)) INCLUDE (text, works)",
            "DROP INDEX search_word_by_length",
        ),
    ]
