"""How the suite runs: what takes longest begins first, and a file, or a folder that shares a world, stays together.

Property tests try few examples in the suite, and many with `HYPOTHESIS_PROFILE=deep`, for who has the time.
"""

import os
from collections.abc import Sequence

import pytest
from hypothesis import settings
from xdist.scheduler.loadfile import LoadFileScheduling

settings.register_profile("suite", max_examples=40, deadline=None)  # a busy machine is no fault of ours
settings.register_profile("deep", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))

# The longest first, so that whatever is not here fills the workers to the end; a browser, which keeps a core busy, only
# beside tests that no clock waits for.
LONGEST = (
    "tests/end_to_end/test_fault_matrix.py",
    "tests/monitor/service/",
    "tests/end_to_end/",
    "tests/monitor/cli/",
    "tests/conformance/",
    "tests/fuzz/",
    "tests/browser/",
    "tests/reports/test_command.py",
    "tests/monitor/judge/",
    "tests/monitor/",
    "tests/reports/",
)
TOGETHER = ("tests/browser/",)  # one browser, and one rendering of the sites


class Scheduling(LoadFileScheduling):  # type: ignore[misc]  # xdist ships no types
    """A file is run by one worker, since its tests share worlds, and so is a folder that does."""

    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in TOGETHER if nodeid.startswith(folder)), nodeid.partition("::")[0])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Scheduling:
    config.option.loadscopereorder = False  # it would begin with what has most tests: the longest have few
    return Scheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _rank(item.nodeid, LONGEST))


def _rank(nodeid: str, first: Sequence[str]) -> int:
    return next((place for place, start in enumerate(first) if nodeid.startswith(start)), len(first))
