from django.apps import AppConfig


class TracesConfig(AppConfig):
    name = "traces"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from api.rag.weights_in_use import keep_weights_from
        from traces.profiles import stored_weights

        keep_weights_from(stored_weights)
