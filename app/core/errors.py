"""Every refusal the service can give. The edge (`core/http.py`) renders these; nothing else does.

Problem
├── Malformed            400   not even a request we can read
├── Unauthenticated      401   we do not know who asks
├── Forbidden            403   we know, and it is not theirs to do
├── NotFound             404   it does not exist, or not for this reader
├── Invalid              422   the request breaks a rule of the domain by itself
├── Conflict             409   the request is well formed, but the present state says no
├── StaleVersion         412   somebody else was faster
├── PreconditionRequired 428   say which version you saw
├── TooLarge             413
├── UnsupportedMediaType 415
├── MethodNotAllowed     405
└── Unavailable          503   come back in a moment

A domain's refusals are two-line subclasses in its `rules.py`, named as a state of affairs: the `code` on the wire is
the class name in snake case, and a database constraint that guards the same rule bears that code as its name.
"""

import re
from typing import Any, ClassVar


class Problem(Exception):
    """A refusal with a status and a stable code. `message` is formatted with the keyword arguments (`params`)."""

    status: ClassVar[int] = 500
    message: ClassVar[str] = "Something went wrong on our side. The request changed nothing."
    pointer: ClassVar[str | None] = None
    """Where in the body the trouble lies, as a JSON pointer, for 422."""

    def __init__(self, **params: Any) -> None:
        self.params = params
        super().__init__(self.message.format(**params))

    @classmethod
    def code(cls) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    @classmethod
    def from_database(cls) -> "Problem":
        """The same refusal when a constraint of the database gave it, in a race that the rule in Python could not see."""
        return cls(**dict.fromkeys(re.findall(r"{(\w+)}", cls.message), "another"))

    def errors(self) -> list[dict[str, Any]]:
        """The list of single mistakes on 422."""
        return [{"pointer": self.pointer or "", "code": self.code(), "message": str(self)}]

    @property
    def headers(self) -> dict[str, str]:
        return {}


class Malformed(Problem):
    status, message = 400, "The request cannot be read: {why}."


class Unauthenticated(Problem):
    status = 401
    message = "This needs a valid token: send it as 'Authorization: Bearer TOKEN'. {why}"

    @property
    def headers(self) -> dict[str, str]:
        return {"www-authenticate": 'Bearer realm="troika"'}


class Forbidden(Problem):
    status, message = 403, "This needs the permission '{permission}', which you do not have here."


class NotFound(Problem):
    status, message = 404, "There is no such {what}, or it is not visible to you."


class MethodNotAllowed(Problem):
    status, message = 405, "This address does not take this method."


class Conflict(Problem):
    status, message = 409, "The present state does not allow this."


class WrongState(Conflict):
    message = "This {what} is {state}; this step can be taken from: {allowed}."


class StaleVersion(Problem):
    status = 412
    message = "This {what} has changed since the version you name. Read it again, then send its present version."


class TooLarge(Problem):
    status, message = 413, "The body is larger than {limit} bytes."


class UnsupportedMediaType(Problem):
    status, message = 415, "Send the body as application/json."


class Invalid(Problem):
    status, message = 422, "The request has {count} mistake(s); each is named in 'errors'."

    def __init__(self, *errors: dict[str, Any], **params: Any) -> None:
        self._errors = list(errors)
        super().__init__(**({"count": len(errors)} | params))

    def errors(self) -> list[dict[str, Any]]:
        return self._errors or super().errors()


class UnknownParameter(Invalid):
    message = "{detail}"

    def __init__(self, *, parameter: str, detail: str, **params: Any) -> None:
        super().__init__(parameter=parameter, detail=detail, **params)

    def errors(self) -> list[dict[str, Any]]:
        return [{"parameter": self.params["parameter"], "code": self.code(), "message": str(self)}]


class UnknownReference(Invalid):
    message = "There is no {what} of that name or id that you can use here."

    def __init__(self, *, what: str, pointer: str, **params: Any) -> None:
        self.at = pointer
        super().__init__(what=what, **params)

    def errors(self) -> list[dict[str, Any]]:
        return [{"pointer": self.at, "code": self.code(), "message": str(self)}]


class IdempotencyMismatch(Invalid):
    message = "This Idempotency-Key was used for another request in the last 24 hours. Use a new key for a new request."


class PreconditionRequired(Problem):
    status = 428
    message = "Say which version you change: send its ETag in If-Match."


class Unavailable(Problem):
    status, message = 503, "The database cannot be reached just now. Nothing was changed; try again in a moment."

    @property
    def headers(self) -> dict[str, str]:
        return {"retry-after": "2"}


def every_problem(root: type[Problem] = Problem) -> dict[str, type[Problem]]:
    """All refusals by code, the domains' included, as far as they are imported."""
    found = {root.code(): root}
    for child in root.__subclasses__():
        found |= every_problem(child)
    return found
