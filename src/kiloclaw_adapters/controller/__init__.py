"""The controller of a machine: its ASGI application, the processes under it, and the gateway it supervises."""

from __future__ import annotations

from kiloclaw_adapters.controller.app import create_app
from kiloclaw_adapters.controller.controlling import Controller
from kiloclaw_adapters.controller.desk import Desk, Readiness
from kiloclaw_adapters.controller.server import control, controlling, listen, url_of
from kiloclaw_adapters.controller.settings import ControllerSettings, Openclaw

__all__ = (
    "Controller",
    "ControllerSettings",
    "Desk",
    "Openclaw",
    "Readiness",
    "control",
    "controlling",
    "create_app",
    "listen",
    "url_of",
)
