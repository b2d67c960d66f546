import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createProxy } from "node:http";
import { createServer } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { examineSite } from "../../../cli/release-health.ts";
import { type RollOrder, rollRelease } from "../../../cli/release-roll.ts";
import { visitPage } from "../../../cli/visit.ts";
import { issueCustomerCertificate } from "../../../lab/ca/customer.ts";
import { checkout } from "../../../lib/paths.ts";
import { tryRun } from "../../../lib/run.ts";
import type { Farm } from "../../../model/farm.ts";
import { XoClient } from "../../../providers/xenops/xo-client.ts";
import { allrisnet, neighbour, tenant } from "../model/fixtures.ts";
import { farmOf, window } from "../model/window-fixtures.ts";
import { createParams, type Lab, secrets, startLab } from "../xo/support/start.ts";

const farmCommand = (...args: string[]) =>
  tryRun(process.execPath, [join(checkout, "cli", "main.ts"), ...args], {
    env: { FARM_HOME: join(tmpdir(), "farm-without-a-lab") },
  });

describe("./farm release list", () => {
  test("says who runs what, from the files alone", async () => {
    const { code, stdout } = await farmCommand("release", "list", "--json");
    expect(code).toBe(0);
    const rows = JSON.parse(stdout) as { version: string; administrations: { id: string; ring: string }[] }[];
    expect(rows.map(({ version }) => version)).toEqual(["4.1.7", "4.1.8", "4.1.9"]);
    expect(rows[0]).toMatchObject({ build: "4170039", source: { file: "allrisnet-4.1.7.war" } });
    expect(rows.flatMap(({ administrations }) => administrations)).toContainEqual({
      id: "hohenbrueck",
      ring: "pilot",
    });
    const text = (await farmCommand("release", "list")).stdout;
    expect(text).toMatch(/^4\.1\.7 .*allrisnet-4\.1\.7\.war .*hohenbrueck \(pilot\)/m);
  });

  test("a ring that there is not: exit code 2", async () => {
    const { code, stderr } = await farmCommand("release", "roll", "--release", "4.1.8", "--ring", "pilots");
    expect(code).toBe(2);
    expect(stderr).toContain("Allowed choices are pilot, standard, late");
  });
});

/** A page as a site of this release has it. */
const page = (id: string, said: string) =>
  `<html><head><meta name="description" content="ALLRIS net Version ${said}"><meta name="farm-site" content="${id}"></head></html>`;

