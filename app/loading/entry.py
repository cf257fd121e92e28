"""What every entry of a file is: the body of the API in words of a file, with its day and the decision behind it."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field, ValidationInfo, field_validator

from app.core.wire import Code, Day, In
from app.deliverables.schemas import WhyIn
from app.loading.days import absolute

UNDOCUMENTED = "undocumented"
DAYS = {"on", "due", "deadline", "period"}
"""The keys, besides those that end in `_on` or `_by`, whose value is a day."""


class Entry(In):
    """Something in a file. Where a day stands, one told from the day of the first load may stand too; sources may be ids."""

    model_config = ConfigDict(strict=False)  # every value of a file comes as text

    @field_validator("*", mode="before")
    @classmethod
    def _in_words_of_a_file(cls, given: Any, info: ValidationInfo) -> Any:
        name, context = info.field_name or "", info.context or {}
        if isinstance(given, str) and (name in DAYS or name.endswith(("_on", "_by"))):
            return absolute(given, context["today"])
        if name == "sources" and isinstance(given, list):
            return [expanded(one, context["sources"]) for one in given]
        return given

    @classmethod
    def body_fields(cls) -> set[str]:
        """The fields that the API's body of the same thing has too: what an action takes."""
        body = next(c for c in cls.__mro__ if not c.__module__.startswith("app.loading.") and issubclass(c, In))
        return set(body.model_fields) & set(cls.model_fields)

    def values(self, **known: Any) -> dict[str, Any]:
        """The values for an action, as the body of the API would give them, but for those known better."""
        return self.model_dump(include=self.body_fields()) | known


def expanded(source: Any, sources: dict[str, str]) -> Any:
    """A source's title and address for its id; text that is no id stays."""
    if not isinstance(source, str) or source in sources:
        return sources.get(source, source) if isinstance(source, str) else source
    if " " not in source and "://" not in source:
        raise ValueError(f"there is no source '{source[:40]}' in 'sources'")
    return source


Behind = Annotated[Code | None, Field(description="A decision's code, or 'undocumented' for a past step whose decision is not known.")]


class Authorised(Entry):
    """A step that names the decision behind it."""

    decision: Behind = None

    @property
    def undocumented(self) -> bool:
        return self.decision == UNDOCUMENTED


class Step(Entry):
    """A step on a day."""

    on: Day


class Why(WhyIn, Step):
    pass
