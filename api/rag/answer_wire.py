"""What a turn tells its edge, as JSON-ready values. Names of the wire contract; ids are integers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from api.rag.types import Answer, EventFacts, Notice, RAGResult, RankedEvent, RankingFactors, Relaxation, Usage


def notice_json(notice: Notice) -> dict[str, Any]:
    return {"code": notice.code, "message": notice.message, "detail": dict(notice.detail)}


def facts_json(f: EventFacts) -> dict[str, Any]:
    """Times are the venue's wall clock with its offset; unknown text is empty, unknown numbers null."""
    return {
        "id": f.event_id,
        "occurrence_id": f.occurrence_id,
        "title": f.title,
        "start_time": f.start.isoformat(),
        "end_time": f.end.isoformat() if f.end else None,
        "all_day": f.all_day,
        "timezone": f.zone,
        "venue": {
            "name": f.venue,
            "street_address": f.street,
            "city": f.city,
            "state": f.region,
            "latitude": f.lat,
            "longitude": f.lng,
        },
        "room_name": f.room,
        "price_min": float(f.price_min) if f.price_min is not None else None,
        "price_max": float(f.price_max) if f.price_max is not None else None,
        "currency": f.currency,
        "is_free": f.is_free,
        "age_min": f.age_min,
        "age_max": f.age_max,
        "event_status": f.status,
        "event_attendance_mode": f.attendance,
        "url": f.url,
        "organizer": f.organizer,
        "tags": list(f.tags),
        "category": f.category,
        "revision": f.revision,
    }


def factors_json(f: RankingFactors) -> dict[str, Any]:
    return {
        "semantic": f.semantic,
        "location": f.location,
        "time": f.time,
        "category": f.category,
        "popularity": f.popularity,
        "distance_miles": f.distance_miles,
        "days_until_event": f.days_until_event,
        "unknown": list(f.unknown),
    }


def metadata_json(e: RankedEvent) -> dict[str, Any]:
    return {
        "tier": e.tier,
        "rank": e.rank,
        "final_score": round(e.score, 6),
        "ranking_factors": factors_json(e.factors),
        "why": list(e.why),
        "also_listed_as": list(e.source_ids),
    }


def ids_of(events: Iterable[RankedEvent]) -> list[int]:
    """Each event once, in their order."""
    return list(dict.fromkeys(e.facts.event_id for e in events))


def metadata_of(events: Sequence[RankedEvent]) -> dict[str, Any]:
    """By event id; of an event told with several of its times the first counts."""
    return {str(e.facts.event_id): metadata_json(e) for e in reversed(events)}


def events_json(result: RAGResult) -> dict[str, Any]:
    """Ids by tier, metadata by id, and the facts of what is recommended or close to it. Source n is the n-th of all ids: an event
    told with several of its times comes as often there."""
    return {
        "recommended_event_ids": ids_of(result.recommended),
        "additional_event_ids": [i for i in ids_of(result.additional) if i not in ids_of(result.recommended)],
        "all_event_ids": [e.facts.event_id for e in result.events],
        "event_metadata": metadata_of(result.events),
        "events": [facts_json(e.facts) for e in result.recommended + result.additional + result.found],
        "candidate_count": result.candidate_count,
        "recall": result.recall,
        "plan": result.plan,
        "weights": result.weights.as_dict(),
        "weights_sum": round(result.weights_sum, 6),
        "relaxations": [_relaxation_json(r) for r in result.relaxations],
        "timings_ms": {name: round(ms, 2) for name, ms in result.timings_ms.items()},
    }


def _relaxation_json(r: Relaxation) -> dict[str, Any]:
    """`label` goes after the count: 7, "tomorrow"; `change` is what to send as `ledger`."""
    return {"label": r.label.removeprefix(f"{r.count} "), "count": r.count, "change": dict(r.change)}


def usage_json(usage: Usage | None) -> dict[str, Any]:
    """What the model server said of its work; what the reader saw of it is the edge's to add."""
    if usage is None:
        return {}
    return {
        "provider": usage.provider,
        "model": usage.model,
        "tokens_in": usage.tokens_in,
        "tokens_out": usage.tokens_out,
        "tokens_estimated": usage.estimated,
        "first_token_ms": usage.first_token_ms,
        "total_ms": usage.total_ms,
        "cost_usd": usage.cost_usd,
    }


def receipt_json(answer: Answer, result: RAGResult) -> dict[str, Any]:
    """What was told, so that a reopened conversation shows the same: numbers and ids, and the facts with their revision."""
    facts = {e.facts.event_id: e.facts for e in reversed(result.events)}
    told = dict.fromkeys((*answer.event_ids, *answer.citations.values()))
    return {
        "facts": [facts_json(facts[i]) for i in told if i in facts],
        "citations": {str(n): event_id for n, event_id in answer.citations.items()},
        "notices": [n.code for n in answer.notices],
        "tools": [t.name for t in answer.tools],
        "prompt_version": answer.prompt_version,
    }


def done_json(answer: Answer, result: RAGResult) -> dict[str, Any]:
    failure = {"code": answer.failure, "retryable": answer.retryable} if answer.failure else None
    return {
        "status": answer.status,
        "suggested_event_ids": list(answer.event_ids),
        "follow_up_questions": list(answer.follow_ups),
        "citations": {str(n): event_id for n, event_id in answer.citations.items()},
        "guard": {
            "checked": answer.guard.checked,
            "corrected": answer.guard.corrected,
            "withheld": answer.guard.withheld,
        },
        "model_name": answer.usage.model if answer.usage else "",
        "provider": answer.usage.provider if answer.usage else "",
        "usage": usage_json(answer.usage),
        "tools": [{"name": t.name, "outcome": t.outcome, "latency_ms": t.latency_ms} for t in answer.tools],
        "failure": failure,
        "relaxations": [_relaxation_json(r) for r in result.relaxations],
        "ledger": dict(result.query.ledger),
    }
