"""The container image: its Dockerfile is linted at every run, and in the long run built and started without a container engine."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.proof.conftest import Report
from tests.proof.container import ROOT, building, faults_of, missing
from tests.proof.figures import LONG


def lint(text: str) -> list[str]:
    """What hadolint finds in a Dockerfile."""
    program = shutil.which("hadolint", path=str(Path(sys.executable).parent)) or shutil.which("hadolint")
    if program is None:
        pytest.skip("hadolint is not installed: the Dockerfile was not linted")
    ran = subprocess.run([program, "--no-color", "-"], input=text, capture_output=True, text=True, check=False)
    return (ran.stdout + ran.stderr).splitlines()


def test_the_dockerfile_is_as_its_linter_wants_it() -> None:
    assert lint((ROOT / "Dockerfile").read_text()) == []


def test_the_linter_finds_what_is_wrong() -> None:
    text = (ROOT / "Dockerfile").read_text()
    for right, wrong in (("10001:10001", "root"), ("WORKDIR /srv", "WORKDIR srv"), ("FROM ${BASE}", "FROM python:latest")):
        assert lint(text.replace(right, wrong)), wrong


def pinned(text: str) -> bool:
    """Whether the base is one exact release; the linter does not look into an ARG."""
    return re.search(r"^ARG BASE=docker\.io/library/python:\d+\.\d+\.\d+-slim-\w+$", text, re.MULTILINE) is not None


def test_the_base_of_the_image_is_an_exact_release() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert pinned(text)
    assert not pinned(re.sub(r":3\S+", ":3-slim", text))


def test_the_image_is_built_by_whichever_builder_works(tmp_path: Path) -> None:
    for name, works in (("docker", "exit 1"), ("podman", 'case "$1" in info) ;; *) echo "$0 $*" ;; esac'), ("buildah", "exit 0")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{works}\n")
        (tmp_path / name).chmod(0o755)
    make = shutil.which("make") or pytest.skip("make is not installed")
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    ran = subprocess.run([make, "image", "ARGS=--pull"], cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == [f"{tmp_path}/podman build --tag troika --pull ."]


@pytest.mark.skipif(not LONG, reason="the container image is built in the long run only (make proof)")
def test_the_image_serves_without_root_and_keeps_its_data(tmp_path: Path, report: Report) -> None:
    if why := missing():
        pytest.skip(why)
    with building() as buildah:
        buildah.build()
        settings = buildah.settings()
        with buildah.mounted() as rootfs:
            found = faults_of(settings, rootfs, tmp_path / "right")
            planted = {"served as root": faults_of(settings | {"User": ""}, rootfs, tmp_path / "root")}
            os.chown(rootfs / "srv/app", 10001, 10001)
            planted["code that its user owns"] = faults_of(settings, rootfs, tmp_path / "owned")
            os.chown(rootfs / "srv/app", 0, 0)
            os.chown(rootfs / "data", 0, 0)
            planted["data that root owns"] = faults_of(settings, rootfs, tmp_path / "taken")
    report(
        "the image, on a stand-in base: served as user 10001 on a read-only root, data kept over a second start; faults found where "
        + ", ".join(f"{name}: {len(faults)}" for name, faults in planted.items())
    )
    assert found == []
    assert all(planted.values()), planted
