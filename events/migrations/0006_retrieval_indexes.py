from django.db import migrations, models

ASKED_FOR = ["id", "event", "lat", "lng", "long", "status"]


class Migration(migrations.Migration):
    """The indexes of the candidate query hold all it asks of an occurrence, and what runs for days is found by its cell."""

    dependencies = [("events", "0005_attention")]
    operations = [
        migrations.RemoveIndex(model_name="occurrence", name="occurrence_cell_start"),
        migrations.RemoveIndex(model_name="occurrence", name="occurrence_start"),
        migrations.RemoveIndex(model_name="occurrence", name="occurrence_long"),
        migrations.AddIndex(
            model_name="occurrence",
            index=models.Index(
                fields=["cell", "start"], include=["effective_end", *ASKED_FOR], name="occurrence_cell_start"
            ),
        ),
        migrations.AddIndex(
            model_name="occurrence",
            index=models.Index(
                fields=["start"], include=["effective_end", "region", *ASKED_FOR], name="occurrence_start"
            ),
        ),
        migrations.AddIndex(
            model_name="occurrence",
            index=models.Index(
                fields=["region", "start"], include=["effective_end", *ASKED_FOR], name="occurrence_region_start"
            ),
        ),
        migrations.AddIndex(
            model_name="occurrence",
            index=models.Index(
                condition=models.Q(("long", True)),
                fields=["cell", "effective_end"],
                include=["start", *ASKED_FOR],
                name="occurrence_long",
            ),
        ),
    ]
