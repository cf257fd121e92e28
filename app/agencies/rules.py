"""What an agency may be called, and what a constituency is."""

from app.core.codes import closed
from app.core.errors import Conflict, Invalid

KINDS = closed(
    "agency.kind", "specialized_agency", "fund_programme", "secretariat", "related_organization", "research_training", "bretton_woods",
    "regional_commission", "constituency", "other",
)  # fmt: skip


class AgencyNameTaken(Conflict):
    message = "Another agency is known as '{name}' already. Use that agency, or choose another code or alias."


class NotAConstituency(Invalid):
    message = "Only an agency of the kind 'constituency' has constituents, and they are agencies, not constituencies."
    pointer = "/constituents"


def check_constituents(kind: str, kinds: list[str]) -> None:
    """Refuse constituents of anything but a constituency, and constituencies inside one."""
    if kinds and (kind != "constituency" or "constituency" in kinds):
        raise NotAConstituency()
