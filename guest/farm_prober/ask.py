"""One question to one site, and whether the answer is what it has to be. Who does not answer raises Refused."""

import asyncio
import json
import re
import secrets
import socket
import ssl
import struct
import urllib.parse

# Counts as nobody's traffic: guest/traffic_lines.py leaves it out.
AGENT = "allris-farm-probe/1"
MOST_BYTES = 1_000_000
MOST_REDIRECTS = 3
VERSION = re.compile(rb"ALLRIS net Version ([\w.]+)")
SITE = re.compile(rb'<meta name="farm-site" content="([^"]*)"')


class Refused(Exception):
    """The site answered, and not as it has to; or it did not answer. The text goes into the log."""


def contexts(ca_file):
    """Without a look at the certificate, and with one: whether that decides is for the settings to say."""
    blind = ssl.create_default_context()
    blind.check_hostname = False
    blind.verify_mode = ssl.CERT_NONE
    strict = ssl.create_default_context(cafile=ca_file) if ca_file else ssl.create_default_context()
    for context in (blind, strict):
        context.minimum_version = ssl.TLSVersion.TLSv1_2
    return blind, strict


def reason_of(error):
    """A few words for the log, the same for the same cause."""
    if isinstance(error, Refused):
        return str(error)[:120]
    if isinstance(error, (asyncio.TimeoutError, TimeoutError)):
        return "no answer in time"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"certificate: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS: {error.reason or 'failed'}"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, ConnectionError):
        return "connection lost"
    if isinstance(error, socket.gaierror):
        return "the name is unknown"
    if isinstance(error, OSError):
        return f"network: {error.strerror or error}"
    if isinstance(error, asyncio.IncompleteReadError):
        return "the answer breaks off"
    return f"{type(error).__name__}: {error}"[:120]


async def open_site(site, context):
    host = site.get("address") or site["domain"]
    return await asyncio.open_connection(
        host, site.get("port", 443), ssl=context, server_hostname=site["domain"], limit=MOST_BYTES
    )


async def get(site, path, context):
    """Status, headers and body of one page; each request is a connection of its own, as a new visitor's is."""
    reader, writer = await open_site(site, context)
    try:
        # HTTP/1.0: the body comes in one piece and ends with the connection.
        writer.write(
            f"GET {path} HTTP/1.0\r\nHost: {site['domain']}\r\nUser-Agent: {AGENT}\r\nAccept: */*\r\n\r\n".encode()
        )
        answer = bytearray()
        while len(answer) < MOST_BYTES:
            chunk = await reader.read(65_536)
            if not chunk:
                break
            answer += chunk
        head, found, body = bytes(answer).partition(b"\r\n\r\n")
        status = re.match(rb"HTTP/1\.[01] (\d{3})", head)
        if status is None or not found:
            raise Refused("no answer in HTTP")
        length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
        if length is not None and len(body) < min(int(length[1]), MOST_BYTES - 65_536):
            raise Refused("the answer breaks off")
        return int(status[1]), head, body
    finally:
        writer.transport.abort()


async def page(site, target, context):
    """A page of the application: its own mark has to be on it, and no other administration's. Returns the page."""
    path = target["path"]
    for _ in range(MOST_REDIRECTS + 1):
        status, head, body = await get(site, path, context)
        onward = re.search(rb"\r\nlocation: *(\S+)", head, re.IGNORECASE)
        if status not in (301, 302, 303, 307, 308) or onward is None:
            break
        there = urllib.parse.urlsplit(urllib.parse.urljoin(f"https://{site['domain']}{path}", onward[1].decode()))
        if there.hostname != site["domain"]:
            raise Refused(f"leads to {there.hostname}")
        path = there.path + (f"?{there.query}" if there.query else "")
    else:
        raise Refused("redirects in a circle")
    if status not in target.get("statuses", [200]):
        raise Refused(f"status {status}")
    let_in = target.get("letIn")
    if status != 200 and let_in and let_in.encode() in body:
        raise Refused(f"status {status}")
    # A refusal that is expected, to whoever is in no list of guests, comes from the web server and has no mark.
    if status == 200 and target.get("marker", "").encode() not in body:
        raise Refused("another page than expected")
    whose = SITE.search(body)
    if whose is not None and whose[1].decode(errors="replace") != site["tenant"]:
        raise Refused("another administration's page")
    return body


def version(target, body):
    """What is wrong with the release that a page names; None when it is the expected one."""
    said = VERSION.search(body)
    found = said[1].decode(errors="replace") if said else "none"
    return None if found == target["expected"] else f"version {found}"


async def tls(site, context):
    """The chain, the name and the dates of the certificate."""
    _, writer = await open_site(site, context)
    writer.transport.abort()


async def oparl(site, target, context):
    status, _, body = await get(site, target["path"], context)
    if status != 200:
        raise Refused(f"status {status}")
    try:
        system = json.loads(body)
    except ValueError as error:
        raise Refused("no JSON") from error
    if not isinstance(system, dict) or "oparlVersion" not in system:
        raise Refused("no OParl system")


class Answers(asyncio.DatagramProtocol):
    def __init__(self, answer):
        self.answer = answer

    def datagram_received(self, data, _address):
        if not self.answer.done():
            self.answer.set_result(data)

    def error_received(self, error):
        if not self.answer.done():
            self.answer.set_exception(error)


def skip_name(data, at):
    while True:
        length = data[at]
        if length & 0xC0:
            return at + 2
        at += 1 + length
        if length == 0:
            return at


def addresses_in(data, number):
    """The IPv4 addresses of an answer (RFC 1035, 4.1)."""
    got, flags, questions, answers = struct.unpack(">HHHH", data[:8])
    if got != number or flags & 15:
        raise Refused("the name is unknown" if flags & 15 == 3 else f"name server answers {flags & 15}")
    at, found = 12, []
    for _ in range(questions):
        at = skip_name(data, at) + 4
    for _ in range(answers):
        at = skip_name(data, at)
        kind, _, _, length = struct.unpack(">HHIH", data[at : at + 10])
        at += 10
        if kind == 1 and length == 4:
            found.append(socket.inet_ntoa(data[at : at + 4]))
        at += length
    return found


async def dns(site, target):
    """The name has an address; where it is known which one, that one."""
    number = secrets.randbelow(65_536)
    labels = b"".join(bytes([len(label)]) + label for label in site["domain"].encode("ascii").split(b"."))
    question = struct.pack(">HHHHHH", number, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", 1, 1)
    loop = asyncio.get_running_loop()
    last = Refused("no name server")
    for server in target["nameservers"]:
        answer = loop.create_future()
        try:
            transport, _ = await loop.create_datagram_endpoint(
                lambda: Answers(answer), remote_addr=(server, target.get("port", 53))
            )
        except OSError as error:
            last = error
            continue
        try:
            transport.sendto(question)
            found = addresses_in(await asyncio.wait_for(answer, target.get("patience", 3)), number)
        except (OSError, asyncio.TimeoutError, IndexError, struct.error) as error:
            last = error
            continue
        finally:
            transport.close()
        if not found:
            raise Refused("the name has no address")
        if target.get("expected") and target["expected"] not in found:
            raise Refused(f"the name leads to {', '.join(sorted(found))}"[:100])
        return
    raise last
