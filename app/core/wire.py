"""The words of the wire: bounded strings, days, vague days, and the base classes of what comes in and goes out.

What comes in forbids unknown fields; what goes out has no defaults, so that a field never goes missing in silence.
"""

import json
from datetime import date, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import AfterValidator, AnyUrl, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

from app.core.codes import closed
from app.core.dates import Precision, VagueDate, parse_day
from app.core.money import AMOUNT


class In(BaseModel):
    """What a client sends. JSON has numbers and truth values of its own: a text that looks like one is refused."""

    model_config = ConfigDict(extra="forbid", strict=True, str_strip_whitespace=True)


class Nothing(In):
    """The body of a step that says all by its address: none, or an empty object."""

    model_config = ConfigDict(json_schema_extra={"x-example": "{}"})


class Out(BaseModel):
    """What the service answers. It is made by the database and never checked by the class, which only documents it: so the class is not built
    before that is asked for."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


def example(**values: Any) -> ConfigDict:
    """The example of a class, for the API reference: `model_config = example(code="gmg", …)`. A test holds it against the class."""
    # As text, since FastAPI leaves every null out of the schemas that it collects; `core/openapi.py` turns it back.
    return ConfigDict(json_schema_extra={"x-example": json.dumps(values)})


def absent() -> Any:
    """A field of a PATCH that may be left out; sent, it must fit (so null only where null is a value)."""
    return Field(default=None, json_schema_extra=_without_default)


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


def _no_controls(text: str) -> str:
    if any((ord(c) < 32 and c not in "\n\t\r") or ord(c) == 127 for c in text):
        raise ValueError("control characters are not taken")
    return text


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("write it in one line, without control characters")
    return text


Line = Annotated[str, StringConstraints(min_length=1, max_length=300), AfterValidator(_one_line)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=20_000), AfterValidator(_no_controls)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=40), AfterValidator(_one_line)]
Slug = Annotated[str, StringConstraints(min_length=2, max_length=40, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Reference = Annotated[str, StringConstraints(min_length=1, max_length=36), AfterValidator(_one_line)]
Lines = Annotated[list[Line], Field(max_length=100)]


def _address(text: str) -> str:
    try:
        AnyUrl(text)
    except ValueError:
        raise ValueError("this is not a web address") from None  # Pydantic's own text would repeat it
    if not text.lower().startswith(("http://", "https://")):
        raise ValueError("an address begins with https:// or http://")
    return text


Address = Annotated[str, StringConstraints(min_length=8, max_length=2_000), AfterValidator(_one_line), AfterValidator(_address)]
Addresses = Annotated[list[Address], Field(max_length=50)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


def _each_once(codes: list[str]) -> list[str]:
    return list(dict.fromkeys(codes))


Countries = Annotated[list[Country], Field(max_length=250), AfterValidator(_each_once)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


def _amount(value: object) -> str:
    if not isinstance(value, str) or not AMOUNT.fullmatch(value.strip()):
        raise ValueError(
            'write an amount as text, in digits with a point, such as "1000000.00": at most 14 before it, no sign, no exponent'
        )
    return value.strip()


Amount = Annotated[
    str, BeforeValidator(_amount),
    WithJsonSchema({"type": "string", "maxLength": 19, "pattern": r"^[0-9]{1,14}(\.[0-9]{1,4})?$", "description": "A decimal with as many decimals as its currency has.",
                    "examples": ["1000000.00"]}),
]  # fmt: skip
Share = Annotated[str, StringConstraints(max_length=6, pattern=r"^[0-9]{1,3}(\.[0-9]{1,2})?$")]
"""Per cent, with at most two decimals, as text."""
OrganisationRef = Annotated[str, StringConstraints(min_length=3, max_length=100, pattern=r"^[^\s/&|?]+$"), AfterValidator(_one_line)]
"""What an organisation is called in IATI: the agency that registered it, a hyphen, its number there, such as XM-DAC-41114."""
Email = Annotated[str, StringConstraints(max_length=254, pattern=r"^[^@\s]{1,64}@[^@\s]{1,189}\.[^@\s.]{1,63}$")]


def _day(value: object) -> date:
    if not isinstance(value, str):  # a number in JSON is no day, though one in a spreadsheet may be
        raise ValueError("write a day as YYYY-MM-DD")  # noqa: TRY004  (what Pydantic reports)
    return parse_day(value)


Day = Annotated[
    date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date", "examples": ["2014-12-31"]}, mode="validation")
]


def _vague(value: object) -> str:
    return _parsed(value).value


def _parsed(value: object) -> VagueDate:
    if not isinstance(value, str):
        raise ValueError("write it as text, such as 2014-06-30, 2014-06, 2014-Q2, 2014-H1 or 2014")  # noqa: TRY004
    return VagueDate.parse(value)


def _planned(value: object) -> str:
    vague = _parsed(value)
    if vague.earliest is None:
        raise ValueError("write a day, month, quarter, half-year or year; 'by' is for what is past")
    return vague.value


VAGUE = "A day, month (2014-06), quarter (2014-Q2), half-year (2014-H1) or year; the last day counts."
VagueDay = Annotated[
    str, BeforeValidator(_planned),
    WithJsonSchema({"type": "string", "maxLength": 13, "description": VAGUE, "examples": ["2014-Q2", "2015", "2014-12-31"]}),
]  # fmt: skip
PastDay = Annotated[
    str, BeforeValidator(_vague),
    WithJsonSchema({"type": "string", "maxLength": 16, "description": VAGUE + " 'by 2013' means on its last day or earlier.",
                    "examples": ["2014-12-18", "2008", "by 2013"]}),
]  # fmt: skip


class VagueOut(Out):
    """A date as it was said, with the days it may mean. The last one counts."""

    value: str
    precision: Precision
    earliest: date | None
    latest: date


class Named(Out):
    """An agency or a group, as it is named inside other things."""

    code: str
    name: str


CERTAINTIES = closed("certainty", "stated", "inferred", "unverified", "assumed")
Certainty = Literal["stated", "inferred", "unverified", "assumed"]


class SourcedIn(In):
    """Provenance: how certain a recorded fact is, which sources say so, and a note."""

    certainty: Certainty | None = None
    sources: Lines = []
    note: Text | None = None


class SourcedPatch(In):
    certainty: Certainty | None = absent()
    sources: Lines = absent()
    note: Text | None = absent()


class RecordOut(Out):
    """What every thing has."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime


class SourcedOut(RecordOut):
    certainty: Certainty | None
    sources: list[str]
    note: str | None


T = TypeVar("T")


class Page(Out, Generic[T]):
    """A page of a list. `total` is there only with count=true."""

    items: Annotated[list[T], Field(max_length=500)]
    next_cursor: str | None
    total: int = Field(default=0, description="How many there are in all; only with count=true.")
