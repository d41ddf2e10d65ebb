from api.rag.guard.stream import Guard

__all__ = ["Guard"]
