"""The rules for what comes from outside, checked again on the host. shared/rules/names.ts holds the same rules with the
same messages; the files of test/cases with the rules' names are run by both. A *_problem function gives
the message of the first rule that is broken, or None; lengths count code points, except where bytes are named."""

from __future__ import annotations

import re
import unicodedata
from typing import Any, Callable, Optional

from .failure import Failure

APP_LENGTH = 28  # the Unix user is fb-<app>, and Linux user names have at most 32 characters
PATH_BYTES = 3500  # below PATH_MAX with room for our own folders
PART_BYTES = 255
FILES = 200_000

RESERVED = frozenset(
    "adm apache apache2 bin caddy certbot cron daemon dbus default docker forgeboard games localhost lp mail man "
    "mysql news nginx nobody postgres redis root ssh sshd sudo sync sys systemd www-data".split()
)
VARIABLE_LENGTH = 128
VALUE_BYTES = 100_000  # execve refuses a string of 128 KiB, name and = included
_OURS = frozenset("PATH HOME USER LOGNAME SHELL PORT SOCKET PYTHONUNBUFFERED PYTHONDONTWRITEBYTECODE FORGEBOARD_START".split())
_SYSTEMDS = frozenset(
    "NOTIFY_SOCKET LISTEN_FDS LISTEN_PID LISTEN_FDNAMES WATCHDOG_PID WATCHDOG_USEC INVOCATION_ID JOURNAL_STREAM MAINPID CREDENTIALS_DIRECTORY "
    "RUNTIME_DIRECTORY STATE_DIRECTORY CACHE_DIRECTORY LOGS_DIRECTORY CONFIGURATION_DIRECTORY SYSTEMD_EXEC_PID".split()
)
_LOADERS = frozenset(
    "PYTHONHOME PYTHONSTARTUP PYTHONINSPECT PYTHONEXECUTABLE PYTHONPLATLIBDIR PYTHONUSERBASE GLIBC_TUNABLES GCONV_PATH LOCPATH NLSPATH "
    "MALLOC_TRACE BASH_ENV ENV IFS".split()
)
_NONCHARACTER = re.compile("[\ufdd0-\ufdef" + "".join(chr(plane << 16 | 0xFFFE) + chr(plane << 16 | 0xFFFF) for plane in range(17)) + "]")
_ENTRYPOINT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*:[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*(\(\))?")


def code(character: str) -> str:
    return "U+%04X" % ord(character)


def shown(text: str) -> str:
    """For messages: control characters and lone surrogates as ?, at most 80 characters."""
    clean = "".join("?" if ord(c) < 32 or ord(c) == 127 or 0xD800 <= ord(c) <= 0xDFFF else c for c in text[:81])
    return clean[:80] + "..." if len(text) > 80 else clean


def app_name_problem(value: Any) -> Optional[str]:
    """Messages, in this order (N, X and C filled in):
    the name is empty; an app's name has 1 to 28 characters, like shop-1
    the name has N characters; an app's name has 1 to 28
    the name contains "C" (U+XXXX), a letter that only looks like a to z
    the name contains the capital letter "C"; only a to z, 0 to 9 and single hyphens are allowed
    the name contains "C"; only a to z, 0 to 9 and single hyphens are allowed     (C: ASCII 20 to 7E as is, else U+XXXX)
    the name must start with a letter, not with "C"
    the name must not end with a hyphen
    the name has two hyphens in a row; only single hyphens are allowed
    "X" is a reserved name
    """
    if not isinstance(value, str) or not value:
        return "the name is empty; an app's name has 1 to 28 characters, like shop-1"
    if len(value) > APP_LENGTH:
        return f"the name has {len(value)} characters; an app's name has 1 to 28"
    for character in value:
        if character in "abcdefghijklmnopqrstuvwxyz0123456789-":
            continue
        if ord(character) > 127 and unicodedata.category(character).startswith("L"):  # TS: /\p{L}/u
            return f'the name contains "{character}" ({code(character)}), a letter that only looks like a to z'
        if "A" <= character <= "Z":
            return f'the name contains the capital letter "{character}"; only a to z, 0 to 9 and single hyphens are allowed'
        name = f'"{character}"' if " " <= character <= "~" else code(character)
        return f"the name contains {name}; only a to z, 0 to 9 and single hyphens are allowed"
    if not "a" <= value[0] <= "z":
        return f'the name must start with a letter, not with "{value[0]}"'
    if value.endswith("-"):
        return "the name must not end with a hyphen"
    if "--" in value:
        return "the name has two hyphens in a row; only single hyphens are allowed"
    if value in RESERVED or value.startswith("systemd-"):
        return f'"{value}" is a reserved name'
    return None


def path_problem(value: Any) -> Optional[str]:
    """Of a file inside the app's folder. Messages, in this order (P = shown(path)):
    a path is empty
    the path "P" is not valid Unicode
    the path "P" contains U+XXXX, a control character
    the path "P" is absolute; paths are relative to the app's folder
    the path "P" has N bytes; 3500 are the most
    the path "P" has an empty part                       (a//b, a/)
    the path "P" contains "."    the path "P" contains ".."
    the path "P" has a part of N bytes; 255 are the most
    the path "P" lies in __pycache__, which the host makes itself
    """
    if not isinstance(value, str) or not value:
        return "a path is empty"
    if value.isascii() and value.isprintable():
        size = len(value)
    else:
        try:
            size = len(value.encode())
        except UnicodeEncodeError:
            return f'the path "{shown(value)}" is not valid Unicode'
        for character in value:
            if ord(character) < 32 or ord(character) == 127:
                return f'the path "{shown(value)}" contains {code(character)}, a control character'
    if value[0] == "/":
        return f'the path "{shown(value)}" is absolute; paths are relative to the app\'s folder'
    if size > PATH_BYTES:
        return f'the path "{shown(value)}" has {size} bytes; 3500 are the most'
    for part in value.split("/"):
        if not part:
            return f'the path "{shown(value)}" has an empty part'
        if part in (".", ".."):
            return f'the path "{shown(value)}" contains "{part}"'
        if size > PART_BYTES and len(part.encode()) > PART_BYTES:
            return f'the path "{shown(value)}" has a part of {len(part.encode())} bytes; 255 are the most'
        if part == "__pycache__":
            return f'the path "{shown(value)}" lies in __pycache__, which the host makes itself'
    return None


def entrypoint_problem(value: Any) -> Optional[str]:
    """Where the app is. Messages:
    the entry point is empty; write module:object, like app:app
    the entry point "E" is longer than 200 characters
    the entry point "E" is not of the form module:object, like app:app
    """
    if not isinstance(value, str) or not value:
        return "the entry point is empty; write module:object, like app:app"
    if len(value) > 200:
        return f'the entry point "{shown(value)}" is longer than 200 characters'
    if not _ENTRYPOINT.fullmatch(value):
        return f'the entry point "{shown(value)}" is not of the form module:object, like app:app'
    return None


def variable_name_problem(value: Any) -> Optional[str]:
    """Of an app's variable. Messages, in this order (N, C and X filled in):
    the name is empty; a variable's name is like DATABASE_URL
    the name has N characters; a variable's name has at most 128
    the name contains "C"; only letters a to z, digits and _ are allowed     (C: ASCII 20 to 7E as is, else U+XXXX)
    the name must start with a letter or _, not with "C"
    X is set by ForgeBoard itself    X belongs to systemd    X changes what programs load before the app's own code
    """
    if not isinstance(value, str) or not value:
        return "the name is empty; a variable's name is like DATABASE_URL"
    if len(value) > VARIABLE_LENGTH:
        return f"the name has {len(value)} characters; a variable's name has at most {VARIABLE_LENGTH}"
    for character in value:
        if not (character == "_" or character.isascii() and character.isalnum()):
            name = f'"{character}"' if " " <= character <= "~" else code(character)
            return f"the name contains {name}; only letters a to z, digits and _ are allowed"
    if value[0].isdigit():
        return f'the name must start with a letter or _, not with "{value[0]}"'
    if value in _OURS:
        return f"{value} is set by ForgeBoard itself"
    if value in _SYSTEMDS:
        return f"{value} belongs to systemd"
    if value.startswith("LD_") or value in _LOADERS:
        return f"{value} changes what programs load before the app's own code"
    return None


def variable_value_problem(value: Any) -> Optional[str]:
    """Messages, in this order: the value holds a NUL character, which no variable can; the value is not valid Unicode; the
    value holds U+XXXX, which systemd does not pass on (a noncharacter); the value has N bytes; 100000 are the most."""
    if not isinstance(value, str):
        return "the value is not a text"
    if "\0" in value:
        return "the value holds a NUL character, which no variable can"
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        return "the value is not valid Unicode"
    strange = _NONCHARACTER.search(value)
    if strange:
        return f"the value holds {code(strange[0])}, which systemd does not pass on"
    if size > VALUE_BYTES:
        return f"the value has {size} bytes; {VALUE_BYTES} are the most"
    return None


def port_problem(value: Any) -> Optional[str]:
    if isinstance(value, bool) or not isinstance(value, int) or not 1024 <= value <= 65535:
        return "the port must be a whole number from 1024 to 65535"
    return None


def keep_problem(value: Any) -> Optional[str]:
    """How many of an app's newest releases stay."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 50:
        return "the number of releases to keep must be a whole number from 1 to 50"
    return None


def health_path_problem(value: Any) -> Optional[str]:
    if not isinstance(value, str) or not re.fullmatch(r"/(?!/)[!-~]{0,1000}", value):
        return "the health path must start with one / and have no spaces, like /health"
    return None


def _checked(problem: Callable[[Any], Optional[str]], field: str) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        message = problem(value)
        if message is not None:
            raise Failure("invalid", message, field=field)
        return value

    return check


def _matches(pattern: str, message: str) -> Callable[[Any], Optional[str]]:
    compiled = re.compile(pattern)
    return lambda value: None if isinstance(value, str) and compiled.fullmatch(value) else message


app_name = _checked(app_name_problem, "app")
path = _checked(path_problem, "files")
root = _checked(lambda value: None if value == "." else path_problem(value), "root")
entrypoint = _checked(entrypoint_problem, "entrypoint")
variable_name = _checked(variable_name_problem, "name")
port = _checked(port_problem, "port")
keep = _checked(keep_problem, "keepReleases")
health_path = _checked(health_path_problem, "health")
key = _checked(_matches(r"[0-9a-f]{64}x?", "a file's key is 64 hex digits, with x where it is executable"), "files")
_VERSION = r"(===?|~=|!=|<=|>=|<|>)[A-Za-z0-9._*!+-]{1,60}"
package_problem = _matches(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,98}[A-Za-z0-9])?(\[[A-Za-z0-9._,-]{1,100}\])?(" + _VERSION + r"(," + _VERSION + r"){0,5})?", "a package is a name like redis, redis>=5 or uvicorn[standard]")
package = _checked(package_problem, "packages")
process = _checked(
    lambda value: None
    if isinstance(value, str) and len(value) <= 30 and re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", value) and value not in ("web", "proxy", "boot", "deploy", "build")
    else "a process has a name of a to z, 0 to 9 and single hyphens, which is not one of ForgeBoard's own",
    "processes",
)
python = _checked(_matches(r"/usr/(local/)?bin/python3\.[0-9]{1,2}", "the interpreter is named by a versioned path like /usr/bin/python3.11"), "python")


def line(value: Any, field: str) -> str:
    """Free text that is only shown: one line of at most 200 characters."""
    if not isinstance(value, str) or len(value) > 200 or not value.isprintable():
        raise Failure("invalid", f"{field} must be one line of at most 200 characters", field=field)
    return value


def commands(value: Any, field: str) -> list[list[str]]:
    """Commands as lists of words."""
    fine = isinstance(value, list) and len(value) <= 20
    fine = fine and all(isinstance(words, list) and words and len(words) <= 500 and all(isinstance(word, str) and "\0" not in word for word in words) for words in value)
    if not fine or any(not words[0] or words[0].startswith("-") for words in value):
        raise Failure("invalid", f"{field} is a list of commands, each a list of words", field=field)
    return [list(words) for words in value]


def whole(value: Any, field: str, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise Failure("invalid", f"{field} must be a whole number from {least} to {most}", field=field)
    return value


def file_list(value: Any) -> list[tuple[str, str, int]]:
    """[[path, key, size]...] of a release: every path checked, none twice, none both a file and a folder."""
    if not isinstance(value, list) or len(value) > FILES:
        raise Failure("limit" if isinstance(value, list) else "invalid", f"a release has at most {FILES} files", field="files")
    files = []
    for entry in value:
        if not isinstance(entry, list) or len(entry) != 3:
            raise Failure("invalid", "a file is given as [path, key, size]", field="files")
        files.append((path(entry[0]), key(entry[1]), whole(entry[2], "size", 0, 1 << 40)))
    names = {name for name, _, _ in files}
    if len(names) != len(files):
        raise Failure("invalid", "a path is given twice", field="files")
    folders = set()
    for name in names:
        while "/" in name:
            name = name.rpartition("/")[0]
            if name in folders:
                break
            folders.add(name)
    both = names & folders
    if both:
        raise Failure("invalid", f'the path "{shown(min(both))}" is both a file and a folder', field="files")
    return files
