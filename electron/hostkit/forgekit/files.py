"""Reading and writing the host's files: whole or not at all, durable, and untouched where nothing changes."""

from __future__ import annotations

import os
import stat
import threading
from typing import Callable, Optional, Union

from .failure import Failure

SUFFIX = ".forgeboard-new"  # no program that reads a .d folder takes files of this ending


def read_bytes(path: str, limit: int = 8 << 20) -> Optional[bytes]:
    """The file's bytes, None where there is none. Never follows a link in the last part, never reads devices or pipes."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        return None
    with open(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise Failure("unreadable", f"{path} is not a regular file")
        if found.st_size > limit:
            raise Failure("limit", f"{path} is larger than {limit} bytes")
        return file.read(limit)


def read_text(path: str, limit: int = 8 << 20) -> Optional[str]:
    """The file as text, None where there is none."""
    content = read_bytes(path, limit)
    return None if content is None else content.decode("utf-8", "surrogateescape")


def write_atomic(
    path: str,
    content: Union[str, bytes],
    mode: int,
    owner: Optional[tuple[int, int]] = None,
    verify: Optional[Callable[[str], None]] = None,
) -> bool:
    """Writes the whole file or nothing; True if something changed.

    owner: (uid, gid), root's where not given. verify: gets the path of the finished new file before it takes the old
    one's place, and raises to keep that from happening. A file that already is as asked is not touched; only wrong
    rights are set right in place.
    """
    wanted = content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content
    uid, gid = owner or (0, 0)
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        found = None
    if found is not None and not stat.S_ISREG(found.st_mode):
        raise Failure("conflict", f"{path} is not a regular file", hint="Move it away by hand; ForgeBoard does not replace it.")
    if found is not None and found.st_size == len(wanted) and read_bytes(path, len(wanted)) == wanted:
        return _set_rights(path, mode, uid, gid)
    temporary = _write_beside(path, wanted, mode, uid, gid)
    try:
        if verify is not None:
            verify(temporary)
        os.rename(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    sync_directory(os.path.dirname(path))
    return True


def same(path: str, content: Union[str, bytes], mode: int) -> bool:
    """Whether write_atomic would change nothing, for root's files."""
    wanted = content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content
    try:
        found = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    rights = (stat.S_IFMT(found.st_mode), stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid)
    return rights == (stat.S_IFREG, mode, 0, 0) and found.st_size == len(wanted) and read_bytes(path, len(wanted)) == wanted


def remove(path: str) -> bool:
    """Removes a file or a link; True if there was one."""
    try:
        os.unlink(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    sync_directory(os.path.dirname(path))
    return True


def clear_unfinished(folder: str, name: str = "") -> list[str]:
    """Removes what write_atomic left in a folder where its process was killed, of files whose name begins so. Needs the
    lock under which they are written."""
    try:
        left = [entry for entry in os.listdir(folder) if entry.startswith(f".{name}") and entry.endswith(SUFFIX)]
    except FileNotFoundError:
        return []
    for entry in left:
        remove(f"{folder}/{entry}")
    return left


def remove_tree(path: str) -> bool:
    """Removes a folder with all in it, never following links; True if there was one."""
    import shutil

    if not os.path.lexists(path):
        return False
    shutil.rmtree(path)  # by directory descriptors: whoever may write in it cannot lead it elsewhere
    sync_directory(os.path.dirname(path))
    return True


def ensure_directory(path: str, mode: int, uid: int = 0, gid: int = 0) -> bool:
    """The folder is there with these rights; True if something changed. Its parent must be there."""
    try:
        os.mkdir(path, 0o700)
        created = True
    except FileExistsError:
        created = False
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        found = os.fstat(descriptor)
        changed = _set_rights(descriptor, mode, uid, gid, found)
    finally:
        os.close(descriptor)
    if created:
        sync_directory(os.path.dirname(path))
    return created or changed


def replace_link(path: str, target: str) -> bool:
    """Makes `path` a symlink to `target` by rename, so that there is always one; True if something changed."""
    try:
        if os.readlink(path) == target:
            return False
    except (FileNotFoundError, OSError):
        pass
    temporary = _temporary(path)
    os.symlink(target, temporary)
    os.rename(temporary, path)
    sync_directory(os.path.dirname(path))
    return True


def open_directory(path: str, beneath: Optional[int] = None) -> int:
    """A descriptor of a folder, reached without following a link in any part. `beneath`: start there, path relative."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    current = os.open("/", flags) if beneath is None else os.dup(beneath)
    for part in path.split("/"):
        if not part:
            continue
        try:
            following = os.open(part, flags, dir_fd=current)
        finally:
            os.close(current)
        current = following
    return current


def sync_directory(path: str) -> None:
    """Makes a rename, creation or removal in the folder durable."""
    descriptor = os.open(path or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _set_rights(at: Union[str, int], mode: int, uid: int, gid: int, found: Optional[os.stat_result] = None) -> bool:
    found = found or os.stat(at)
    changed = False
    if (found.st_uid, found.st_gid) != (uid, gid):
        os.chown(at, uid, gid)
        changed = True
    if changed or stat.S_IMODE(found.st_mode) != mode:  # chown clears set-id bits
        os.chmod(at, mode)
        changed = True
    return changed


def _write_beside(path: str, content: bytes, mode: int, uid: int, gid: int) -> str:
    _clear_leftovers(path)
    temporary = _temporary(path)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fchown(file.fileno(), uid, gid)
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
    except BaseException:
        os.unlink(temporary)
        raise
    return temporary


def _temporary(path: str) -> str:
    folder, name = os.path.split(path)
    return f"{folder}/.{name}.{os.getpid()}-{threading.get_ident()}{SUFFIX}"


def _clear_leftovers(path: str) -> None:
    """Removes what writers that were killed left beside this file: their names carry their process id."""
    folder, name = os.path.split(path)
    for entry in os.listdir(folder):
        if entry.startswith(f".{name}.") and entry.endswith(SUFFIX):
            process = entry[len(name) + 2 :].split("-")[0]
            if process.isdigit() and int(process) != os.getpid() and not os.path.exists(f"/proc/{process}"):
                os.unlink(f"{folder}/{entry}")
