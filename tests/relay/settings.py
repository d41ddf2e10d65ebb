"""The product's settings with a third consumer, which writes down what it is given."""

from config.settings import *  # noqa: F403  the addition follows
from config.settings import RELAY_CONSUMERS

RELAY_CONSUMERS = {**RELAY_CONSUMERS, "journal": "tests.relay.journal.journal_consumer"}
