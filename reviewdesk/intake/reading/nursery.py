"""Where reading processes come from: `python -m reviewdesk.intake.reading.nursery` has loaded what reading needs, and
forks for each file. To load it anew takes longer than most files take to read.

Its standard input is a socket. Each byte that comes in by it brings three descriptors: where a reading process is
asked, where it answers, and a line. By the line goes out the number of the process, and how it ended when it has. The
process is killed when the other end of its line is shut, and all are when nobody holds the socket any more.
"""

import contextlib
import os
import signal
import socket
from collections.abc import Callable
from selectors import EVENT_READ, DefaultSelector
from typing import Any, NoReturn

from reviewdesk.intake.reading import child, memory
from reviewdesk.nursery import NUMBER
from reviewdesk.processes import tied


class Nursery:
    """The processes that were forked and have not ended, by their numbers, with their lines."""

    def __init__(self, door: socket.socket) -> None:
        self._door = door
        self._lines: dict[int, socket.socket] = {}
        self._watched = DefaultSelector()
        self._tie = tied(signal.SIGKILL)

    def keep(self) -> None:
        """Fork, kill and tell how they ended, until nobody holds the door."""
        self._watch(self._door, self._let_in)
        self._watch(_ended_children(), self._tell_ended)
        with contextlib.suppress(EOFError):
            while True:
                for key, _ in self._watched.select():
                    key.data(key.fileobj)
        for number in self._lines:
            os.kill(number, signal.SIGKILL)

    def _watch(self, watched: socket.socket, act: Callable[[Any], None]) -> None:
        self._watched.register(watched, EVENT_READ, act)

    def _let_in(self, door: socket.socket) -> None:
        came, descriptors, *_ = socket.recv_fds(door, 1, 3)
        if not came:
            raise EOFError
        asked, answers, line = descriptors
        held = socket.socket(fileno=line)
        try:
            number = os.fork()
        except OSError:  # no memory, or too many processes: who asked finds the line closed
            held.close()
        else:
            if number == 0:
                self._read(asked, answers)
            self._lines[number] = held
            self._watch(held, lambda line: self._kill(number, line))
            _tell(held, number)
        os.close(asked)
        os.close(answers)

    def _read(self, asked: int, answers: int) -> NoReturn:
        """Be a reading process. Nothing else that is open here may stay open in it."""
        try:
            self._tie()
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.dup2(asked, 0)
            os.dup2(answers, 1)
            os.closerange(3, os.sysconf("SC_OPEN_MAX"))
            child.main()
        except MemoryError:
            os._exit(memory.ENDED)
        except BaseException:
            os._exit(1)
        os._exit(0)

    def _kill(self, number: int, line: socket.socket) -> None:
        """Its line was shut. That it has ended is told all the same."""
        if number in self._lines:
            self._watched.unregister(line)
            os.kill(number, signal.SIGKILL)

    def _tell_ended(self, woken: socket.socket) -> None:
        woken.recv(4096)
        while self._lines:
            number, status = os.waitpid(-1, os.WNOHANG)
            if number == 0:
                return
            line = self._lines.pop(number)
            with contextlib.suppress(KeyError):  # it was killed
                self._watched.unregister(line)
            _tell(line, os.waitstatus_to_exitcode(status))
            line.close()


def _ended_children() -> socket.socket:
    """What can be read from when children have ended."""
    woken, waker = socket.socketpair()
    waker.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waker.detach(), warn_on_full_buffer=False)
    return woken


def _tell(line: socket.socket, number: int) -> None:
    with contextlib.suppress(OSError):  # nobody listens any more
        line.send(NUMBER.pack(number))


if __name__ == "__main__":
    Nursery(socket.socket(fileno=os.dup(0))).keep()
