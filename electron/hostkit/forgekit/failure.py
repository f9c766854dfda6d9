"""The one error of the kit and its closed list of problems, the same as shared/errors.ts (a test compares the two)."""

from __future__ import annotations

from typing import Any, Optional

PROBLEMS = (
    "invalid",
    "not-found",
    "exists",
    "denied",
    "unreachable",
    "auth-failed",
    "needs-input",
    "host-key-unknown",
    "host-key-changed",
    "host-key-revoked",
    "unsupported",
    "not-prepared",
    "missing-requirement",
    "sudo-failed",
    "busy",
    "port-taken",
    "disk-full",
    "build-failed",
    "start-failed",
    "conflict",
    "config-invalid",
    "kit-mismatch",
    "limit",
    "unreadable",
    "cancelled",
    "timeout",
    "unknown-outcome",
    "bug",
)


class Failure(Exception):
    """Something went wrong that a user can understand: what happened, and in `hint` what to do."""

    def __init__(
        self,
        problem: str,
        message: str,
        hint: Optional[str] = None,
        field: Optional[str] = None,
        facts: Optional[dict[str, Any]] = None,
    ) -> None:
        assert problem in PROBLEMS, problem
        super().__init__(message)
        self.problem = problem
        self.message = message
        self.hint = hint
        self.field = field
        self.facts = facts

    def record(self) -> dict[str, Any]:
        """The failure as it goes over the wire."""
        record: dict[str, Any] = {"problem": self.problem, "message": self.message}
        for name in ("hint", "field", "facts"):
            if getattr(self, name) is not None:
                record[name] = getattr(self, name)
        return record


def require(condition: object, problem: str, message: str, **details: Any) -> None:
    """Raises a Failure unless the condition holds. details: hint, field, facts."""
    if not condition:
        raise Failure(problem, message, **details)
