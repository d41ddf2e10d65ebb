from __future__ import annotations

import asyncio

import pytest

from embedding_service.one_write import HeadWaitsForBody


class Wire(asyncio.Transport):
    """What would go out, one item per system call."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []

    def write(self, data):
        self.sent.append(bytes(data))

    def writelines(self, list_of_data):
        self.sent.append(b"".join(list_of_data))

    def close(self):
        self.sent.append(b"closed")


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
async def transport(wire) -> HeadWaitsForBody:
    return HeadWaitsForBody(wire, asyncio.get_running_loop())


async def test_head_and_body_leave_together(wire, transport):
    for answer in (1, 2):
        transport.write(b"head %d " % answer)
        transport.write(b"body %d" % answer)
    await asyncio.sleep(0)
    assert wire.sent == [b"head 1 body 1", b"head 2 body 2"]


async def test_a_head_without_a_body_leaves_with_the_next_turn(wire, transport):
    transport.write(b"head")
    assert wire.sent == []
    await asyncio.sleep(0)
    assert wire.sent == [b"head"]


async def test_closing_sends_what_was_held(wire, transport):
    transport.write(b"head")
    transport.close()
    await asyncio.sleep(0)
    assert wire.sent == [b"head", b"closed"]
