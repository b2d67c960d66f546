import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { renderBundle } from "../../../guest/bundle.ts";
import { checkout } from "../../../lib/paths.ts";
import { tryRun } from "../../../lib/run.ts";
import { argsOf, office, open, type RenderedBundle, releases, town } from "./samples.ts";

let root: string;
const at = (path: string): string => join(root, path);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "farm-apply-"));
});
afterEach(() => rmSync(root, { recursive: true }));

const start = `
import json, os, pathlib, sys
sys.dont_write_bytecode = True
sys.path.insert(0, ${JSON.stringify(join(checkout, "guest"))})
from farm_apply import secret_files
from farm_apply.change import Change
from farm_apply.machine import Failure, Machine
from farm_apply.parameters import Parameters
os.umask(0o077)
given = json.load(sys.stdin)
machine = Machine(given["root"])
machine.group = None
machine.application = ("127.0.0.1", given["port"])
def sets(): return Parameters(machine, given["parameters"])
`;

/** What the lines print or fail with, on a machine whose root is the test's folder. */
async function python(lines: string, given: object = {}): Promise<string> {
  const input = JSON.stringify({ root, port: 1, ...given });
  const result = await tryRun("python3", ["-I", "-c", `${start}\n${lines}`], { input });
  const failure = /farm_apply\.machine\.Failure: ([\s\S]*)\n$/.exec(result.stderr)?.[1];
  if (failure !== undefined) return `failure: ${failure}`;
  if (result.code !== 0) throw new Error(result.stderr);
  return result.stdout;
}

/** A machine on which this release is installed. */
function install(version: string): void {
  mkdirSync(at("srv/allrisnet/generations/1"), { recursive: true });
  writeFileSync(at("srv/allrisnet/generations/1/generation.json"), JSON.stringify({ version }));
  symlinkSync("generations/1", at("srv/allrisnet/current"));
}

function given(bundle: RenderedBundle = open(argsOf(town))): { parameters: RenderedBundle["parameters"] } {
  return { parameters: bundle.parameters };
}

/** The set with another text in one of its files. */
function spoiled(name: string, from: string | RegExp, to: string): object {
  const { parameters } = given();
  const text = Buffer.from(parameters.files[name] ?? "", "base64").toString("latin1");
  const changed = text.replace(from, to);
  if (changed === text) throw new Error(`${name} holds nothing like ${from}`);
  const files = { ...parameters.files, [name]: Buffer.from(changed, "latin1").toString("base64") };
  return { parameters: { ...parameters, files } };
}

const validate = "sets().place(); sets().validate('hohenbrueck'); print('fit')";

