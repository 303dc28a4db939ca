"""Whether a part of a work is free, read from its details by the database: filters and indexes ask for it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0003_asset_notes")]
    operations = [
        migrations.AddField(
            model_name="product",
            name="has_free_preview",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Case(
                    models.When(details__free_lessons__gt=0, then=models.Value(True)),
                    default=models.Value(False),
                    output_field=models.BooleanField(),
                ),
                output_field=models.BooleanField(),
            ),
        ),
    ]
