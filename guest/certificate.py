#!/usr/bin/python3 -I
"""The site's TLS certificate on its machine.

certificate obtain    get one from the ACME server now, unless a good one is there (values on stdin)
certificate renew     get the next one when less than a third of the lifetime is left (systemd timer)
certificate install   take one that was delivered: {"chain": PEM, "key": PEM} on stdin
certificate revoke    have the ACME server take it back, and renew it no more: the site ends
certificate select    let nginx serve what there is: HTTPS, or a page that says it is not there yet
certificate status    one line of JSON

Exit codes: 0 done, 1 failed, 75 the name is not visible yet (EX_TEMPFAIL: a later run goes on).
"""

import datetime
import fcntl
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

SITE = pathlib.Path("/etc/farm/site.json")
ACME_CA = pathlib.Path("/etc/farm/acme-ca.pem")
TLS = pathlib.Path("/etc/farm/tls")
NGINX = pathlib.Path("/etc/farm/nginx")
REVOKED = pathlib.Path("/var/lib/farm/certificate-revoked")
LEGO = pathlib.Path("/var/lib/farm/lego")
WEBROOT = pathlib.Path("/var/lib/farm/acme")
CESSATION = "5"  # RFC 5280 section 5.3.1: cessationOfOperation
WAIT_FOR_NAME = 60  # seconds; a fresh record needs a moment to reach the name servers


class Failure(Exception):
    """A reason that is shown to the operator as it is."""

    def __init__(self, sentence, code=1):
        super().__init__(sentence)
        self.code = code


def run(*command, stdin=None, env=None):
    return subprocess.run(command, input=stdin, capture_output=True, text=True, env=env)


def openssl(*arguments, stdin=None):
    result = run("openssl", *arguments, stdin=stdin)
    if result.returncode != 0:
        raise Failure(f"openssl {arguments[0]} refuses it: {result.stderr.strip().splitlines()[0]}")
    return result.stdout


def describe(chain):
    """Names and lifetime of the first certificate of a PEM chain."""
    lines = openssl("x509", "-noout", "-startdate", "-enddate", "-issuer", "-ext", "subjectAltName", stdin=chain)
    facts = {"names": []}
    for line in lines.splitlines():
        key, _, value = line.partition("=")
        if key in ("notBefore", "notAfter"):
            moment = datetime.datetime.strptime(value.strip(), "%b %d %H:%M:%S %Y %Z")
            facts[key] = int(moment.replace(tzinfo=datetime.timezone.utc).timestamp())
        elif key == "issuer":
            facts["issuer"] = value.strip()
        elif "DNS:" in line:
            facts["names"] = sorted(part.strip().removeprefix("DNS:") for part in line.split(","))
    return facts


def current():
    try:
        return describe((TLS / "current" / "chain.pem").read_text())
    except (FileNotFoundError, Failure):
        return None


def replace_link(link, target):
    temporary = link.with_name(link.name + ".new")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    os.replace(temporary, link)


def select():
    """Links the configuration that fits; nginx is told by the caller."""
    enabled = NGINX / "enabled"
    enabled.mkdir(parents=True, exist_ok=True)
    if (TLS / "current" / "key.pem").exists():
        replace_link(enabled / "https.conf", "../https.conf")
        replace_link(enabled / "http.conf", "../http-redirect.conf")
    else:
        (enabled / "https.conf").unlink(missing_ok=True)
        replace_link(enabled / "http.conf", "../http-pending.conf")


def put(chain, key, names):
    """Checks a certificate and lets nginx serve it; a refused one changes nothing."""
    facts = describe(chain)
    if openssl("x509", "-noout", "-pubkey", stdin=chain) != openssl("pkey", "-pubout", stdin=key):
        raise Failure("the private key does not belong to the certificate")
    missing = [name for name in names if name not in facts["names"]]
    if missing:
        raise Failure(f"the certificate does not name {', '.join(missing)}")
    if facts["notAfter"] <= time.time():
        raise Failure("the certificate has expired")
    folder = TLS / hashlib.sha256((chain + key).encode()).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, text, mode in (("chain.pem", chain, 0o644), ("key.pem", key, 0o600)):
        with open(folder / name, "w", opener=lambda path, flags: os.open(path, flags, mode)) as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    before = os.readlink(TLS / "current") if (TLS / "current").is_symlink() else None
    replace_link(TLS / "current", folder.name)
    select()
    test = run("nginx", "-t", "-q")
    if test.returncode != 0:
        if before is None:
            (TLS / "current").unlink()
        else:
            replace_link(TLS / "current", before)
        select()
        raise Failure(f"nginx refuses the certificate: {test.stderr.strip()}")
    reload = run("systemctl", "reload-or-restart", "nginx.service")
    if reload.returncode != 0:
        raise Failure(f"nginx does not reload: {reload.stderr.strip()}")
    for old in TLS.iterdir():
        if old.is_dir() and not old.is_symlink() and old.name not in (folder.name, before):
            shutil.rmtree(old)
    return facts


def dig(*arguments):
    return [line for line in run("dig", "+short", "+time=3", "+tries=1", *arguments).stdout.splitlines() if line and line[0] != ";"]


