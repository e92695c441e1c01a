"""Messages between two processes: four bytes of length, and what `marshal` makes of a tuple."""

import marshal
from typing import IO, Any

LENGTH_BYTES = 4


def receive(pipe: IO[bytes]) -> Any:
    """The next message, None where there is none any more."""
    length = pipe.read(LENGTH_BYTES)
    if len(length) < LENGTH_BYTES:
        return None
    size = int.from_bytes(length, "big")
    data = pipe.read(size)
    return marshal.loads(data) if len(data) == size else None  # noqa: S302  (plain values of a process of ours)


def send(pipe: IO[bytes], message: tuple[Any, ...]) -> None:
    """Write a message."""
    data = marshal.dumps(message)
    pipe.write(len(data).to_bytes(LENGTH_BYTES, "big"))
    pipe.write(data)
    pipe.flush()
