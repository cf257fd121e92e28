"""Every TROIKA_… variable, typed and documented. `docs/configuration.md` is checked against this class."""

from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What an operator may set, from the environment (prefix `TROIKA_`). A value that does not fit stops the start."""

    model_config = SettingsConfigDict(env_prefix="TROIKA_", frozen=True)

    database_url: str = Field(
        "sqlite:///data/troika.db",
        description="Where the data lives: `sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/NAME`.",
    )
    replica_url: str | None = Field(
        None, description="A streaming replica of that PostgreSQL, to take over reads: `postgresql://USER:PASSWORD@HOST/NAME`."
    )
    public_url: str | None = Field(
        None, description="The address at which people reach the service, such as `https://troika.example.org`: published files name it."
    )
    body_limit: int = Field(1_048_576, ge=1_024, le=67_108_864, description="The largest request body that is read, in bytes.")
    kept_replies: int = Field(33_554_432, ge=0, description="How much memory kept replies may take in one worker, in bytes; 0 keeps none.")
    write_queue: int = Field(1_000, ge=1, description="How many writes may wait in one worker before others are asked to come back later.")
    postgresql_writers: int = Field(4, ge=1, le=32, description="Write connections to PostgreSQL in one worker.")
    postgresql_readers: int = Field(4, ge=1, le=32, description="Read connections to PostgreSQL in one worker.")
    slow_readers: int = Field(2, ge=1, le=16, description="Threads in one worker for reads that can take long.")
    past_changes: int = Field(50_000, ge=1, description="Of how many changes of a group a past state (`known_at`) is laid out at most.")
    past_memory: int = Field(134_217_728, ge=0, description="How much memory laid out past states may take in one worker, in bytes.")

    @field_validator("public_url")
    @classmethod
    def _address(cls, given: str | None) -> str | None:
        if given is not None and not (given.startswith(("https://", "http://")) and urlsplit(given).netloc):
            raise ValueError("TROIKA_PUBLIC_URL is an address that begins with https:// or http://")
        return given and given.rstrip("/")

    @model_validator(mode="after")
    def _replica_of_what(self) -> "Settings":
        if self.replica_url and not all(urlsplit(url).scheme.startswith("postgresql") for url in (self.database_url, self.replica_url)):
            raise ValueError("TROIKA_REPLICA_URL is for PostgreSQL alone: both it and TROIKA_DATABASE_URL begin with postgresql://")
        return self
