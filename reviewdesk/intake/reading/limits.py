"""How much memory and time the reading of a file may take: more for a larger file, never more than the settings say."""

import resource
from dataclasses import dataclass

_LEAST_MEMORY = 1024 * 1024**2
_MEMORY_PER_BYTE = 16
_LEAST_SECONDS = 20
_SECONDS_PER_MB = 2
_PATIENCE = 3


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes of address space and seconds of processor time."""

    memory: int
    seconds: int

    @property
    def patience(self) -> int:
        """Seconds by the clock: on a busy machine a process gets its share of the processor only."""
        return _PATIENCE * self.seconds

    @classmethod
    def for_file(cls, size: int, most_memory: int, most_seconds: int) -> "Limits":
        """The limits for a file of `size` bytes.

        A sheet of 100,000 rows and 35 columns has some 20 MB, and needs 350 MB and few seconds. What a hostile file
        unpacks to does not count, for that is what its author chose.
        """
        memory = _LEAST_MEMORY + _MEMORY_PER_BYTE * size
        seconds = _LEAST_SECONDS + _SECONDS_PER_MB * size // 1024**2
        return cls(min(memory, most_memory), min(seconds, most_seconds))

    def apply(self) -> None:
        """Hold this process to them, for good."""
        resource.setrlimit(resource.RLIMIT_AS, (self.memory, self.memory))
        resource.setrlimit(resource.RLIMIT_CPU, (self.seconds, self.seconds + 1))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
