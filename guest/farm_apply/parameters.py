"""The sets of parameters of ALLRIS net: one folder each, and for each release a link to the set that it reads."""

import base64
import http.client
import json
import os
import re
import shutil
import urllib.parse
import xml.etree.ElementTree

from .machine import Failure, put, settle

LINE = re.compile(r"((?:[^\\:= \t\f]|\\.)+)=(.*)")
ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)")
NAMED = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}


def read_properties(path):
    """The values of a file as it is rendered here: a line a key, nothing continued, everything escaped."""
    def plain(text):
        return ESCAPE.sub(lambda found: chr(int(found[1][1:], 16)) if len(found[1]) == 5 else NAMED.get(found[1], found[1]), text)

    values = {}
    for number, line in enumerate(path.read_text(encoding="iso-8859-1").removesuffix("\n").split("\n"), 1):
        parts = LINE.fullmatch(line)
        if parts is None or re.search(r"(?<!\\)(\\\\)*\\(u(?![0-9A-Fa-f]{4})|$)", line):
            raise Failure(f"{path.name} cannot be read, line {number}")
        key = plain(parts[1])
        if key in values:
            raise Failure(f"{path.name} says {key} twice, line {number}")
        values[key] = plain(parts[2])
    return values


class Parameters:
    def __init__(self, machine, wanted):
        self.machine = machine
        self.version = wanted["version"]
        self.files = {name: base64.b64decode(content) for name, content in wanted["files"].items()}
        self.sets = machine.parameters / "sets"
        self.folder = self.sets / wanted["name"]
        self.link = machine.parameters / wanted["version"]

    def place(self):
        """Writes the set beside those that are there; under its name it is always whole."""
        if self.is_whole():
            return
        beside = self.sets / f".{self.folder.name}.new"
        shutil.rmtree(beside, ignore_errors=True)
        for name, content in self.files.items():
            put(beside / name, content, 0o644)
        for folder in (self.machine.parameters, self.sets, beside):
            os.chmod(folder, 0o755)
        settle(beside)
        if self.folder.exists():
            shutil.rmtree(self.folder)
        os.replace(beside, self.folder)
        settle(self.sets)

    def is_whole(self):
        try:
            found = {path.name: path.read_bytes() for path in self.folder.iterdir()}
        except FileNotFoundError:
            return False
        return found == self.files

    def validate(self, site):
        """What can be known without the application."""
        try:
            root = xml.etree.ElementTree.parse(self.folder / "presentations.xml").getroot()
        except xml.etree.ElementTree.ParseError as error:
            raise Failure(f"presentations.xml is no XML: {error}") from error
        values = read_properties(self.folder / "allrisnet.properties")
        said = {
            "presentations.xml": (root.get("administration"), root.get("release")),
            "allrisnet.properties": (values.get("system.id"), values.get("system.version")),
        }
        for name, names in said.items():
            if names != (site, self.version):
                raise Failure(f"{name} is that of {names[0]}, release {names[1]}; expected {site}, {self.version}")

    def running_version(self):
        """The version that is installed here, or None."""
        try:
            return json.loads((self.machine.current / "generation.json").read_text(encoding="utf-8"))["version"]
        except FileNotFoundError:
            return None

    def ask(self, domain):
        """
        Lets the running application look at the set before it goes live. Returns False when it was not asked:
        another release runs, none, or it does not answer at all.
        """
        if self.running_version() != self.version:
            return False
        try:
            status, said = fetch(self.machine, domain, "/internal/check?" + urllib.parse.urlencode({"parameters": str(self.folder)}))
        except (OSError, http.client.HTTPException):
            return False
        if status == 422:
            raise Failure(f"ALLRIS net {self.version} refuses the parameters: {'; '.join(said.split(chr(10))).strip('; ')}")
        return status == 200

    def swing(self, change):
        """From here on the release of this version reads the set."""
        change.link(self.link, f"sets/{self.folder.name}")

    def clean(self):
        """Removes links of versions that nobody needs, then sets that no link names."""
        kept = {self.version, self.running_version()}
        links = [path for path in self.machine.parameters.iterdir() if path.is_symlink()]
        for path in links:
            if path.name not in kept:
                path.unlink()
        named = {os.path.basename(os.readlink(path)) for path in links if path.name in kept}
        for folder in self.sets.iterdir():
            if folder.name not in named:
                shutil.rmtree(folder)


def fetch(machine, domain, path, timeout=15):
    """Status and text of a page of the application, past the web server."""
    connection = http.client.HTTPConnection(*machine.application, timeout=timeout)
    try:
        connection.request("GET", path, headers={"Host": domain, "X-Forwarded-Proto": "https"})
        answer = connection.getresponse()
        return answer.status, answer.read(100_000).decode("utf-8", "replace")
    finally:
        connection.close()
