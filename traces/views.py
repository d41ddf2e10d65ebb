"""The debug runner: pages and their data, for staff."""

from __future__ import annotations

import json
import uuid
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST, require_safe

from api.rag.bootstrap import build_embedder, rag_service
from api.rag.errors import InvalidRequest, RagError
from api.rag.params import (
    DEFAULT_RADIUS_MILES,
    FACTORS,
    MAX_RADIUS_MILES,
    LLMParams,
    RetrievalParams,
    ScoringWeights,
    TierSizes,
)
from api.rag.query.text import storable
from locations import selectors as places
from traces import profiles, selectors
from traces.as_of import records_as_of
from traces.asking import NotReplayable
from traces.live import told_live
from traces.models import ChatDebugRun, WeightProfile
from traces.ordering import asked_with, order_of, refused
from traces.recorder import plain
from traces.replay import asked_of, facts_at, popularity_of

NAME_MAX, NOTE_MAX, TYPED_MAX = 80, 300, 200
LOOK, ASK, WEIGH = "traces.view_chatdebugrun", "traces.add_chatdebugrun", "traces.change_weightprofile"
NOWHERE = uuid.UUID(int=0)  # stands in an address for the id that the page fills in
_TIERING = (
    "recommended_floor", "recommended_semantic_floor", "additional_semantic_floor", "topical_category", "topical_semantic_floor",
    "recommended_share_of_best", "max_per_venue",
)  # fmt: skip


@require_safe
def debug_runner(request: HttpRequest) -> HttpResponse:
    """`?run=ID` opens a stored run: that address is what one shares."""
    shown = request.GET.get("run", "")
    run = _found(shown) if shown else None
    context = admin.site.each_context(request) | {
        "title": "Debug runner",
        "is_fullwidth": "1",
        "runner_config": _config(request) | {"run": str(run.pk) if run else None},
    }
    return render(request, "admin/traces/debug_runner.html", context)


@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    config = {"a": request.GET.get("a", ""), "b": request.GET.get("b", ""), "urls": _urls()}
    context = admin.site.each_context(request) | {
        "title": "Compare two runs",
        "is_fullwidth": "1",
        "runner_config": config,
    }
    return render(request, "admin/traces/compare.html", context)


@require_POST
def stream(request: HttpRequest) -> StreamingHttpResponse | JsonResponse:
    form, now = _body(request), datetime.now(UTC)
    original = _found(form["replay_of"]) if form.get("replay_of") else None
    try:
        order = order_of(form, user_id=request.user.pk, now=now, original=original)
    except NotReplayable as error:
        return JsonResponse({"message": str(error)}, status=409)
    except InvalidRequest as error:
        order = refused(form, error, user_id=request.user.pk, now=now)
    response = StreamingHttpResponse(told_live(order), content_type="application/x-ndjson")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


@require_GET
def run_data(request: HttpRequest, run_id: uuid.UUID) -> JsonResponse:
    return JsonResponse(selectors.run_json(_found(run_id)))


@require_GET
def diff_data(request: HttpRequest) -> JsonResponse:
    return JsonResponse(selectors.diff_json(_found(request.GET.get("a", "")), _found(request.GET.get("b", ""))))


@require_GET
def recent(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"runs": [selectors.run_row(r) for r in selectors.recent_runs(_typed(request))]})


@require_GET
def find_events(request: HttpRequest) -> JsonResponse:
    query = _typed(request)
    return JsonResponse({"events": selectors.find_events(query, datetime.now(UTC)) if query.strip() else []})


@require_GET
def suggest(request: HttpRequest) -> JsonResponse:
    found = places.suggest(_typed(request)[:100], limit=8)
    return JsonResponse({"places": [{"id": p.id, "label": p.label, "zone": p.timezone} for p in found]})


