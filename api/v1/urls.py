"""The REST edge. No path ends in a slash and none redirects; what is not listed is a 404 in JSON."""

from __future__ import annotations

from django.urls import path, re_path

from api.v1.views import events, explain, locations, search, sessions, sources, tokens, users
from api.v1.views.base import UnknownPath

urlpatterns = [
    path("token", tokens.TokenView.as_view()),
    path("token/refresh", tokens.RefreshView.as_view()),
    path("auth/guest", tokens.GuestView.as_view()),
    path("auth/refresh-for-streaming", tokens.RefreshForStreamingView.as_view()),
    path("logout", tokens.LogoutView.as_view()),
    path("users", users.UsersView.as_view()),
    path("users/me", users.MeView.as_view()),
    path("users/verify/<str:token>", users.VerifyView.as_view()),
    path("users/resend-verification", users.ResendView.as_view()),
    path("reset", users.ResetView.as_view()),
    path("reset/confirm", users.ResetConfirmView.as_view()),
    path("sources", sources.SourcesView.as_view()),
    path("events", events.EventsView.as_view()),
    path("events/<int:event_id>", events.EventView.as_view()),
    path("events/<int:event_id>/opened", events.OpenedView.as_view()),
    path("events/<int:event_id>/similar", search.SimilarView.as_view()),
    path("search", search.SearchView.as_view()),
    path("explain", explain.ExplainView.as_view()),
    path("locations/suggest", locations.SuggestView.as_view()),
    path("locations/<int:location_id>", locations.LocationView.as_view()),
    path("sessions", sessions.SessionsView.as_view()),
    path("sessions/<uuid:session_id>", sessions.SessionView.as_view()),
    path("sessions/<uuid:session_id>/export", sessions.SessionExportView.as_view()),
    path("turns/<uuid:turn_id>/preference", sessions.PreferenceView.as_view()),
    re_path(r"", UnknownPath.as_view()),
]
