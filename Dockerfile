# syntax=docker/dockerfile:1
# One image, three targets: web (Django), chat (the SSE service), worker. Build one with: docker build --target web .
FROM python:3.11-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /venv && /venv/bin/pip install -q -U "pip>=25.1"
WORKDIR /app
COPY pyproject.toml constraints.txt ./
# Both groups: the chat service reads through Django, whose settings name the web applications.
RUN /venv/bin/pip install -q --group web --group chat -c constraints.txt

FROM python:3.11-slim AS base
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    ENV=production DATA_DIR=/app/data DJANGO_SETTINGS_MODULE=config.settings
RUN groupadd --gid 10001 app && useradd --uid 10001 --gid app --home-dir /app --no-create-home app
WORKDIR /app
COPY --from=build /venv /venv
COPY . .
# Compiled once: the user below may write nothing here, and each start would compile it again.
RUN python -m compileall -q .
# The settings want a database address and keys; collecting static files uses neither.
RUN ENV=local DATABASE_URL=postgresql://nobody@localhost/none DATA_DIR=/app/data \
    python manage.py collectstatic --noinput -v 0 \
    && rm -f /app/data/secrets.json /app/data/.secrets.json.lock \
    && chown -R app:app /app/data
USER app
STOPSIGNAL SIGTERM

FROM base AS web
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=40s --retries=3 \
    CMD ["python", "-m", "config.probe", "8000", "/livez"]
CMD ["uvicorn", "config.asgi:application", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--timeout-graceful-shutdown", "10"]

FROM base AS chat
EXPOSE 8002
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-m", "config.probe", "8002", "/livez"]
CMD ["uvicorn", "chat_service.app:create_app", "--factory", "--host", "0.0.0.0", "--port", "8002", "--workers", "2", "--timeout-graceful-shutdown", "30"]

FROM base AS worker
HEALTHCHECK --interval=60s --timeout=20s --start-period=40s --retries=3 \
    CMD ["python", "manage.py", "check", "--database", "default"]
CMD ["python", "manage.py", "worker"]