@require_POST
def why_not(request: HttpRequest, run_id: uuid.UUID) -> JsonResponse:
    """Asked of the records of the run's time, with what the form changes."""
    run, form = _found(run_id), _body(request)
    service, embedder = rag_service(), build_embedder(patient=True)
    try:
        event_id = int(str(form.get("event_id") or 0))
        ask = asked_with(asked_of(run), {k: v for k, v in form.items() if k in ("weights", "sizes")}).ask
        with records_as_of(facts_at(run), embed=embedder.embed_sync, popularity=popularity_of(run)):
            return JsonResponse({"why_not": asdict(service.why_not(ask, event_id))})
    except (NotReplayable, InvalidRequest, ValueError) as error:
        return JsonResponse({"message": str(error)}, status=400)
    except RagError as error:
        return JsonResponse({"message": str(error)}, status=503)
    finally:
        embedder.close()


def weight_profiles(request: HttpRequest) -> JsonResponse:
    """GET: all of them and what was in use when. POST: save a new version."""
    if request.method == "POST":
        _may_change_weights(request)
        form = _body(request)
        name = str(form.get("name") or "").strip()[:NAME_MAX]
        if not name:
            return JsonResponse({"message": "name: must hold some words"}, status=400)
        try:
            weights = ScoringWeights.from_mapping(form.get("weights") or {})
        except InvalidRequest as error:
            return JsonResponse({"message": str(error)}, status=400)
        profiles.save_profile(name, weights, user_id=request.user.pk, note=str(form.get("note") or "")[:NOTE_MAX])
    return JsonResponse(profiles.book_json(profiles.book()))


@require_POST
def use_profile(request: HttpRequest) -> JsonResponse:
    """`profile` an id, or null for the built-in weights; `back` undoes the last change."""
    _may_change_weights(request)
    form = _body(request)
    if form.get("back"):
        profiles.go_back(user_id=request.user.pk)
    else:
        try:
            profiles.use_profile(form.get("profile"), user_id=request.user.pk)
        except (WeightProfile.DoesNotExist, ValueError, TypeError) as error:
            raise Http404 from error
    return JsonResponse(profiles.book_json(profiles.book()))


def _may_change_weights(request: HttpRequest) -> None:
    if not request.user.has_perm(WEIGH):
        raise PermissionDenied


def _found(run_id: Any) -> ChatDebugRun:
    try:
        return selectors.get_run(run_id if isinstance(run_id, uuid.UUID) else uuid.UUID(str(run_id)))
    except (ChatDebugRun.DoesNotExist, ValueError) as error:
        raise Http404 from error


def _typed(request: HttpRequest) -> str:
    return storable(request.GET.get("q", ""))[:TYPED_MAX]


def _body(request: HttpRequest) -> dict[str, Any]:
    """What of it can be kept; empty where it is no JSON object."""
    try:
        body = plain(json.loads(request.body))
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _urls() -> dict[str, str]:
    names = ("stream", "diff", "recent", "events", "places", "profiles", "use_profile", "compare", "runner")
    found = {name: reverse(f"admin:traces_{name}") for name in names}
    return found | {name: reverse(f"admin:traces_{name}", args=[NOWHERE]) for name in ("run", "why_not")}


def _config(request: HttpRequest) -> dict[str, Any]:
    retrieval = RetrievalParams()
    return {
        "urls": _urls(),
        "may": {"ask": request.user.has_perm(ASK), "weigh": request.user.has_perm(WEIGH)},
        "factors": list(FACTORS),
        "sizes": {f.name: getattr(TierSizes(), f.name) for f in fields(TierSizes)},
        "tiering": {name: getattr(retrieval, name) for name in _TIERING},
        "radius": {"default": DEFAULT_RADIUS_MILES, "max": MAX_RADIUS_MILES},
        "temperature": LLMParams().temperature,
        "zone": settings.DEFAULT_USER_ZONE,
        "models": _offered(),
        "book": profiles.book_json(profiles.book()),
    }


def _offered() -> list[str]:
    if not (settings.GROQ_API_KEY or settings.OPENAI_BASE_URL):
        return ["scripted"] if settings.LLM_SCRIPT else []
    named = (settings.LLM_MODEL_FAST, settings.LLM_MODEL_BALANCED, settings.LLM_MODEL_POWERFUL)
    return list(dict.fromkeys((*named, *settings.LLM_MODELS_ALLOWED)))
