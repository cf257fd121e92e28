"""The REST door of access: who am I."""

import json

from fastapi.responses import Response

from app.access.schemas import MeOut
from app.agencies.queries import NAME_OF_AGENCY
from app.core.http import reads, rest_router
from app.core.reading import Read, json_response
from app.groups.queries import NAME_OF_GROUP
from app.policy import Permission

router = rest_router("access")


@router.get("/me", response_model=MeOut)
@reads(Permission.READ_ME, only_now=True)
async def get_me(read: Read) -> Response:
    """Show who you are here and what your token lets you do."""
    read.accept()
    grants = []
    for grant in sorted(read.actor.grants, key=str):
        group = await read.fetch(NAME_OF_GROUP, id=grant.group_id) if grant.group_id else None
        agency = await read.fetch(NAME_OF_AGENCY, id=grant.agency_id) if grant.agency_id else None
        names = f'"group":{group[0][0] if group else "null"},"agency":{agency[0][0] if agency else "null"}'
        chairing = "true" if grant.group_id in read.actor.chairing else "false"
        grants.append(f'{{"role":"{grant.role}",{names},"chairing":{chairing}}}')
    who = read.actor
    terms = f'"handing_over":{json.dumps(sorted(who.handing_over))},"taking_over":{json.dumps(sorted(who.taking_over))}'
    return json_response(f'{{"id":"{who.id}","name":{json.dumps(who.name)},"grants":[{",".join(grants)}],{terms}}}')
