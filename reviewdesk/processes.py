"""Starting child processes that end with their parent, and as whom they run."""

import ctypes
import os
import pwd
import signal
import sys
from collections.abc import Callable

PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG, <linux/prctl.h>
KEEP_CAPABILITIES = 8  # PR_SET_KEEPCAPS
AMBIENT, AMBIENT_RAISE = 47, 2  # PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE
DAC_READ_SEARCH = 2  # CAP_DAC_READ_SEARCH, <linux/capability.h>
CAPABILITY_VERSION_3 = 0x20080522
ON_LINUX = sys.platform == "linux"


def tied(on_parent_death: signal.Signals, user: pwd.struct_passwd | None = None) -> Callable[[], None]:
    """A `preexec_fn`: the child runs as `user` and gets the signal when its parent dies, `kill -9` included.

    It is for parents with one thread. Where the system has no such signal (macOS) only an orderly parent stops
    its children.
    """
    parent = os.getpid()
    libc = ctypes.CDLL(None, use_errno=True)

    def child() -> None:
        if user is not None:
            _become(user, libc)
        if ON_LINUX:
            libc.prctl(PARENT_DEATH_SIGNAL, int(on_parent_death), 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return child


def _become(user: pwd.struct_passwd, libc: ctypes.CDLL) -> None:
    """Take the user's identity, keeping only root's right to pass through folders closed to others.

    Without it a project under `/root` would need its folders opened to everyone. In a container that lacks the
    capability the call has no effect and ordinary permissions decide.
    """
    if ON_LINUX:
        libc.prctl(KEEP_CAPABILITIES, 1, 0, 0, 0)
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    if ON_LINUX:
        mask = 1 << DAC_READ_SEARCH
        header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
        sets = (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)  # effective, permitted, inheritable; high words
        if libc.capset(header, sets) == 0:
            libc.prctl(AMBIENT, AMBIENT_RAISE, DAC_READ_SEARCH, 0, 0)
