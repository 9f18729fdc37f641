"""A reader sees all of the old site or all of the new, whatever happens in between."""

import os
import threading
from pathlib import Path

import pytest

from reports import publish as publishing
from reports.publish import PublishError, add, publish

OLD = {"index.html": b"old", "providers/a.html": b"a", "assets/style.css": b"same"}
NEW = {"index.html": b"new", "providers/b.html": b"b", "assets/style.css": b"same"}


def content(out: Path) -> dict[str, bytes]:
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}


@pytest.fixture(params=["exchanged", "file by file"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways: what the kernel can do in one step, and what is done where it cannot."""
    if request.param == "file by file":
        monkeypatch.setattr(publishing, "_exchange", lambda _a, _b: False)
    return str(request.param)


@pytest.mark.usefixtures("way")
def test_the_folder_holds_the_new_site_and_nothing_of_the_old(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "site"
    publish(OLD, out)
    assert content(out) == OLD
    publish(NEW, out)
    assert content(out) == NEW
    assert sorted(path.name for path in out.parent.iterdir()) == [".site.lock", "site"]


@pytest.mark.usefixtures("way")
def test_a_file_that_did_not_change_is_the_same_file(tmp_path: Path) -> None:
    out = tmp_path / "site"
    publish(OLD, out)
    os.utime(out / "assets/style.css", (1, 1))
    before = (out / "assets/style.css").stat()
    publish(NEW, out)
    after = (out / "assets/style.css").stat()
    assert (after.st_ino, after.st_mtime) == (before.st_ino, before.st_mtime)


@pytest.mark.usefixtures("way")
def test_what_others_put_into_the_site_stays(tmp_path: Path) -> None:
    out = tmp_path / "site"
    publish(OLD, out)
    (out / "weekly").mkdir()
    (out / "weekly/2026-W47.html").write_bytes(b"week")
    (out / "feed.xml").write_bytes(b"feed")
    publish(NEW, out)
    assert content(out) == NEW | {"weekly/2026-W47.html": b"week", "feed.xml": b"feed"}


@pytest.mark.usefixtures("way")
def test_who_may_read_the_folder_does_not_change(tmp_path: Path) -> None:
    out = tmp_path / "site"
    publish(OLD, out)
    out.chmod(0o750)
    publish(NEW, out)
    assert out.stat().st_mode & 0o777 == 0o750


def test_leftovers_of_a_killed_publisher_do_not_matter(tmp_path: Path) -> None:
    out = tmp_path / "site"
    (tmp_path / ".site.next/providers").mkdir(parents=True)
    (tmp_path / ".site.next/providers/half.html").write_bytes(b"half")
    publish(NEW, out)
    assert content(out) == NEW


def test_a_failure_while_building_leaves_the_old_site_as_it_was(tmp_path: Path) -> None:
    out = tmp_path / "site"
    publish(OLD, out)
    with pytest.raises(OSError, match="too long"):
        publish({**NEW, "providers/" + "x" * 300 + ".html": b"x"}, out)
    assert content(out) == OLD
    assert sorted(path.name for path in tmp_path.iterdir()) == [".site.lock", "site"]


def test_a_link_to_the_site_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "site").symlink_to("real")
    publish(NEW, tmp_path / "site")
    assert (tmp_path / "site").is_symlink()
    assert content(tmp_path / "real") == NEW


def test_a_reader_never_finds_the_site_missing_or_mixed(tmp_path: Path) -> None:
    out = tmp_path / "site"
    versions = [{"index.html": str(n).encode(), "compare.html": str(n).encode()} for n in range(40)]
    publish(versions[0], out)
    done, torn = threading.Event(), []

    def read() -> None:
        while not done.is_set():
            folder = os.open(out, os.O_RDONLY)  # as a web server holds the folder that it serves from
            try:
                seen = {name: _read_at(folder, name) for name in versions[0]}
            except FileNotFoundError:  # the folder was replaced and removed while we held it
                continue
            finally:
                os.close(folder)
            if len(set(seen.values())) != 1:
                torn.append(seen)

    reader = threading.Thread(target=read)
    reader.start()
    for version in versions:
        publish(version, out)
    done.set()
    reader.join()
    assert torn == []


def _read_at(folder: int, name: str) -> bytes:
    file = os.open(name, os.O_RDONLY, dir_fd=folder)
    try:
        return os.read(file, 100)
    finally:
        os.close(file)


def test_two_publishers_do_not_mix(tmp_path: Path) -> None:
    out = tmp_path / "site"
    both = [threading.Thread(target=publish, args=(site, out)) for site in (OLD, NEW) for _ in range(5)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert content(out) in (OLD, NEW)


@pytest.mark.parametrize("stranger", ["notes.txt", "photos", ".bashrc"])
def test_a_folder_with_somebodys_things_is_refused_and_left_alone(tmp_path: Path, stranger: str) -> None:
    out = tmp_path / "home"
    (out / stranger).mkdir(parents=True)
    with pytest.raises(PublishError, match=rf"home holds {stranger}, which is no part of a site"):
        publish(NEW, out)
    assert [path.name for path in out.iterdir()] == [stranger]


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "site").write_text("mine")
    with pytest.raises(PublishError, match="site is a file; the site needs a folder of its own"):
        publish(NEW, tmp_path / "site")


def test_an_empty_folder_and_one_with_weekly_reports_are_fine(tmp_path: Path) -> None:
    out = tmp_path / "site"
    (out / "weekly").mkdir(parents=True)
    (out / "weekly/2026-W47.html").write_bytes(b"week")
    publish(NEW, out)
    assert content(out) == NEW | {"weekly/2026-W47.html": b"week"}


def test_where_nothing_can_be_put_beside_it_files_are_replaced_within(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "volume"
    out.mkdir()
    monkeypatch.setattr(os.path, "ismount", lambda path: Path(path) == out)
    publish(OLD, out)
    publish(NEW, out)
    assert content(out) == NEW | {".lock": b""}
    assert [path.name for path in tmp_path.iterdir()] == ["volume"]


WEEK = {"weekly/2026-W47.html": b"week", "assets/style.css": b"same"}


@pytest.mark.usefixtures("way")
def test_what_is_added_stands_beside_the_site_and_stays_when_it_is_published_again(tmp_path: Path) -> None:
    out = tmp_path / "site"
    publish(OLD, out)
    style = (out / "assets/style.css").stat().st_ino
    add(WEEK, out)
    assert content(out) == OLD | WEEK
    assert (out / "assets/style.css").stat().st_ino == style
    publish(NEW, out)
    assert content(out) == NEW | WEEK


def test_something_can_be_added_before_there_is_a_site(tmp_path: Path) -> None:
    add(WEEK, tmp_path / "data/site")
    assert content(tmp_path / "data/site") == WEEK


def test_nothing_is_added_to_somebodys_folder(tmp_path: Path) -> None:
    (tmp_path / "novel.txt").write_text("mine")
    with pytest.raises(PublishError, match=r"novel\.txt"):
        add(WEEK, tmp_path)
