"""How many examples property tests try: few in the suite, many with `HYPOTHESIS_PROFILE=deep`, for who has the time."""

import os

from hypothesis import settings

settings.register_profile("suite", max_examples=40, deadline=None)  # machines are busy
settings.register_profile("deep", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))
