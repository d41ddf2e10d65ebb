"""The numbers of the chat service. Seconds and bytes."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.params import MINUTE, Rate

TURNS_PER_USER = Rate("chat-user", 40, MINUTE)
HANDLE_EVENTS_MAX = 10_000  # of a search that a question may be about: they go into the turn's record
TURNS_PER_ADDRESS = Rate("chat-address", 400, MINUTE)  # a school shares one address


@dataclass(frozen=True, slots=True)
class ChatParams:
    body_max_bytes: int = 256 * 1024
    body_timeout_s: float = 20.0
    turns_at_once: int = 6  # per user; the existing client posts a question up to six times
    idempotency_key_max_chars: int = 100

    ping_s: float = 15.0
    send_timeout_s: float = 30.0  # a client that takes nothing for so long is cut
    send_bytes: int = 64 * 1024  # joined into one write
    words_every_s: float = 0.04  # words that come within it are judged, kept and sent together
    words_every_max_s: float = 0.16  # while many answers are written they wait longer for each other
    unhurried_turns: int = 25  # more than these make the others wait

    abandoned_s: float = 30.0  # nobody reads: the turn stops
    sweep_s: float = 0.25
    keep_finished_s: float = 30.0  # in memory; then it is read from the database
    forget_after_s: float = 3600.0  # live state in the database: resumes and idempotency keys
    forget_every_s: float = 300.0

    flush_s: float = 0.1  # between two writes of chunks; the turns of a process share one
    flush_bytes: int = 512 * 1024  # in one write, about: on its way to the database it is held eight times over
    lost_after_s: float = 10.0  # without a heartbeat: the worker is taken for dead
    follow_poll_s: float = 1.0  # when no notification comes
    follow_idle_s: float = 5.0  # a copy of another worker's turn that nobody reads
    save_retries_s: tuple[float, ...] = (0.2, 1.0, 3.0)

    drain_s: float = 2.0  # after SIGTERM, for answers to end by themselves
    close_s: float = 5.0  # then to be saved

    @property
    def heartbeat_s(self) -> float:
        """Seconds between two signs of life; four may be late before a worker is taken for dead."""
        return self.lost_after_s / 5

    def words_every(self, turns: int) -> float:
        """Seconds between two handfuls of words of one of so many turns."""
        crowded = self.words_every_s * turns / self.unhurried_turns
        return min(self.words_every_max_s, max(self.words_every_s, crowded))
