"""The controller of a machine: its ASGI application, the processes under it, and the client that calls it."""
