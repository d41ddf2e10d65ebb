from api.rag.prompt.builder import build_prompt
from api.rag.prompt.render import template_version
from api.rag.prompt.tokens import token_counter

__all__ = ["build_prompt", "template_version", "token_counter"]
