from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from api.v1.views.search import SearchView
from config import health

urlpatterns = [
    path("livez", health.livez),
    path("readyz", health.readyz),
    path("admin", RedirectView.as_view(pattern_name="admin:index")),  # as people type it
    path("admin/", admin.site.urls),
    path("api/v1/", include("api.v1.urls")),
    path("api/search", SearchView.as_view(schema=None)),  # the same under the name that existing clients know
    path("", include("web.urls")),
]
