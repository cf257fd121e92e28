"""The usual way to serve the same three replies, well made: FastAPI with `def` routes, a session from a `yield` dependency, SQLModel
objects with their relationships loaded ahead, and `response_model=`.

It reads the very tables of the service and knows nothing else of it: its models, its schemas and its rules are its own, as they
would be in a project that had chosen this way. It gets the same pragmas, and sees only what its bearer may see.
"""
