"""What holds for every test: none fails by a clock."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("cnnshape", deadline=None)
settings.load_profile("cnnshape")
