"""`python -m kiloclaw_adapters.cli`, for processes that start one another and must not look for a program by name."""

from __future__ import annotations

from kiloclaw_adapters.cli import main

main()
