"""The wire, spoken to a real process with the hash embedder."""

from __future__ import annotations

import base64
import json
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import httpx
import numpy as np
import pytest

from embedding_service import __main__ as main_module
from embedding_service.backend import HashBackend
from embedding_service.config import Settings

from .conftest import ROOT, start_service, wait_until_ready


@pytest.fixture(scope="module")
def http():
    from .conftest import free_port

    port = free_port()
    process = start_service(port, max_texts="8", max_chars="100", max_body_bytes="4096")
    wait_until_ready(f"http://127.0.0.1:{port}")
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        yield client
    process.kill()
    process.wait()


def expected(*texts):
    backend = HashBackend()
    return backend.embed(backend.tokenize(list(texts)))


def test_many_texts_come_back_in_order(http):
    answer = http.post("/embed", json={"texts": ["jazz", "farmers market"]}).json()
    assert sorted(answer) == ["dimension", "embeddings", "model", "processing_time_ms", "truncated"]
    np.testing.assert_allclose(answer["embeddings"], expected("jazz", "farmers market"), atol=1e-7)
    assert (answer["model"], answer["dimension"], answer["truncated"]) == ("hash-384", 384, [False, False])


def test_one_text_comes_back_as_one_row(http):
    answer = http.post("/embed", json={"text": "jazz"}).json()
    np.testing.assert_allclose(answer["embeddings"], expected("jazz"), atol=1e-7)


@pytest.mark.parametrize(("method", "path"), [("GET", "/embed"), ("PUT", "/v1/embeddings"), ("POST", "/livez")])
def test_another_method_is_refused(http, method, path):
    assert http.request(method, path).status_code == 405


def test_octet_stream_is_rows_of_little_endian_floats(http):
    answer = http.post("/embed", json={"texts": ["jazz", "market"]}, headers={"accept": "application/octet-stream"})
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-embedding-shape"] == "2,384"
    assert answer.headers["x-embedding-version"] == "hash-384@1"
    assert answer.content == expected("jazz", "market").astype("<f4").tobytes()


def test_base64_holds_the_same_bytes(http):
    answer = http.post("/embed", json={"texts": ["jazz"], "encoding_format": "base64"}).json()
    assert base64.b64decode(answer["embeddings"][0]) == expected("jazz").astype("<f4").tobytes()


def test_a_cut_text_is_said_to_be_cut(run_service):
    service = run_service()
    long = "word " * 300
    answer = httpx.post(f"{service.url}/embed", json={"texts": ["short", long]}, trust_env=False)
    assert answer.json()["truncated"] == [False, True]
    raw = httpx.post(
        f"{service.url}/embed",
        json={"texts": ["short", long]},
        headers={"accept": "application/octet-stream"},
        trust_env=False,
    )
    assert raw.headers["x-embedding-truncated"] == "1"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 422, "invalid_request"),
        (b"{", 422, "invalid_request"),
        (b"[]", 422, "invalid_request"),
        (b"{}", 422, "invalid_request"),
        (b'{"texts":[]}', 422, "invalid_request"),
        (b'{"texts":[1]}', 422, "invalid_request"),
        (b'{"texts":"jazz"}', 422, "invalid_request"),
        (b'{"text":"a","texts":["b"]}', 422, "invalid_request"),
        (b'{"text":"\\ud800"}', 422, "invalid_request"),
        (b"\xff\xfe", 422, "invalid_request"),
        (json.dumps({"text": "x" * 101}).encode(), 422, "text_too_long"),
        (json.dumps({"texts": ["x"] * 9}).encode(), 413, "too_many_texts"),
        (json.dumps({"text": "x" * 5000}).encode(), 413, "body_too_large"),
    ],
)
def test_refusals_are_named(http, body, status, code):
    answer = http.post("/embed", content=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_a_body_without_a_length_is_bounded_too(http):
    answer = http.post("/embed", content=(b"x" * 1000 for _ in range(10)))
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "body_too_large")


def test_a_deadline_must_be_whole_milliseconds(http):
    answer = http.post("/embed", json={"text": "jazz"}, headers={"x-deadline-ms": "soon"})
    assert answer.status_code == 422


def test_a_deadline_of_nothing_is_missed(http):
    answer = http.post("/embed", json={"text": "jazz"}, headers={"x-deadline-ms": "0"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (504, "deadline_exceeded")


def test_the_openai_shape(http):
    body = {"model": "all-MiniLM-L6-v2", "input": ["jazz", "two words"]}
    answer = http.post("/v1/embeddings", json=body).json()
    assert answer["object"] == "list"
    assert [one["index"] for one in answer["data"]] == [0, 1]
    np.testing.assert_allclose([one["embedding"] for one in answer["data"]], expected("jazz", "two words"), atol=1e-7)
    assert answer["usage"] == {"prompt_tokens": 3, "total_tokens": 3}


def test_the_openai_library_reads_it(http):
    openai = pytest.importorskip("openai")
    with openai.OpenAI(
        base_url=f"{http.base_url}/v1", api_key="none", http_client=httpx.Client(trust_env=False)
    ) as client:
        found = client.embeddings.create(model="all-MiniLM-L6-v2", input=["jazz"])
        np.testing.assert_allclose(found.data[0].embedding, expected("jazz")[0], atol=1e-7)
        with pytest.raises(openai.NotFoundError):
            client.embeddings.create(model="text-embedding-3-small", input="jazz")


def test_info_names_the_model_and_its_limits(http):
    found = http.get("/info").json()
    assert (found["model"], found["version"], found["dimension"], found["max_tokens"]) == (
        "hash-384",
        "hash-384@1",
        384,
        256,
    )
    assert (found["backend"], found["device"], found["max_texts"], found["max_chars"]) == ("hash", "cpu", 8, 100)


def test_live_ready_and_metrics_answer(http):
    assert http.get("/livez").json() == {"status": "live"}
    assert http.get("/readyz").json() == {"status": "ready"}
    http.post("/embed", json={"text": "counted"})
    assert 'embedding_requests_total{route="/embed",status="200"}' in http.get("/metrics").text


def test_a_second_worker_on_the_same_address_refuses_to_start(http):
    second = start_service(http.base_url.port)
    assert second.wait(20) == main_module.EXIT_ADDRESS_TAKEN


def test_a_model_that_cannot_be_loaded_ends_the_process(tmp_path):
    from .conftest import free_port

    process = start_service(free_port(), backend="onnx", model=str(tmp_path))
    assert process.wait(30) == main_module.EXIT_LOAD_FAILED


def test_sigterm_ends_it_cleanly(run_service):
    service = run_service()
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(20) in (0, -signal.SIGTERM)


def test_the_hash_backend_starts_without_torch_or_onnx():
    code = (
        "import sys, embedding_service.app as a, embedding_service.choose as c\n"
        "c.load(a.Settings(backend='hash'))\n"
        "print(sorted({'torch', 'onnxruntime', 'transformers', 'tokenizers', 'django'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_five_hundred_requests_from_twenty_threads_all_get_their_own_answer(http):
    def ask(number):
        text = f"question {number}"
        answer = http.post("/embed", json={"text": text}, headers={"accept": "application/octet-stream"})
        return answer.content == expected(text).astype("<f4").tobytes()

    with ThreadPoolExecutor(20) as pool:
        assert all(pool.map(ask, range(500)))


def test_settings_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("EMBEDDING_PORT", "9123")
    monkeypatch.setenv("EMBEDDING_BACKEND", "hash")
    found = Settings()
    assert (found.port, found.backend, found.host) == (9123, "hash", "127.0.0.1")
