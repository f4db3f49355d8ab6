"""A stranger's file names stay in the project's folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph_engine.data.csv_file import Csv
from graph_engine.data.image_folder import ImageFolder
from graph_engine.data.npz_file import Npz
from graph_engine.data.paths import data_file, data_folder, inside
from graph_engine.data.source import Source
from graph_engine.errors import DatasetError


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "secret.csv").write_text("a,b\n1,2\n")
    folder = tmp_path / "project"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "mine.csv").write_text("a,b\n1,2\n")
    return folder


def test_files_inside_are_found_however_slashes_lean(project: Path) -> None:
    expected = (project / "data" / "mine.csv").resolve()

    assert inside(project, "data/mine.csv") == expected
    assert inside(project, "data\\mine.csv") == expected
    assert inside(project, "./data/mine.csv") == expected


def test_links_that_stay_inside_are_followed(project: Path) -> None:
    (project / "link.csv").symlink_to(project / "data" / "mine.csv")

    assert data_file(project, "link.csv", 100).name == "mine.csv"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "No file is chosen"),
        ("/etc/passwd", "absolute path"),
        ("C:\\secret.csv", "absolute path"),
        ("C:secret.csv", "absolute path"),
        ("\\\\server\\share\\secret.csv", "absolute path"),
        ("\\secret.csv", "absolute path"),
        ("../secret.csv", "leads out"),
        ("data/../../secret.csv", "leads out"),
        ("data\\..\\..\\secret.csv", "leads out"),
        ("data/../data/mine.csv", "leads out"),
        ("leaving.csv", "link that leads out"),
        ("leaving/secret.csv", "link that leads out"),
        ("loop", "can be opened|There is no"),
        ("nul\0byte", "not a file name that can be opened"),
        ("x" * 5000, "not a file name that can be opened"),
        ("other.csv", "There is no 'other.csv'"),
    ],
)
@pytest.mark.parametrize("source", [Csv, Npz, ImageFolder])
def test_other_names_are_refused_in_words(
    project: Path, source: type[Source], name: str, words: str
) -> None:
    (project / "leaving.csv").symlink_to(project.parent / "secret.csv")
    (project / "leaving").symlink_to(project.parent)
    (project / "loop").symlink_to(project / "loop")

    with pytest.raises(DatasetError, match=words):
        source(path=name).load(project)


def test_the_folder_of_the_project_may_itself_be_a_link(project: Path) -> None:
    link = project.parent / "link"
    link.symlink_to(project)

    assert inside(link, "data/mine.csv").is_file()


def test_an_unsaved_project_is_asked_to_be_saved() -> None:
    with pytest.raises(DatasetError, match="Save the project first"):
        Csv(path="mine.csv").load(None)


def test_pipes_folders_and_large_files_are_no_data_files(project: Path) -> None:
    os.mkfifo(project / "pipe.csv")

    with pytest.raises(DatasetError, match="is not a file"):
        data_file(project, "pipe.csv", 100)
    with pytest.raises(DatasetError, match="is not a file"):
        data_file(project, "data", 100)
    with pytest.raises(DatasetError, match="at most 0 are read"):
        data_file(project, "data/mine.csv", 3)
    with pytest.raises(DatasetError, match="is not a folder"):
        data_folder(project, "data/mine.csv")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(
    name=st.lists(
        st.sampled_from(["..", ".", "/", "\\", "data", "mine.csv", "out", "C:", "~", " ", "\0"]),
        max_size=8,
    ).map("".join)
)
def test_no_name_leads_out(project: Path, name: str) -> None:
    out = project / "out"
    if not out.is_symlink():
        out.symlink_to(project.parent)

    try:
        path = inside(project, name)
    except DatasetError:
        return

    assert path.is_relative_to(project.resolve())
