"""Which batches of counts were written, so that none is written twice."""

import uuid

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("insights", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="WrittenBatch",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("written_at", models.DateTimeField(auto_now_add=True, db_index=True)),
            ],
        ),
    ]
