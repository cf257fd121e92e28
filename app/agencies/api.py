"""The REST door of agencies and people."""

from fastapi.responses import Response

from app.agencies import actions, queries
from app.agencies.actions import find_agency
from app.agencies.models import Agency, Person
from app.agencies.rules import AgencyNameTaken, NotAConstituency
from app.agencies.schemas import AgencyIn, AgencyOut, AgencyPatch, PersonIn, PersonOut, PersonPatch
from app.core.errors import UnknownReference
from app.core.http import AgencyName, Id, Reply, created, done, problems, reads, rest_router, writes
from app.core.openapi import lists
from app.core.reading import Read
from app.core.wire import Page
from app.core.work import Work
from app.policy import Permission

router = rest_router("agencies")


@router.get("/agencies", response_model=Page[AgencyOut], openapi_extra=lists(queries.AGENCIES))
@reads(Permission.READ_AGENCIES, only_now=True)
async def list_agencies(read: Read) -> Response:
    """List the agencies of the whole installation."""
    return await queries.AGENCIES.reply(read)


@router.get("/agencies/{code}", response_model=AgencyOut)
@reads(Permission.READ_AGENCIES, only_now=True)
async def get_agency(read: Read, code: AgencyName) -> Response:
    """Show one agency by its code, an alias or its id."""
    read.accept()
    return await read.item(queries.GET_AGENCY, await read.agency_id(code) or code, "agency")


@router.post(
    "/agencies", status_code=201, response_model=AgencyOut, responses=problems(AgencyNameTaken, NotAConstituency, UnknownReference)
)
@writes(Permission.ADD_AGENCY)
def add_agency(work: Work, body: AgencyIn) -> Reply:
    """Add an agency to the installation."""
    return created(queries.GET_AGENCY, actions.add_agency(work, **body.model_dump()), "/agencies")


@router.patch("/agencies/{code}", response_model=AgencyOut, responses=problems(AgencyNameTaken, NotAConstituency, UnknownReference))
@writes(Permission.AMEND_AGENCY)
def amend_agency(work: Work, code: AgencyName, body: AgencyPatch) -> Reply:
    """Change an agency, named by its code, an alias or its id."""
    try:
        agency = find_agency(work, code)
    except UnknownReference:
        agency = work.get(Agency, code)
    return done(queries.GET_AGENCY, actions.amend_agency(work, agency, **body.model_dump(exclude_unset=True)))


@router.get("/people", response_model=Page[PersonOut], openapi_extra=lists(queries.PEOPLE))
@reads(Permission.READ_PEOPLE, only_now=True)
async def list_people(read: Read) -> Response:
    """List the people who speak for agencies."""
    return await queries.PEOPLE.reply(read)


@router.get("/people/{id}", response_model=PersonOut)
@reads(Permission.READ_PEOPLE, only_now=True)
async def get_person(read: Read, id: Id) -> Response:
    """Show one person."""
    read.accept()
    return await read.item(queries.GET_PERSON, id, "person")


@router.post("/people", status_code=201, response_model=PersonOut, responses=problems(UnknownReference))
@writes(Permission.ADD_PERSON)
def add_person(work: Work, body: PersonIn) -> Reply:
    """Add a person who works for an agency."""
    return created(queries.GET_PERSON, actions.add_person(work, **body.model_dump()), "/people")


@router.patch("/people/{id}", response_model=PersonOut, responses=problems(UnknownReference))
@writes(Permission.AMEND_PERSON)
def amend_person(work: Work, id: Id, body: PersonPatch) -> Reply:
    """Correct a person's name, address or agency."""
    return done(queries.GET_PERSON, actions.amend_person(work, work.get(Person, id), **body.model_dump(exclude_unset=True)))
