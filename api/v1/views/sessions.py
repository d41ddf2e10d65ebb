from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from api.v1.schema import errors
from api.v1.serializers.sessions import (
    Choice,
    ChosenAnswer,
    ExportQuery,
    NewSession,
    SessionChanges,
    SessionListSerializer,
    SessionSerializer,
    SessionsQuery,
    SessionWithMessages,
)
from api.v1.views.base import UserView, checked, user_id
from conversations import sessions
from conversations.errors import OneAnswer
from conversations.models import ChatSession


class SessionsView(UserView):
    @extend_schema(
        operation_id="list_sessions",
        parameters=[SessionsQuery],
        responses={200: SessionListSerializer, **errors(400, 401, 429)},
    )
    def get(self, request: Request) -> Response:
        page = sessions.page(user_id(request), **checked(SessionsQuery, request.query_params.dict()))
        results = [
            {**sessions.session_object(session), "message_count": session.message_count}  # type: ignore[attr-defined]
            for session in page.sessions
        ]
        return Response({"results": results, "next_offset": page.next_offset})

    @extend_schema(
        operation_id="create_session", request=NewSession, responses={201: SessionSerializer, **errors(400, 401, 429)}
    )
    def post(self, request: Request) -> Response:
        session = sessions.create(user_id(request), checked(NewSession, request.data)["title"])
        return Response(sessions.session_object(session), status=201)


class SessionView(UserView):
    @extend_schema(operation_id="read_session", responses={200: SessionWithMessages, **errors(401, 404, 429)})
    def get(self, request: Request, session_id: UUID) -> Response:
        session = sessions.get(user_id(request), session_id)
        chosen = sessions.choices(session)
        told = [sessions.message_object(message, chosen) for message in sessions.messages(session)]
        return Response({**sessions.session_object(session), "messages": told})

    @extend_schema(
        operation_id="change_session",
        request=SessionChanges,
        responses={200: SessionSerializer, **errors(400, 401, 404, 429)},
    )
    def patch(self, request: Request, session_id: UUID) -> Response:
        session = sessions.update(user_id(request), session_id, **checked(SessionChanges, request.data))
        return Response(sessions.session_object(session))

    @extend_schema(operation_id="delete_session", responses={204: None, **errors(401, 404, 429)})
    def delete(self, request: Request, session_id: UUID) -> Response:
        sessions.delete(user_id(request), session_id)
        return Response(status=204)


class SessionExportView(UserView):
    @extend_schema(
        operation_id="export_session",
        parameters=[ExportQuery],
        responses={
            (200, "text/markdown"): OpenApiTypes.STR,
            (200, "application/json"): SessionWithMessages,
            **errors(400, 401, 404, 429),
        },
    )
    def get(self, request: Request, session_id: UUID) -> Response | HttpResponse:
        session = sessions.get(user_id(request), session_id)
        if checked(ExportQuery, request.query_params.dict())["kind"] == "json":
            return Response(sessions.as_json(session), headers=_download(session, "json"))
        text = sessions.as_markdown(session)
        return HttpResponse(text, content_type="text/markdown; charset=utf-8", headers=_download(session, "md"))


class PreferenceView(UserView):
    @extend_schema(
        operation_id="choose_answer", request=Choice, responses={200: ChosenAnswer, **errors(400, 401, 404, 429)}
    )
    def post(self, request: Request, turn_id: UUID) -> Response:
        """Which of the two answers of a turn was the better one. Choosing again replaces the choice."""
        try:
            sessions.answered(user_id(request), turn_id)  # a stranger learns nothing from what is wrong with the body
            preference = sessions.choose(user_id(request), turn_id, checked(Choice, request.data)["chosen"])
        except OneAnswer:
            raise ValidationError({"chosen": ["This turn has one answer."]}) from None
        return Response({"turn_id": str(preference.turn_id), "chosen": preference.chosen})


def _download(session: ChatSession, ending: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="conversation-{session.pk}.{ending}"'}
