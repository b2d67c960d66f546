"""How the site answers, asked by its own name."""

import http.client
import time

from .machine import Failure, run
from .parameters import fetch

# Not counted as traffic of the administration.
AGENT = "allris-farm-probe/1"
ENTRIES = (("citizens", "/citizens/"), ("politicians", "/politicians/logon"))


def application_answers(machine, values):
    """Whether the application shows its first page. What was broken before is no reason to take a change back."""
    if not machine.current.exists():
        return False
    path = next(path for name, path in ENTRIES if values["allrisnet"][name]["enabled"])
    try:
        return fetch(machine, values["domain"], path)[0] < 500
    except (OSError, http.client.HTTPException):
        return False


def ask(domain, url, *options):
    """Status, text and the client's complaint. Certificates are not judged: an expired one must not stop its own cure."""
    answer = run(
        "curl", "--silent", "--show-error", "--insecure", "--max-time", "15", "--user-agent", AGENT,
        "--write-out", "\n%{http_code}", *options, url,
    )
    text, _, status = answer.stdout.rpartition("\n")
    return status, text, answer.stderr.strip()


def expect(domain, url, statuses, marker, *options):
    """Asks until the answer is as expected: a reload takes a moment to reach the workers."""
    for _ in range(20):
        status, text, complaint = ask(domain, url, *options)
        if (statuses is None or status in statuses) and marker in text:
            return
        time.sleep(0.25)
    wanted = "any answer" if statuses is None else " or ".join(statuses)
    lacks = f" and {marker}" if marker and marker not in text else ""
    raise Failure(f"{url} answers {status} {complaint}".strip() + f" on this machine, expected {wanted}{lacks}")


def check(machine, values, was_answering):
    """
    Past TLS first, then as visitors do, over the machine's own address.
    With `was_answering` the first page of ALLRIS net has to be there.
    """
    domain, address = values["domain"], values["address"]
    marker = f'<meta name="farm-site" content="{values["id"]}">'
    installed = machine.current.exists()
    presentations = values["allrisnet"]
    # The politicians' alone may be closed to everybody but some networks, and so to this address.
    closed = not presentations["citizens"]["enabled"] and presentations["politicians"]["ipAllowlist"]
    page = (("200", "403") if closed else ("200",), marker) if was_answering or not installed else (None, "")
    follow = ("--location", "--max-redirs", "5")
    expect(domain, "http://127.0.0.1:8081/", *page, "--header", f"Host: {domain}", *follow)

    at = ("--resolve", f"{domain}:80:{address}", "--resolve", f"{domain}:443:{address}")
    if not machine.certificate.exists():
        return expect(domain, f"http://{domain}/", ("503",), marker, *at)
    expect(domain, f"http://{domain}/", ("308",), "", *at)
    if values["issuer"] == "cloudflare-origin":
        # Without the edge's certificate nobody gets further than this.
        expect(domain, f"https://{domain}/", ("400",), "", *at)
    elif machine.maintenance.exists():
        expect(domain, f"https://{domain}/", ("503",), marker, *at)
    else:
        expect(domain, f"https://{domain}/", *page, *at, *follow)
