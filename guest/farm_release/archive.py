"""A release as an archive, and unpacked."""

import dataclasses
import hashlib
import json
import os
import pathlib
import re
import shutil
import stat
import zipfile

from .machine import Failure, must, settle_folder, settle_tree


@dataclasses.dataclass(frozen=True)
class Release:
    """What a request asks for."""

    version: str
    build: str
    sha256: str

    @property
    def folder_name(self):
        return f"{self.version}-{self.sha256[:8]}"


def asked_for(request):
    release = Release(*(str(request.get(key, "")) for key in ("version", "build", "sha256")))
    if not re.fullmatch(r"\d+(\.\d+)+[A-Za-z0-9]*", release.version):
        raise Failure(f"{release.version!r} is no version")
    if not re.fullmatch(r"[0-9a-f]{64}", release.sha256):
        raise Failure("the request names no sha256")
    return release


def fetch(machine, request, release):
    """The archive on this machine: where the request says, or from its address."""
    if request.get("archive"):
        return pathlib.Path(request["archive"])
    url = request.get("url", "")
    if not url.startswith("https://"):
        raise Failure("a release comes from a file or over https")
    machine.runs.mkdir(parents=True, exist_ok=True)
    file = machine.runs / f"{release.sha256[:16]}.download"
    must("curl", "--fail", "--silent", "--show-error", "--location", "--proto", "=https", "--proto-redir", "=https",
         "--retry", "3", "--max-time", "900", "--output", str(file), url)
    return file


def verify(machine, request, release, archive):
    """Everything that can be known before the site is touched. Returns the bytes that unpacking takes."""
    with open(archive, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != release.sha256:
        raise Failure(f"the archive has the sha256 {digest}, expected {release.sha256}: it is not the release that was named")
    image = int(machine.base_image.read_text()) if machine.base_image.exists() else 0
    needed = int(request.get("minimumBaseImage", 0))
    if image < needed:
        raise Failure(f"this machine was made from template {image}, {release.version} needs {needed} or newer: the machine has to be rebuilt")
    if not (machine.parameters / release.version).exists():
        raise Failure(f"{machine.parameters / release.version} does not exist: the parameters for {release.version} were not rolled out")
    with zipfile.ZipFile(archive) as war:
        for entry in war.infolist():
            path = pathlib.PurePosixPath(entry.filename)
            if path.is_absolute() or ".." in path.parts or stat.S_ISLNK(entry.external_attr >> 16):
                raise Failure(f"the archive holds {entry.filename}, which would lie outside its folder")
        try:
            inside = json.loads(war.read("WEB-INF/release.json"))
        except KeyError:
            raise Failure("the archive has no WEB-INF/release.json") from None
        if (inside.get("version"), str(inside.get("build"))) != (release.version, release.build):
            raise Failure(f"the archive holds {inside.get('version')} ({inside.get('build')}), expected {release.version} ({release.build})")
        return sum(entry.file_size for entry in war.infolist())


def unpack(machine, release, archive):
    """Unpacks beside what is there. A folder under its final name is always complete."""
    folder = machine.releases / release.folder_name
    if folder.exists():
        return folder
    beside = machine.releases / f".{release.folder_name}.new"
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    with zipfile.ZipFile(archive) as war:
        war.extractall(beside)
    for parent, folders, files in os.walk(beside):
        for name in (*folders, *files):
            os.chmod(os.path.join(parent, name), 0o755 if name in folders else 0o644)
    os.chmod(beside, 0o755)
    settle_tree(beside)
    os.replace(beside, folder)
    settle_folder(machine.releases)
    return folder
