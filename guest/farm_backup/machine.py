"""Where the backup program keeps things, beside what the release program knows of the machine."""

import pathlib

from farm_release.machine import Machine


class BackupMachine(Machine):
    """Folders and limits of one machine."""

    program = "/usr/local/lib/farm/backup"
    unit = "farm-backup-import.service"
    # A change of the release or of packages is waited for as long as the state still comes before the backup.
    wait_seconds = 1200
    kept_hours = 72  # of what an import replaced: as long as a generation that was left
    reread_days = 30  # each file of a state that only is linked from the one before is read again that often

    def __init__(self, root="/"):
        super().__init__(root)
        self.root = pathlib.Path(root)
        self.states = self.root / "var/backups/farm"
        self.newest = self.states / "current"
        self.history = self.root / "var/lib/farm/backup/states.jsonl"
        self.runs = self.srv / "imports"  # on the file system of the application's files: what is put back is moved
        self.import_lock = self.root / "run/farm-backup-import.lock"
        self.certificate_lock = self.root / "run/farm-certificate.lock"
        self.machine_id = self.root / "etc/machine-id"
