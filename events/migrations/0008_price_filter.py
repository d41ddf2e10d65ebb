from django.db import migrations, models


class Migration(migrations.Migration):
    """The list of events by price reads the rows of the answer asked for, however few there are."""

    dependencies = [("events", "0007_list_filters")]
    operations = [
        migrations.AddIndex(
            model_name="event",
            index=models.Index(condition=models.Q(("is_free", True)), fields=["-updated_at"], name="event_free"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(condition=models.Q(("is_free", False)), fields=["-updated_at"], name="event_not_free"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("is_free__isnull", True)), fields=["-updated_at"], name="event_free_unknown"
            ),
        ),
    ]
