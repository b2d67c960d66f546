"""One line of nginx's log: what it says, whose it is, and how it grows old. Used by the program beside it."""

import datetime
import hashlib
import ipaddress
import json
import re
import zoneinfo

BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
CLASSES = ("people", "robots", "clients", "other")
PROBE = "allris-farm-probe/1"

SEARCH = re.compile(
    r"googlebot|bingbot|bingpreview|yandex|baiduspider|duckduckbot|applebot|slurp|qwant|seznambot|petalbot"
    r"|mojeekbot|amazonbot|gptbot|oai-searchbot|claudebot|perplexitybot|bytespider|ccbot",
    re.IGNORECASE,
)
ROBOT = re.compile(r"bot\b|crawl|spider|archiver|scrapy|headlesschrome", re.IGNORECASE)
INTERFACE = re.compile(r"/(oparl|ics)(/|$)", re.IGNORECASE)
BROWSER = re.compile(r"^(Mozilla|Opera)/")

START = '{"time":"'
TIME = re.compile(r"2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d([+-]\d\d:\d\d|Z)")
# nginx writes 000 where no answer was begun; JSON knows no such number.
PADDED_STATUS = re.compile(r'"status":0+(?=\d)')

moments = {}


def day_of(at):
    return at.astimezone(BERLIN).date().isoformat()


def moment(text):
    """Day in Europe/Berlin and seconds since 1970. Minutes are kept: each is the same for many lines."""
    minute = text[:16] + text[19:]
    if minute not in moments:
        at = datetime.datetime.fromisoformat(text[:17] + "00" + text[19:])
        moments[minute] = (day_of(at), int(at.timestamp()))
    day, seconds = moments[minute]
    return day, seconds + int(text[17:19])


def is_number(value):
    return type(value) is int and value >= 0


def parse(line):
    """The entry of a line, or None. A line that a power cut tore has the next one's whole entry behind it."""
    text = line.strip(b"\0\r\n ").decode("utf-8", "replace")
    for candidate in (text, text[text.rfind(START):]) if START in text[1:] else (text,):
        try:
            entry = json.loads(PADDED_STATUS.sub('"status":', candidate))
            if not (TIME.fullmatch(entry["time"]) and is_number(entry["bytes"])):
                continue
            moment(entry["time"])
            if is_number(entry.setdefault("received", 0)):
                return entry
        except (ValueError, KeyError, TypeError, RecursionError):
            pass
    return None


def fingerprint(entry):
    """The same for a line before and after its address was shortened."""
    rest = {key: value for key, value in entry.items() if key != "address"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()[:32]


def client_class(agent, path):
    """A search engine that reads OParl is a robot; an unknown robot that reads OParl is what OParl is for."""
    if SEARCH.search(agent):
        return "robots"
    if INTERFACE.search(path) or "oparl" in agent.lower():
        return "clients"
    if ROBOT.search(agent):
        return "robots"
    return "people" if BROWSER.match(agent) else "other"


def shortened(address):
    """Without the last 8 bits of IPv4 (/24), and the last 80 of IPv6 (/48)."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "-"
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    prefix = 24 if parsed.version == 4 else 48
    return str(ipaddress.ip_network(f"{parsed}/{prefix}", strict=False).network_address)


def aged(entry):
    """An entry's line with the address shortened; in ASCII, so that it can be written whatever the agent was."""
    short = {**entry, "address": shortened(str(entry.get("address", "")))}
    return json.dumps(short, separators=(",", ":")).encode() + b"\n"
