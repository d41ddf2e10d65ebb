"""Of which model are the stored vectors? Vectors of two models cannot be compared."""

from __future__ import annotations

from django.db import connection

from api.rag.errors import RagError
from api.rag.params import EMBEDDING_DIMENSION

# One index lookup per model: a DISTINCT would read every row.
_MODELS = """
WITH RECURSIVE named AS (
  (SELECT min(model) AS model FROM events_eventindex WHERE model > '')
  UNION ALL
  SELECT (SELECT min(i.model) FROM events_eventindex i WHERE i.model > named.model) FROM named WHERE named.model IS NOT NULL
) SELECT model FROM named WHERE model IS NOT NULL
"""


class ModelMismatch(RagError):
    """The stored vectors are of another model than the service speaks; comparing them would rank at random."""

    code = "model_mismatch"


def stored_models() -> set[str]:
    """Names of the models whose vectors are stored."""
    with connection.cursor() as cursor:
        cursor.execute(_MODELS)
        return {row[0] for row in cursor.fetchall()}


def check_model(model: str, dimension: int) -> None:
    """Raises ModelMismatch with the command that fixes it."""
    if dimension != EMBEDDING_DIMENSION:
        raise ModelMismatch(
            f"the embedding service speaks {model} of {dimension} dimensions, the database stores {EMBEDDING_DIMENSION}:"
            f" point EMBEDDING_URL at a model of {EMBEDDING_DIMENSION}, then run `manage.py update_embeddings --replace`"
        )
    other = stored_models() - {model}
    if other:
        raise ModelMismatch(
            f"stored vectors are of {', '.join(sorted(other))}, the embedding service speaks {model}:"
            " run `manage.py update_embeddings --replace`"
        )