describe("./farm release roll", () => {
  let root: string;
  let xo: Lab;
  let client: XoClient;
  let route: { proxy: string; authorities: string[] };
  const ports: AddressInfo[] = [];
  const closing: (() => void)[] = [];
  /** What the sites answer, by host and path. */
  const pages = new Map<string, { status: number; body: string }>();
  const vms = new Map<string, string>();

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), "farm-roll-"));
    xo = await startLab();
    client = new XoClient({ url: `ws://127.0.0.1:${xo.port}`, token: secrets.token });
    const names = ["ratsinfo.hohenbrueck.de", "zweite.hohenbrueck.de"];
    const folder = join(root, "certificate");
    await issueCustomerCertificate({ folder, names, days: 3, authorities: join(root, "ca"), roots: root });
    const read = (file: string) => readFileSync(join(folder, file));
    const site = createServer({ cert: read("chain.pem"), key: read("key.pem") }, (request, response) => {
      const { status, body } = pages.get(`${request.headers.host}${request.url}`) ?? {
        status: 404,
        body: "",
      };
      response.writeHead(status).end(body);
    });
    // As the lab's own: the only one that knows where the sites are.
    const proxy = createProxy().on("connect", (_request, socket) => {
      const { port } = ports[0] ?? { port: 0 };
      const onward = connect(port, "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
        onward.pipe(socket).pipe(onward);
      });
      onward.on("error", () => socket.destroy());
      socket.on("error", () => onward.destroy());
    });
    for (const server of [site, proxy]) {
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      ports.push(server.address() as AddressInfo);
      closing.push(() => server.close());
    }
    route = {
      proxy: `http://127.0.0.1:${ports[1]?.port}`,
      authorities: [readFileSync(join(root, "customer-ca.pem"), "utf8")],
    };
    for (const id of ["hohenbrueck", "zweite"]) {
      const tags = ["farm=allris-farm/lab", `tenant=${id}`];
      vms.set(
        id,
        String(await xo.farm.call("vm.create", await createParams(xo.farm, `allris-${id}`, { tags }))),
      );
    }
  });

  afterAll(async () => {
    client.close();
    for (const close of closing) close();
    await xo.remove();
    rmSync(root, { recursive: true });
  });

  beforeEach(() => {
    pages.clear();
    rmSync(join(root, "tenants"), { recursive: true, force: true });
  });

  const noteInstalled = (id: string, value: string) =>
    xo.admin.call("customField.set", { id: vms.get(id), name: "allrisnet-release", value });

  /** Writes tenant files as a person would and returns the farm that they make. */
  function files(...tenants: readonly object[]): Farm {
    const folder = join(root, "tenants");
    mkdirSync(folder);
    for (const value of tenants) {
      const id = String(Reflect.get(value, "id"));
      const text = `// Who: ${id}\nexport const x = defineTenant(${JSON.stringify(value, undefined, 2)});\n`;
      writeFileSync(join(folder, `${id}.ts`), text);
    }
    return farmOf({ at: "2026-11-25T09:00:00+01:00", windows: [window()], tenants });
  }

  const textOf = (id: string) => readFileSync(join(root, "tenants", `${id}.ts`), "utf8");
  const roll = (farm: Farm, order: RollOrder) =>
    rollRelease(order, {
      farm,
      folder: join(root, "tenants"),
      examine: (each, release) => examineSite(each, release, { xo: client, stack: "allris-farm/lab", route }),
    });

  const pilot = (release: string, more: object = {}) =>
    tenant({ allrisnet: allrisnet({ release, ring: "pilot", ...more }) });
  const standard = (differs: object = {}) => neighbour("nachbar", 12, { allrisnet: allrisnet(differs) });
  const late = neighbour("zuletzt", 13, { allrisnet: allrisnet({ ring: "late" }) });

  test("writes the release into the files of the ring only, and says what comes of it", async () => {
    const farm = files(pilot("4.1.7"), standard(), late);
    const before = textOf("hohenbrueck");
    const rolled = await roll(farm, { version: "4.1.8", ring: "pilot" });
    expect(rolled).toEqual({
      version: "4.1.8",
      ring: "pilot",
      already: [],
      changed: [
        {
          tenant: "hohenbrueck",
          file: "tenants/hohenbrueck.ts",
          from: "4.1.7",
          plan: expect.stringMatching(
            /^hohenbrueck: ALLRIS net 4\.1\.7 → 4\.1\.8 is held until window 2026-12-08/,
          ),
        },
      ],
    });
    expect(textOf("hohenbrueck")).toBe(before.replace('"4.1.7"', '"4.1.8"'));
    expect(textOf("nachbar")).toContain('"release": "4.1.7"');
  });

  test("what has the release already is not touched, and no site is asked for nothing", async () => {
    const farm = files(pilot("4.1.8"), standard());
    expect(await roll(farm, { version: "4.1.8", ring: "pilot" })).toMatchObject({
      changed: [],
      already: ["hohenbrueck"],
    });
  });

  test("an emergency is written beside it and runs at once", async () => {
    const order = { version: "4.1.8", ring: "pilot", emergency: "CVE-2026-4711" } as const;
    const { changed } = await roll(files(pilot("4.1.7"), standard()), order);
    expect(textOf("hohenbrueck")).toContain('"release": "4.1.8",\n    emergency: "CVE-2026-4711",\n');
    expect(changed[0]?.plan).toContain("as an emergency (CVE-2026-4711)");
  });

  test.each([
    [
      { version: "4.1.88", ring: "pilot" },
      /4\.1\.88 is no release of releases\/.*\n.*--release\n.*did you mean "4\.1\.8"/,
    ],
    [{ version: "4.1.8", ring: "late" }, /no administration in the ring late\n/],
    [
      { version: "4.1.8", ring: "standard" },
      /The ring standard waits.*\n {2}hohenbrueck: tenants\/hohenbrueck\.ts says 4\.1\.7\n/,
    ],
  ] as const)("%j is refused", async (order, message) => {
    await expect(roll(files(pilot("4.1.7"), standard()), order)).rejects.toThrow(message);
    expect(textOf("nachbar")).toContain('"release": "4.1.7"');
  });

  test("an old emergency is no leave for a new release", async () => {
    const farm = files(pilot("4.1.7", { emergency: "last year's fire" }));
    await expect(roll(farm, { version: "4.1.8", ring: "pilot" })).rejects.toThrow(
      /An emergency of an earlier change/,
    );
    expect(textOf("hohenbrueck")).toContain('"release": "4.1.7"');
  });

  test("parameters that the release does not know stop it before any file is written", async () => {
    const second = neighbour("zweite", 14, {
      allrisnet: allrisnet({ ring: "pilot" }, { feeds: { rss: true } }),
    });
    const farm = files(pilot("4.1.7"), second);
    await expect(roll(farm, { version: "4.1.8", ring: "pilot" })).rejects.toThrow(
      /zweite\.ts: allrisnet\.citizens\.feeds\.rss/,
    );
    expect(textOf("hohenbrueck")).toContain('"release": "4.1.7"');
  });

  describe("the next ring", () => {
    const order = { version: "4.1.8", ring: "standard" } as const;
    const url = "ratsinfo.hohenbrueck.de/public/";

    test("goes when each pilot is healthy on the release", async () => {
      await noteInstalled("hohenbrueck", "4.1.8");
      pages.set(url, { status: 200, body: page("hohenbrueck", "4.1.8 (4180001)") });
      const { changed } = await roll(files(pilot("4.1.8"), standard(), late), order);
      expect(changed.map((each) => each.tenant)).toEqual(["nachbar"]);
    });

    test.each([
      [
        "4.1.7",
        200,
        page("hohenbrueck", "4.1.7 (4170001)"),
        /hohenbrueck: Xen Orchestra says 4\.1\.7 is installed/,
      ],
      [
        "4.1.8",
        200,
        page("hohenbrueck", "4.1.7 (4170001)"),
        /answers with 4\.1\.7 \(4170001\), not 4\.1\.8 \(4180001\)/,
      ],
      [
        "4.1.8",
        200,
        page("hohenbrueck", "4.1.8 (999)"),
        /answers with 4\.1\.8 \(999\), not 4\.1\.8 \(4180001\)/,
      ],
      [
        "4.1.8",
        500,
        page("hohenbrueck", "4.1.8 (4180001)"),
        /https:\/\/ratsinfo\.hohenbrueck\.de\/public\/ answers 500/,
      ],
      ["4.1.8", 200, "<html></html>", /answers with a page that names no version/],
      ["4.1.8", 200, page("zweite", "4.1.8 (4180001)"), /answers with the page of zweite/],
    ])("waits for a pilot: XO says %s, the site %i %s", async (installed, status, body, message) => {
      await noteInstalled("hohenbrueck", installed);
      pages.set(url, { status, body });
      await expect(roll(files(pilot("4.1.8"), standard(), late), order)).rejects.toThrow(message);
      expect(textOf("nachbar")).toContain('"release": "4.1.7"');
    });

    test("the last ring waits for both before it", async () => {
      await noteInstalled("hohenbrueck", "4.1.8");
      pages.set(url, { status: 200, body: page("hohenbrueck", "4.1.8 (4180001)") });
      const farm = files(pilot("4.1.8"), standard({ release: "4.1.8" }), late);
      await expect(roll(farm, { version: "4.1.8", ring: "late" })).rejects.toThrow(
        /The ring late waits.*\n {2}nachbar: Xen Orchestra says nothing is installed\n/,
      );
    });

    test("a site without citizens' pages is asked for the politicians' sign-in", async () => {
      await noteInstalled("zweite", "4.1.8");
      const off = neighbour("zweite", 14, {
        allrisnet: allrisnet({ release: "4.1.8", ring: "pilot" }, { enabled: false }),
      });
      pages.set("zweite.hohenbrueck.de/ri/logon", { status: 200, body: page("zweite", "4.1.8 (4180001)") });
      const { changed } = await roll(files(off, standard()), order);
      expect(changed.map((each) => each.tenant)).toEqual(["nachbar"]);
    });

    test("an authority that visitors do not trust is no answer", async () => {
      await expect(visitPage(`https://${url}`, { proxy: route.proxy })).rejects.toThrow(/certificate/);
      await expect(visitPage("https://elsewhere.de/", route)).rejects.toThrow(/elsewhere\.de/);
    });
  });
});
