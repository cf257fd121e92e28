"""Values that have broken services: what a field, a parameter or a header may be given instead of what it wants."""

import json
from random import Random
from typing import Any


class Raw(str):
    """A piece of JSON text as it is: what no encoder would write."""

    __slots__ = ()


DAYS = (
    "0000-00-00", "0001-01-01", "1899-12-31", "1900-01-01", "2199-12-31", "2200-01-01", "9999-12-31", "10000-01-01", "2014-02-29", "2016-02-29",
    "2014-13-01", "2014-00-10", "2014-Q9", "2014-Q0", "2014-Q4", "2014-q1", "2014-H3", "2014-h2", "2014-00", "2014-06", "1900", "2199", "0000",
    "9999", "by 2013", "by 1900", "by 2199-12-31", "by by 2013", "by ", "BY  2014-q2", "2014-12-31T00:00:00Z", "2014-12-31T00:00:00+14:00",
    "2014-12-31 00:00", "-2014-01-01", "today", "٢٠١٤", "２０１４-01-01", "2014-W52-1", "2014-366", " 2014-06-30 ", "20140630", "1900-01", "2199-Q4",
)  # fmt: skip
TEXTS = (
    "", " ", "\t", "\n", "\0", "a\0b", "\ud800", "a\udfff", "\ud83d\ude00", "x" * 37, "x" * 41, "x" * 201, "x" * 301, "x" * 2_001, "x" * 20_001, "ß" * 300,
    "İ" * 300, "ﬃ" * 40, "ﬃ" * 300, "\u0390" * 300, "😀" * 300, "👩\u200d👩\u200d👧", "\u202e\u2066", "\u2028", "\ufeff", "\ufffe", "\x1b[31m", "\x7f", "\x85", "%", "_", "\\", "%%_\\",
    "'", '"', "';--", "{0}", "{name}", "%s%n", "../../etc/passwd", "<script>", "=1+1", "http://", "https://x y", "https://[::1", "https://a" + "b" * 1_990, "a@b.c",
    "a@" + "b" * 300, "@", "gmg", "tst", "oth", "TST", "OWN", "own", "NEW", "NaN", "null", "true", "1", "-1", "1e5", "Europe/Zurich", "Europe/Nowhere", "UTC", "../UTC", "CH", "ch",
)  # fmt: skip
NUMBERS = (
    0, -1, 1, 7, 100, 101, 240, 241, 2**31 - 1, 2**31, -(2**31) - 1, 2**53, 2**53 + 1, 2**63, -(2**63) - 1, 10**30, 0.5, -0.0, 1.0, 1e15, 1e308, 5e-324,
    Raw("1e400"), Raw("-1e400"), Raw("NaN"), Raw("Infinity"), Raw("-Infinity"), Raw("9" * 400), Raw("9" * 5_000), Raw("1E+2"), Raw("-0"), Raw("007"), Raw("0.1e-99999"),
)  # fmt: skip
SHAPES: tuple[Any, ...] = (
    None, True, False, [], {}, [[]], [None], [{}], {"": ""}, [[[[[]]]]], Raw("[" * 31 + "]" * 31), Raw("[" * 33 + "]" * 33), Raw("[" * 5_000), Raw('{"a":' * 40 + "1" + "}" * 40),
    Raw('{"a":1,"a":2}'), [0] * 101, ["x"] * 251, ["x" * 300] * 100, list(range(5_000)), Raw("undefined"), Raw("'x'"), Raw("// x"), Raw('"\\ud800"'), Raw('"\\u0000"'), Raw('"\t"'), Raw('"\\x41"'),
)  # fmt: skip
RAW_QUERY = (
    b"%00", b"%ED%A0%80", b"%C0%80", b"%FF%FE", b"\xff\xfe", b"%", b"%zz", b"%u0041", b"+", b"%2B", b"%26a=b", b"%0d%0aset-cookie:x", b"%F0%9F%98%80", b"\xc3\x9f", b"%E2%80%AE", b"%25", b"%5F",
    b"NaN", b"Infinity", b"-Infinity", b"1e400", b"1e3", b"0x10", b"1_000", b"%D9%A1", b"00", b"-0", b"9" * 400, b"9007199254740993", b"0", b"1", b"2", b"500", b"501", b"true", b"false", b"TRUE",
    b"x" * 201, b"x" * 4_001, b"%C3%9F" * 200, b"%F0%9F%98%80" * 200, b"", b",", b",,,", b"-", b"--code", b"code,code", b"-code,title", b"id,code", b"version",
)  # fmt: skip
SEGMENTS = (
    b"%00", b"%ED%A0%80", b"%FF", b"\xff", b".", b"..", b"%2e%2e", b"..%2f..", b"%2F", b"%5c", b"%", b"%zz", b"%25", b";x", b"x;y=z", b"x" * 36, b"x" * 37, b"x" * 300, b"x" * 301, b"x" * 5_000,
    b"x" * 17_000, b"%C3%9F" * 36, b"%F0%9F%98%80" * 36, b"", b" ", b"%20", b"%0d%0aset-cookie:x", b"'%20OR%201=1", b"{id}", b"*", b"null", b"tst", b"oth", b"OWN", b"%EF%AC%83" * 100, b"history", b"0",
)  # fmt: skip
HEADERS: tuple[tuple[bytes, tuple[bytes, ...]], ...] = (
    (b"authorization", (b"", b"Bearer", b"Bearer ", b"bearer troika_x", b"Bearer \xff", b"Basic YTpi", b"Bearer " + b"x" * 9_000, b"Bearer troika_" + b"a" * 60, b"\0", b"Bearer a b c")),
    (b"if-match", (b"", b"*", b"x", b'"', b'"1"', b'"2"', b'W/"1"', b'"1", "2"', b'"-1"', b'"1-x"', b'"99999999999999"', b'"999999999"', b'"0"', "\xb2".encode("latin-1"), b"1" * 5_000)),
    (b"if-none-match", (b"", b"*", b'"x"', b'W/"1"', b'"", ""', b"\xff", b'"a",' * 500)),
    (b"idempotency-key", (b"", b"k", b"one", b"x" * 255, b"x" * 256, b"\xff", b"a b", b"\t", b"'", b"%00")),
    (b"content-type", (b"", b"application/json", b"application/json;charset=utf-16", b"APPLICATION/JSON", b"application/merge-patch+json", b"text/plain", b"multipart/form-data", b"multipart/form-data; boundary=x",
                       b"application/x-www-form-urlencoded", b"application/xml", b"json", b"\xff", b"application/json, text/plain", b"application/vnd.api+json")),
    (b"content-length", (b"", b"-1", b"0", b"1", b"999999", b"9" * 40, b"1e3", b"abc", b"1_0", b" 5", b"\xb2", b"1048576", b"1048577")),
    (b"transfer-encoding", (b"chunked", b"gzip", b"identity", b"chunked, chunked")),
    (b"accept", (b"", b"text/html", b"*/*;q=0", b"\xff", b"x" * 3_000)),
    (b"accept-encoding", (b"", b"gzip", b"gzip;q=0", b"GZIP;q=", b"*;q=0", b"\xff")),
    (b"host", (b"", b"evil.example", b"a b", b"[::1]:80", b"x" * 300, b"\xff", b"<script>")),
    (b"cookie", (b"session=x", b"=;=;", b"\xff", b"a=" + b"b" * 5_000)),
    (b"x-forwarded-for", (b"127.0.0.1", b"x" * 500)),
    (b"x-request-id", (b"mine", b"\r")),
    (b"x-http-method-override", (b"DELETE",)),
    (b"expect", (b"100-continue", b"x")),
    (b"range", (b"bytes=0-1", b"bytes=-")),
    (b"origin", (b"null", b"https://evil.example")),
)  # fmt: skip
METHODS = ("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "PATCH", "POST", "CONNECT", "get", "", "X" * 200, "PROPFIND")


def text_of(value: Any, ascii_only: bool) -> str:
    """JSON text, with `Raw` pieces as they are."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(n, ensure_ascii=ascii_only)}:{text_of(v, ascii_only)}" for n, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(text_of(v, ascii_only) for v in value) + "]"
    return json.dumps(value, ensure_ascii=ascii_only)


def any_value(rng: Random, ids: list[str], canary: str) -> Any:
    """Something that a field does not expect, or an id that is real but of another thing."""
    kind = rng.randrange(8)
    if kind == 0:
        return rng.choice(ids)
    if kind in (1, 7):
        return rng.choice(
            (canary, canary * 30, canary * 2_000, [canary], {"x": canary}, f"{canary}\0", f"by {canary}", f"https://{canary} x")
        )
    return rng.choice((DAYS, TEXTS, NUMBERS, SHAPES, TEXTS)[kind - 2])


def spoiled(rng: Random, body: bytes) -> bytes:
    """The bytes of a body, damaged."""
    at = rng.randrange(len(body) + 1)
    some = bytes(rng.randrange(256) for _ in range(rng.randrange(1, 9)))
    return rng.choice((
        body[:at], body[:at] + some + body[at:], body[:at] + some + body[at + len(some) :], body + body, body + b" ", b"\xef\xbb\xbf" + body,
        body.decode("utf-8", "replace").encode("utf-16"), b"", b"null", b"\0", some * 40, b"[" + body + b"]", body[:at] + b"\xed\xa0\x80" + body[at:],
        body[:at] + b"\xc0\x80" + body[at:], b"\x1f\x8b" + body, body.replace(b'"', b"'"), body.replace(b":", b"=", 1), b" " * 1_048_000 + body,
    ))  # fmt: skip
