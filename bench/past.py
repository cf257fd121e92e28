"""What it costs to lay a past state out, beside reading the same changes one page after another."""

import time
from statistics import median

import httpx

from bench.measure import Finding, Pace, Place
from bench.wrk import Call

LONGEST = 1.0


def first(place: Place, pace: Pace) -> list[Finding]:
    """The first answer from a past state, each time another one, against following the changes that it is laid out of."""
    calls, code = place.samples.pasts(), place.samples.recorded[0]
    process, pages = place.working, f"/api/v1/changes?group={code}&limit=500"
    laid, followed, count = [], [], 0
    with httpx.Client(base_url=process.address, timeout=60) as client:
        for call in calls[: max(3, pace.rounds)]:
            laid.append(_took(client, call))
            spent, after, count = 0.0, 0, 0
            while True:
                page = Call(f"{pages}&after={after}", call.token)
                begun = time.perf_counter()
                found = _asked(client, page).json()
                spent += time.perf_counter() - begun
                if not found["items"]:
                    break
                after, count = found["next_after"], count + len(found["items"])
            followed.append(spent)
    each = [a / b for a, b in zip(laid, followed, strict=True)]
    details = {"laid out": _ms(laid), "followed": _ms(followed), "changes": f"{count:,}"}
    title = "First answer from a past state, against following its changes"
    spread = (min(each), max(each))
    return [Finding("past", title, place.engine, "times as long", median(each), LONGEST, least=False, spread=spread, details=details)]


def _took(client: httpx.Client, call: Call) -> float:
    begun = time.perf_counter()
    _asked(client, call)
    return time.perf_counter() - begun


def _asked(client: httpx.Client, call: Call) -> httpx.Response:
    response = client.get(call.path, headers=call.headers)
    if response.status_code != 200:
        raise RuntimeError(f"{call.path}: {response.status_code} {response.text[:200]}")
    return response


def _ms(times: list[float]) -> str:
    return f"{median(times) * 1000:,.0f} ms"
