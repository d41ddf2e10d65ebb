from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from api.rag.bootstrap import build_embedder
from api.rag.errors import EmbeddingUnavailable
from api.rag.indexing import count_stale, embed_all_stale, forget_other_models
from api.rag.stored_models import ModelMismatch, check_model
from locations.arguments import whole


class Command(BaseCommand):
    help = "Embed the events whose text changed. Can be stopped and run again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--replace", action="store_true", help="also replace the vectors of another model")
        parser.add_argument("--batch", type=whole(1, 256), default=128, metavar="1-256")

    def handle(self, *args: Any, **options: Any) -> None:
        client = build_embedder(patient=True)
        try:
            info = client.info_sync()
            model = info.model
            if options["replace"]:
                forget_other_models(model)
            check_model(model, info.dimension)
            with tqdm(total=count_stale(), desc=f"Embedding with {model}", unit="event") as bar:
                for done in embed_all_stale(client, batch=options["batch"]):
                    bar.update(done)
        except (EmbeddingUnavailable, ModelMismatch) as error:
            raise CommandError(str(error)) from error
        finally:
            client.close()
