"""What was changed on the machine, so that it can be taken back."""

import os

from .machine import put, put_link


class Change:
    """Files and links that were put or removed, with what they were before."""

    def __init__(self):
        self.before = {}

    def remember(self, path):
        if path in self.before:
            return
        if path.is_symlink():
            self.before[path] = ("link", os.readlink(path))
        elif path.exists():
            self.before[path] = ("file", path.read_bytes(), path.stat().st_mode & 0o7777)
        else:
            self.before[path] = None

    def put(self, path, content, mode):
        same = path.is_file() and not path.is_symlink() and path.stat().st_mode & 0o7777 == mode
        if same and path.read_bytes() == content:
            return
        self.remember(path)
        put(path, content, mode)

    def link(self, path, target):
        if path.is_symlink() and os.readlink(path) == str(target):
            return
        self.remember(path)
        put_link(path, target)

    def remove(self, path):
        if path.is_symlink() or path.exists():
            self.remember(path)
            path.unlink()

    def undo(self):
        for path, old in reversed(self.before.items()):
            if old is None:
                path.unlink(missing_ok=True)
            elif old[0] == "link":
                put_link(path, old[1])
            else:
                put(path, *old[1:])

    def touches(self, *folders):
        return any(folder in path.parents or folder == path for path in self.before for folder in folders)
