"""The farm's own package repository: the one place from which packages come."""

from farm_release.machine import Failure, put

from .packages import call, last_words, must, simulated


class Repository:
    def __init__(self, machine):
        self.machine = machine
        # Other sources of the machine are left out: they hold other versions, and may not be reachable.
        self.options = (
            "-o", f"Dir::Etc::sourcelist={machine.sources}", "-o", "Dir::Etc::sourceparts=-",
            "-o", "APT::Get::List-Cleanup=0", "-o", "APT::Sandbox::User=root", "-o", "Acquire::Retries=3", "-o", "Acquire::http::Timeout=30",
            "-o", "Acquire::Languages=none", "-o", "DPkg::Lock::Timeout=120",
            "-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold",
        )

    def apt(self, *arguments):
        return must("apt-get", *self.options, "--quiet", *arguments)

    def settle(self, wanted):
        """Writes where the repository is and whose signature counts, and reads what it holds."""
        put(self.machine.keyring, wanted["key"])
        lines = {
            "Types": "deb", "URIs": wanted["url"], "Suites": wanted["suite"], "Components": wanted["component"],
            "Signed-By": self.machine.keyring,
        }
        put(self.machine.sources, "".join(f"{name}: {value}\n" for name, value in lines.items()))
        updated = call("apt-get", *self.options, "--quiet", "--error-on=any", "update")
        if updated.returncode != 0:
            raise Failure(f"the package repository {wanted['url']} cannot be used: {last_words(updated)}")

    def plan(self, changes, fixed):
        """Everything that installing these takes: exactly the fixed versions, or it is not begun."""
        names = [f"{name}={version}" for name, version in changes.items()]
        added, removed = simulated(self.apt("install", "--simulate", "--no-install-recommends", *names))
        strange = [f"{name}={version}" for name, version in added.items() if fixed.get(name) != version]
        if strange:
            raise Failure(f"this would install {', '.join(sorted(strange))}, which the ring does not fix: add it to its packages")
        if removed:
            raise Failure(f"this would remove {', '.join(sorted(removed))}")
        return added

    def download(self, changes):
        self.apt("install", "--download-only", "--yes", "--no-install-recommends", *(f"{name}={version}" for name, version in changes.items()))

    def install(self, changes):
        self.apt("install", "--yes", "--no-download", "--no-install-recommends", *(f"{name}={version}" for name, version in changes.items()))

    def clean(self):
        """What was downloaded is installed or was taken back: it is not needed again."""
        call("apt-get", *self.options, "clean")
