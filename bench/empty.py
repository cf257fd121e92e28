"""An empty application of the same stack: what FastAPI and SQLModel cost before a line of ours."""

from collections.abc import Iterator

from fastapi import FastAPI
from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel, create_engine


class Thing(SQLModel, table=True, registry=registry()):
    id: int | None = Field(default=None, primary_key=True)
    name: str


engine = create_engine("sqlite://")


def get_session() -> Iterator[Session]:
    with Session(engine) as session:
        yield session


def create_app() -> FastAPI:
    app = FastAPI()

    @app.get("/healthz")
    def get_health() -> dict[str, str]:
        return {"status": "ok"}

    return app
