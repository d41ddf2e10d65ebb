from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("events", "0002_triggers")]
    operations = [
        migrations.AddIndex(
            model_name="eventindex", index=models.Index(fields=["model"], name="index_model"),
        ),
    ]