describe("a set of parameters on the machine", () => {
  it("lies whole under its name, readable by everybody, and is written once", async () => {
    const lines = `${validate}\nbefore = sets().folder.stat().st_ino\nsets().place()\nprint(before == sets().folder.stat().st_ino)`;
    expect(await python(lines, given())).toBe("fit\nTrue\n");
    const folder = at(`etc/allrisnet/sets/${given().parameters.name}`);
    expect(readdirSync(folder).sort()).toEqual(["allrisnet.properties", "logo.svg", "presentations.xml"]);
    for (const path of ["", "/presentations.xml"]) expect(statSync(folder + path).mode & 0o004).toBe(0o004);
    expect(readdirSync(at("etc/allrisnet/sets"))).toEqual([given().parameters.name]);
  });

  it("is written again when something is missing of it", async () => {
    await python("sets().place()", given());
    const folder = at(`etc/allrisnet/sets/${given().parameters.name}`);
    writeFileSync(join(folder, "presentations.xml"), "<half");
    rmSync(join(folder, "logo.svg"));
    expect(await python(validate, given())).toBe("fit\n");
  });

  it.each([
    ["presentations.xml", "</presentations>", "", /^failure: presentations\.xml is no XML: no element found/],
    [
      "presentations.xml",
      'release="4.1.7"',
      'release="4.1.8"',
      /presentations\.xml is that of hohenbrueck, release 4\.1\.8/,
    ],
    [
      "allrisnet.properties",
      "bi.enabled=true",
      "bi.enabled true",
      /allrisnet\.properties cannot be read, line \d+/,
    ],
    ["allrisnet.properties", "\\u00FC", "\\u00G", /allrisnet\.properties cannot be read, line \d+/],
    [
      "allrisnet.properties",
      "ri.enabled=true\n",
      "ri.enabled=true\nri.enabled=false\n",
      /says ri\.enabled twice/,
    ],
    [
      "allrisnet.properties",
      "system.id=hohenbrueck",
      "system.id=auental",
      /is that of auental, release 4\.1\.7/,
    ],
  ])("is refused when %s is unfit (%j)", async (name, from, to, why) => {
    expect(await python(validate, spoiled(name, from, to))).toMatch(why);
  });

  it("is taken over by a link that can be taken back, and sets that nobody names go", async () => {
    install("4.1.7");
    const [, next] = releases;
    const later = given(open(argsOf(town, { release: next })));
    const roll = "change = Change(); sets().place(); sets().swing(change)";
    await python(`${roll}; sets().clean()`, given());
    const first = readlinkSync(at("etc/allrisnet/4.1.7"));
    expect(first).toBe(`sets/${given().parameters.name}`);

    await python(`${roll}; change.undo()`, later);
    expect(existsSync(at("etc/allrisnet/4.1.8"))).toBe(false);
    await python(`${roll}; sets().clean()`, later);
    expect(readlinkSync(at("etc/allrisnet/4.1.7"))).toBe(first);
    expect(readdirSync(at("etc/allrisnet/sets"))).toHaveLength(2);

    writeFileSync(at("srv/allrisnet/generations/1/generation.json"), '{"version": "4.1.8"}');
    const other = given(open(argsOf(town, { release: next, logo: Buffer.from("<svg/>") })));
    await python(`${roll}; sets().clean()`, other);
    expect(readdirSync(at("etc/allrisnet")).sort()).toEqual(["4.1.8", "sets"]);
    expect(readdirSync(at("etc/allrisnet/sets"))).toEqual([other.parameters.name]);
  });
});

