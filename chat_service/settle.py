"""How a process of its own holds its memory: what is here to stay is not looked through, what a turn gives back waits for the next."""

from __future__ import annotations

import ctypes
import gc
import threading

GC_THRESHOLDS = (50_000, 20, 20)  # a turn makes some ten thousand objects, nearly all of them without cycles
_MALLOPT = {  # man 3 mallopt; glibc alone has it
    -1: 256 << 20,  # M_TRIM_THRESHOLD: bytes free at the top of the heap before any go back to the system
    -3: 32 << 20,  # M_MMAP_THRESHOLD: bytes of an allocation that gets, and gives back, a mapping of its own
    -8: 2,  # M_ARENA_MAX: heaps, which threads that hold the GIL one at a time may share
}


def settle() -> None:
    """Nothing where the process is not ours alone, as in a test."""
    if threading.current_thread() is not threading.main_thread():
        return
    # The gazetteer above all, half a million objects: to look for garbage among them took a tenth of the CPU of every turn.
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    # Memory that goes to the system and comes back cost a turn 70 page faults.
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        for option, value in _MALLOPT.items():
            mallopt(option, value)
