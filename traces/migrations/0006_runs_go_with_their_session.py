import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0003_answer_preference'),
        ('traces', '0005_names'),
    ]

    operations = [
        migrations.AlterField(
            model_name='chatdebugrun',
            name='session',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, to='conversations.chatsession'),
        ),
    ]
