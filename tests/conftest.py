"""What holds for every test: none fails by a clock, and none sees what another one kept."""

from __future__ import annotations

import os

from hypothesis import settings

os.environ["XDG_CACHE_HOME"] = os.devnull
"""Nothing can be kept there: everything is worked out anew, also by the processes that tests start."""

settings.register_profile("cnnshape", deadline=None)
settings.load_profile("cnnshape")
