"""When the service is not ready."""

from app.core.errors import Unavailable


class SchemaNotCurrent(Unavailable):
    message = "The database's schema is at revision {present}, this version needs {needed}. Run: troika migrate"