def authority(name):
    """The address of the primary name server of the zone that holds the name, or None."""
    labels = name.split(".")
    for start in range(len(labels) - 1):
        # A CNAME in the answer comes as a name of its own line; SOA lines have seven parts.
        soa = [parts for parts in (line.split() for line in dig("SOA", ".".join(labels[start:]))) if len(parts) == 7]
        if soa:
            addresses = dig("A", soa[0][0])
            return addresses[0] if addresses else None
    return None


def wait_for_names(site):
    deadline = time.monotonic() + WAIT_FOR_NAME
    while True:
        waiting = []
        for name in site["names"]:
            server = authority(name)
            # Never the machine's own resolver: it answers for the machine's own name from /etc/hosts.
            seen = dig(f"@{server}", "A", name) if server else []
            if site["address"] not in seen:
                waiting.append(f"{name} points to {', '.join(seen) or 'nothing'}, expected {site['address']}")
        if not waiting:
            return
        if time.monotonic() > deadline:
            raise Failure(f"waiting for DNS: {'; '.join(waiting)}. Have the record set, then run up again", 75)
        time.sleep(2)


def check_caa(site):
    """RFC 8659: the closest CAA set on the way up decides; none at all allows every authority."""
    for name in site["names"]:
        labels = name.split(".")
        for start in range(len(labels)):
            records = dig("CAA", ".".join(labels[start:]))
            # A CNAME in the answer comes as a name of its own line; CAA lines have three parts.
            issuers = [part[2].strip('"') for part in (line.split(None, 2) for line in records) if len(part) == 3 and part[1] == "issue"]
            if issuers:
                if site["acme"]["caaIssuer"] not in [issuer.split(";")[0].strip() for issuer in issuers]:
                    raise Failure(f"CAA of {'.'.join(labels[start:])} allows {', '.join(issuers)} only, not {site['acme']['caaIssuer']}")
                break


def client(site, names, *verb):
    """One run of the ACME client."""
    env = dict(os.environ)
    if ACME_CA.exists():
        env["LEGO_CA_CERTIFICATES"] = str(ACME_CA)
    command = ["lego", "--accept-tos", "--email", site["acme"]["email"], "--server", site["acme"]["directory"],
               "--path", str(LEGO), "--key-type", "ec256", "--http", "--http.webroot", str(WEBROOT)]
    for name in names:
        command += ["--domains", name]
    return run(*command, *verb, env=env)


def last_words(result):
    words = [line for line in result.stderr.splitlines() if line.strip()]
    return words[-1] if words else "no reason"


def order(site):
    """Its account is made anew when the server does not know it any more."""
    WEBROOT.mkdir(parents=True, exist_ok=True)
    result = client(site, site["names"], "run")
    if result.returncode != 0 and "accountDoesNotExist" in result.stderr:
        shutil.rmtree(LEGO / "accounts", ignore_errors=True)
        result = client(site, site["names"], "run")
    if result.returncode != 0:
        raise Failure(f"the ACME server {site['acme']['directory']} gave no certificate: {last_words(result)}")
    # The client names its files after the first domain.
    files = LEGO / "certificates"
    return (files / f"{site['names'][0]}.crt").read_text(), (files / f"{site['names'][0]}.key").read_text()


def due(facts, site):
    if facts is None or not set(site["names"]) <= set(facts["names"]):
        return True
    return facts["notAfter"] - time.time() < (facts["notAfter"] - facts["notBefore"]) / 3


def obtain():
    site = json.loads(SITE.read_text())
    if not REVOKED.exists() and not due(current(), site):
        return current()
    wait_for_names(site)
    check_caa(site)
    chain, key = order(site)
    facts = put(chain, key, site["names"])
    REVOKED.unlink(missing_ok=True)
    return facts


def install():
    delivered = json.load(sys.stdin)
    return put(delivered["chain"], delivered["key"], json.loads(SITE.read_text())["names"])


def revoke():
    """May be run again. What is served stays; nothing renews it until somebody obtains one anew."""
    site = json.loads(SITE.read_text())
    if REVOKED.exists():
        return current()
    if not (LEGO / "certificates" / f"{site['names'][0]}.crt").exists():
        return None
    # The client files the one certificate of all names under the first.
    result = client(site, site["names"][:1], "revoke", "--reason", CESSATION)
    if result.returncode != 0 and "alreadyRevoked" not in result.stderr:
        raise Failure(f"the ACME server does not take the certificate back: {last_words(result)}")
    REVOKED.touch()
    return current()


def say(facts):
    if facts is None:
        print(json.dumps({"state": "none"}))
    else:
        days = (facts["notAfter"] - time.time()) / 86400
        print(json.dumps({"state": "served", "daysLeft": int(days), **facts}, sort_keys=True))


def main(verb):
    with open("/run/farm-certificate.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if verb == "select":
            select()
        elif verb == "status":
            say(current())
        elif verb == "renew" and REVOKED.exists():
            say(current())
        elif verb in ("obtain", "renew"):
            say(obtain())
        elif verb == "install":
            say(install())
        elif verb == "revoke":
            say(revoke())
        else:
            raise Failure(f"unknown verb {verb!r}: obtain, renew, install, revoke, select or status")


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) == 2 else "")
    except Failure as failure:
        name = json.loads(SITE.read_text())["id"] if SITE.exists() else "this machine"
        print(f"{name}: {failure}", file=sys.stderr)
        sys.exit(failure.code)
