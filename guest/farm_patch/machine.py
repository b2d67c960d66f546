"""Where the patch program keeps things, beside what the release program knows of the machine."""

import pathlib

from farm_release.machine import Machine


class PatchMachine(Machine):
    """Folders and limits. The machine is always the real one: dpkg has no other."""

    unit = "farm-patch.service"
    kept_hours = 72

    def __init__(self, root="/"):
        super().__init__(root)
        root = pathlib.Path(root)
        self.runs = root / "var/lib/farm/patch"
        self.sources = root / "etc/apt/sources.list.d/farm-patches.sources"
        self.keyring = root / "etc/apt/keyrings/farm-patches.asc"
        self.unit_file = root / "etc/systemd/system" / self.unit
        self.reboot_required = root / "run/reboot-required"
