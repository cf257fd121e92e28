"""Every table: importing this module makes the metadata whole."""

from sqlmodel import SQLModel

import app.access.models
import app.agencies.models
import app.bodies.models
import app.chairs.models
import app.core.idempotency
import app.core.journal
import app.decisions.models
import app.deliverables.models
import app.fundraising.models
import app.groups.models
import app.handovers.models
import app.meetings.models
import app.membership.models
import app.workplans.models  # noqa: F401

METADATA = SQLModel.metadata
