"""One client for Elasticsearch 8 and 9 and for OpenSearch 2 and 3.

The official client marks its requests with a media type of Elastic's own and refuses servers that do not name themselves
Elasticsearch. Both engines take plain JSON, so this node sends that, and vouches for the server.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from elastic_transport import HttpHeaders, TransportError, Urllib3HttpNode
from elasticsearch import ApiError, Elasticsearch

Engine: TypeAlias = Literal["elasticsearch", "opensearch"]
FAILURES = (ApiError, TransportError)

logging.getLogger("elastic_transport.transport").setLevel(logging.WARNING)  # a line per request says nothing new


class PlainJsonNode(Urllib3HttpNode):
    def perform_request(self, method: str, target: str, body: Any = None, headers: Any = None, **rest: Any) -> Any:  # type: ignore[override]
        sent = HttpHeaders({name: _plain(value) for name, value in (headers or {}).items()})
        answer = super().perform_request(method, target, body=body, headers=sent, **rest)
        told = HttpHeaders({**answer.meta.headers, "x-elastic-product": "Elasticsearch"})
        return answer._replace(meta=replace(answer.meta, headers=told))


def _plain(value: str) -> str:
    return value.replace("application/vnd.elasticsearch+", "application/").partition("; compatible-with=")[0]


@dataclass(frozen=True, slots=True)
class Server:
    engine: Engine
    version: str


def connect(url: str, *, timeout_s: float) -> Elasticsearch:
    """A pool of kept connections; credentials may stand in the URL. Nothing is retried here: callers know better."""
    return Elasticsearch(
        url,
        node_class=PlainJsonNode,
        request_timeout=timeout_s,
        max_retries=0,
        retry_on_timeout=False,
        connections_per_node=16,
    )


def server_of(client: Elasticsearch) -> Server:
    version = client.info()["version"]
    engine: Engine = "opensearch" if version.get("distribution") == "opensearch" else "elasticsearch"
    return Server(engine, version["number"])
