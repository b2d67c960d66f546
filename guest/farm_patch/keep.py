"""Packages as they are now, as archives: the way back."""

import os
import pathlib
import re
import shutil
import stat
import subprocess
import tempfile

from farm_release.machine import Failure, settle_tree

from .packages import call, files, must

# Parts of dpkg's own record of a package that belong into its archive as they are.
SCRIPTS = ("preinst", "postinst", "prerm", "postrm", "config")
RECORDS = ("templates", "triggers", "shlibs", "symbols")


def keep(repository, folder, versions):
    """One archive for each package in its present version."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, version in versions.items():
        target = folder / f"{name}.deb"
        if not fetch(repository, folder, name, version, target):
            repack(name, target)
        found = must("dpkg-deb", "--field", str(target), "Version").strip()
        if found != version:
            raise Failure(f"{name} {version} cannot be kept: its archive says {found}")
    settle_tree(folder)


def fetch(repository, folder, name, version, target):
    """The very archive that it was installed from, where the repository still has it."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        got = subprocess.run(
            ["apt-get", *repository.options, "--quiet", "download", f"{name}={version}"],
            cwd=place, capture_output=True, text=True,
        )
        archives = list(pathlib.Path(place).glob("*.deb"))
        if got.returncode != 0 or len(archives) != 1:
            return False
        shutil.move(archives[0], target)
        return True


def repack(name, target):
    """An archive from what is installed, with the machine's own settings in it."""
    listed = must("dpkg-query", "--listfiles", name)
    if re.search(r"^(diverted by|locally diverted|package diverts)", listed, re.MULTILINE):
        raise Failure(f"{name} cannot be kept: some of its files are diverted, so the repository has to hold its present version")
    with tempfile.TemporaryDirectory(dir=target.parent) as place:
        root = pathlib.Path(place) / "root"
        root.mkdir(mode=0o755)
        present = [path for path in files(name) if pathlib.Path(path).exists() or pathlib.Path(path).is_symlink()]
        copy(present, root)
        control(name, root, set(present))
        must("dpkg-deb", "-Zgzip", "-z1", "--build", str(root), str(target))


def copy(paths, root):
    """Owners, modes, links and times as they are."""
    # What holds other paths is a folder, also where the machine has a link in its place, as for /lib: a link in
    # the archive would make dpkg take its files for others.
    folders = {str(parent) for path in paths for parent in pathlib.PurePosixPath(path).parents} - {"/"}
    for path in sorted(folders):
        target = root / path.lstrip("/")
        target.mkdir()
        like(path, target)
    for path in paths:
        if path in folders:
            continue
        target = root / path.lstrip("/")
        if os.path.isdir(path) and not os.path.islink(path):
            target.mkdir()
            like(path, target)
        else:
            shutil.copy2(path, target, follow_symlinks=False)
            status = os.lstat(path)
            os.chown(target, status.st_uid, status.st_gid, follow_symlinks=False)
            if not os.path.islink(path):
                os.chmod(target, stat.S_IMODE(status.st_mode))


def like(path, target):
    status = os.stat(path)
    os.chown(target, status.st_uid, status.st_gid)
    os.chmod(target, stat.S_IMODE(status.st_mode))


def control(name, root, present):
    folder = root / "DEBIAN"
    folder.mkdir(mode=0o755)
    status = must("dpkg-query", "--status", name)
    (folder / "control").write_text(without(status, ("Status", "Conffiles", "Config-Version")))
    shown = must("dpkg-query", "--show", "--showformat=${Conffiles}", name)
    settings = [line.split() for line in shown.splitlines() if line.strip()]
    kept = [words[0] for words in settings if len(words) == 2 and words[0] in present]
    if kept:
        (folder / "conffiles").write_text("".join(f"{path}\n" for path in kept))
    available = must("dpkg-query", "--control-list", name).split()
    for part in (*SCRIPTS, *RECORDS):
        if part in available:
            (folder / part).write_text(call("dpkg-query", "--control-show", name, part).stdout)
            (folder / part).chmod(0o755 if part in SCRIPTS else 0o644)


def without(paragraph, names):
    """A paragraph of Debian's control format without some of its fields."""
    kept, dropping = [], False
    for line in paragraph.splitlines():
        if not line.startswith((" ", "\t")):
            dropping = line.split(":", 1)[0] in names
        if not dropping and line:
            kept.append(line)
    return "\n".join(kept) + "\n"
