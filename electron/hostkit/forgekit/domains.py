"""Domains of an app: the rule of shared/rules/domains.ts, with the same messages (test/cases/domains.json)."""

from __future__ import annotations

import re
from typing import Any, Optional

from . import names
from .failure import Failure


def problem(value: Any) -> Optional[str]:
    """A domain in the form in which it stands in a site. Messages:
    the domain is empty; "D" is an IP address; "D" is a wildcard; the domain "D" contains C; the domain has N characters;
    the domain "D" has an empty part; the part "P" ...; "D" means each machine itself; the domain "D" has no dot
    """
    example = "a domain is like shop.example.com"
    if not isinstance(value, str) or not value:
        return f"the domain is empty; {example}"
    if re.fullmatch(r"[0-9.]+", value) or re.fullmatch(r"[\[\]0-9a-fA-F:.]*:[\[\]0-9a-fA-F:.]*", value):
        return f'"{names.shown(value)}" is an IP address; an app without a domain answers there on its own port already'
    if value == "*" or value.startswith("*."):
        return f'"{names.shown(value)}" is a wildcard; wildcards need DNS validation, so name each domain'
    wrong = next((character for character in value if not re.fullmatch(r"[A-Za-z0-9.-]", character)), None)
    if wrong is not None:
        name = f'"{wrong}"' if " " <= wrong <= "~" or wrong.isalpha() else names.code(wrong)
        return f'the domain "{names.shown(value)}" contains {name}; {example}'
    if len(value) > 253:
        return f"the domain has {len(value)} characters; 253 are the most"
    labels = value.lower().split(".")
    for label in labels:
        if not label:
            return f'the domain "{names.shown(value)}" has an empty part; {example}'
        if len(label) > 63:
            return f'the part "{names.shown(label)}" of the domain has {len(label)} characters; 63 are the most'
        if label.startswith("-") or label.endswith("-"):
            return f'the part "{label}" begins or ends with a hyphen; {example}'
    if labels[-1] == "localhost":
        return f'"{value}" means each machine itself; {example}'
    return f'the domain "{value}" has no dot; {example}' if len(labels) == 1 else None


def checked(given: Any) -> list[str]:
    """The domains of a spec. Failure('invalid')."""
    for value in given if isinstance(given, list) else [given]:
        message = problem(value)
        if message is not None:
            raise Failure("invalid", message, field="domains")
    return list(given)