describe("the application's own check", () => {
  let server: Server;
  let answer: { status: number; text: string };
  const asked: string[] = [];
  const ask = "sets().place(); print(sets().ask('ratsinfo.hohenbrueck.de'))";

  beforeEach(async () => {
    asked.length = 0;
    server = createServer((request, response) => {
      asked.push(`${request.headers.host} ${request.url}`);
      response.writeHead(answer.status).end(answer.text);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterEach(() => server.close());
  const port = (): number => (server.address() as AddressInfo).port;

  it("is asked about the folder that is not live yet", async () => {
    install("4.1.7");
    answer = { status: 200, text: "" };
    expect(await python(ask, { ...given(), port: port() })).toBe("True\n");
    const folder = at(`etc/allrisnet/sets/${given().parameters.name}`);
    expect(asked).toEqual([
      `ratsinfo.hohenbrueck.de /internal/check?${new URLSearchParams({ parameters: folder })}`,
    ]);
    expect(existsSync(at("etc/allrisnet/4.1.7"))).toBe(false);
  });

  it("stops the roll-out with all its reasons", async () => {
    install("4.1.7");
    answer = { status: 422, text: "bi.indexing: missing\nri.label: missing\n" };
    expect(await python(ask, { ...given(), port: port() })).toBe(
      "failure: ALLRIS net 4.1.7 refuses the parameters: bi.indexing: missing; ri.label: missing",
    );
  });

  it("is left out while another release runs, none, or one that does not answer", async () => {
    answer = { status: 422, text: "never asked" };
    expect(await python(ask, { ...given(), port: port() })).toBe("False\n");
    install("4.1.6");
    expect(await python(ask, { ...given(), port: port() })).toBe("False\n");
    expect(asked).toEqual([]);
    writeFileSync(at("srv/allrisnet/generations/1/generation.json"), '{"version": "4.1.7"}');
    expect(await python(ask, { ...given(), port: 1 })).toBe("False\n");
    answer = { status: 500, text: "broken" };
    expect(await python(ask, { ...given(), port: port() })).toBe("False\n");
  });
});

describe("a change", () => {
  it("is taken back to the byte: contents, permissions, links, what was not there", async () => {
    mkdirSync(at("etc"));
    writeFileSync(at("etc/kept"), "kept\u00fc\r\n");
    writeFileSync(at("etc/replaced"), Buffer.from([0xff, 0x00, 0x0a]));
    chmodSync(at("etc/replaced"), 0o640);
    writeFileSync(at("etc/removed"), "removed");
    symlinkSync("kept", at("etc/link"));
    const lines = `
etc = machine.at("/etc")
change = Change()
change.put(etc / "kept", "kept\\u00fc\\r\\n".encode(), 0o644)
change.put(etc / "replaced", b"new", 0o644)
change.put(etc / "replaced", b"newer", 0o644)
change.put(etc / "deep/new", b"new", 0o755)
change.remove(etc / "removed")
change.remove(etc / "absent")
change.link(etc / "link", "replaced")
change.link(etc / "other", "kept")
print(sorted(path.name for path in change.before), (etc / "replaced").read_bytes(), oct((etc / "deep/new").stat().st_mode))
print(change.touches(etc / "deep"), change.touches(etc / "elsewhere"))
change.undo()`;
    chmodSync(at("etc/kept"), 0o644);
    expect(await python(lines)).toBe(
      "['link', 'new', 'other', 'removed', 'replaced'] b'newer' 0o100755\nTrue False\n",
    );
    expect(readFileSync(at("etc/replaced"))).toEqual(Buffer.from([0xff, 0x00, 0x0a]));
    expect(statSync(at("etc/replaced")).mode & 0o777).toBe(0o640);
    expect(readFileSync(at("etc/removed"), "utf8")).toBe("removed");
    expect(readlinkSync(at("etc/link"))).toBe("kept");
    expect(readdirSync(at("etc")).sort()).toEqual(["deep", "kept", "link", "removed", "replaced"]);
    expect(readdirSync(at("etc/deep"))).toEqual([]);
  });
});

describe("secrets on the machine", () => {
  const place = "secret_files.place(machine, given['secrets'])";
  const folder = (): string => at("etc/allrisnet/secrets");

  it("are for their group alone, to the byte, and nothing is said", async () => {
    const secrets = { "ldap-bind-password": "gehe\u00efm\n\"'$(x)", "saml-key": "-----BEGIN" };
    expect(await python(place, { secrets })).toBe("");
    expect(readFileSync(join(folder(), "ldap-bind-password"), "utf8")).toBe("gehe\u00efm\n\"'$(x)");
    expect(statSync(join(folder(), "ldap-bind-password")).mode & 0o777).toBe(0o640);
    expect(statSync(folder()).mode & 0o777).toBe(0o750);
    await python("secret_files.clean(machine, ['saml-key'])");
    expect(readdirSync(folder())).toEqual(["saml-key"]);
  });

  it("are missed by name, and their names are no paths", async () => {
    expect(await python("secret_files.require(machine, ['saml-key'])")).toBe(
      "failure: the secret saml-key is not on this machine",
    );
    const refused = await python(place, { secrets: { "../../database.password": "geheim" } });
    expect(refused).toMatch(/^failure: /);
    expect(refused).not.toContain("geheim");
    expect(await python(`machine.group = "no-such-group"; ${place}`, { secrets: { a: "geheim" } })).toBe(
      "failure: this machine has no group no-such-group: its template is older than version 2",
    );
  });
});

describe("the bundle as a program", () => {
  it.each([
    [["apply"], "amt-seenplatte: the uploaded bundle is not the one of this run\n"],
    [["undo"], "amt-seenplatte: apply or secrets\n"],
  ])("finds its own parts, and refuses %j before it touches anything", async (verb, said) => {
    const { text, values } = renderBundle(argsOf(office));
    writeFileSync(at("site.py"), text);
    const stale = JSON.stringify({ ...values, bundle: "0".repeat(64) });
    const result = await tryRun("python3", ["-I", "site.py", ...verb], { cwd: root, input: stale });
    expect(result).toEqual({ code: 1, stdout: "", stderr: said });
  });
});
