import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { renderParameterSet } from "../../guest/allrisnet/files.ts";
import { enabledUnits, units } from "../../guest/allrisnet/units.ts";
import { releaseCommand, releaseProgram } from "../../guest/release-program.ts";
import { buildRelease } from "../../lab/allrisnet/build.ts";
import { labReleases } from "../../lab/allrisnet/versions.ts";
import { run } from "../../lib/run.ts";
import type { Release } from "../../model/allrisnet/release.ts";
import { argsOf, sampleTenant } from "../unit/guest/samples.ts";
import { backupFiles, testBackup } from "./backup-on-machine.ts";
import { address, until, useOwnLab } from "./own-lab.ts";

const checks = { citizens: "/public/", politicians: "/ri/", oparl: "/public/oparl/system" };
const tenant = sampleTenant(
  { licensedModules: ["app", "oparl", "totp"] },
  { oparl: { enabled: true, license: "https://x.de/l" } },
);

interface Result {
  readonly outcome: string;
  readonly story: string;
  readonly failedStep?: string;
  readonly awaySeconds?: number;
  readonly steps?: readonly { readonly step: string; readonly seconds: number }[];
}

/** What a roll-out puts on a machine, as far as releases need it, in a folder with the machine's paths. */
function machineFiles(): string {
  const root = mkdtempSync(join(tmpdir(), "farm-release-"));
  const put = (path: string, content: string | Buffer, mode = 0o644): void => {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), content);
    chmodSync(join(root, path), mode);
  };
  for (const { path, mode, content } of [...releaseProgram(), ...backupFiles])
    put(path, content, Number.parseInt(mode, 8));
  for (const [name, content] of Object.entries(units)) put(`/etc/systemd/system/${name}`, content);
  const args = argsOf(tenant);
  const last = args.releases.at(-1) as Release;
  for (const known of labReleases) {
    const release = args.releases.find(({ version }) => version === known.version) ?? { ...last, ...known };
    const releases = [...args.releases, release];
    const { name, files } = renderParameterSet({ ...args, administration: args.values, release, releases });
    for (const [file, content] of Object.entries(files))
      put(`/etc/allrisnet/sets/${name}/${file}`, Buffer.from(content, "base64"));
    symlinkSync(`sets/${name}`, join(root, "etc/allrisnet", known.version));
  }
  mkdirSync(join(root, "etc/allrisnet/secrets"));
  for (const { version } of labReleases) buildRelease(version, join(root, "srv/archives"));
  return root;
}

describe("the release program on a guest, with the application, Tomcat and PostgreSQL", () => {
  const own = useOwnLab();
  const archives = new Map<string, string>();
  let runs = 0;

  const guest = (command: string): Promise<string> => own().ssh(command);
  const release = (verb: string): Promise<string> => guest(`sudo ${releaseCommand} ${verb}`);
  const status = async () => JSON.parse(await release("status"));

  beforeAll(async () => {
    await own().hypervisor.start({ ...own().spec, memory: 2 ** 30 });
    await own().ready();
    const root = machineFiles();
    for (const { version } of labReleases)
      archives.set(version, buildRelease(version, join(root, "srv/archives")).sha256);
    const tar = `${root}.tar`;
    await run("tar", ["-C", root, "--owner=0", "--group=0", "-cf", tar, "etc", "usr", "srv"]);
    await run("scp", ["-q", "-F", join(own().places.farm, "ssh_config"), tar, `${address}:files.tar`]);
    rmSync(tar);
    rmSync(root, { recursive: true });
    await guest("sudo tar -C / --no-overwrite-dir -xf files.tar && sudo systemctl daemon-reload");
    await guest(`sudo systemctl enable --quiet --now ${[...enabledUnits, "farm-backup.timer"].join(" ")}`);
  });

  function request(version: string): string {
    const build = labReleases.find((known) => known.version === version)?.build;
    const archive = `/srv/upload-${version}.war`;
    const sha256 = archives.get(version);
    const asked = {
      version,
      build,
      sha256,
      archive,
      minimumBaseImage: 2,
      domain: "ratsinfo.example",
      checks,
    };
    return `sudo cp /srv/archives/allrisnet-${version}.war ${archive} && echo '${JSON.stringify(asked)}' |`;
  }

  async function begin(verb: string, version: string): Promise<string> {
    const id = `run-${++runs}`;
    const said = await guest(`${request(version)} sudo ${releaseCommand} begin ${id} ${verb}`);
    expect(JSON.parse(said)).toEqual({ outcome: "done" });
    return id;
  }

  async function follow(id: string): Promise<Result> {
    const last = (await release(`follow ${id} 0`)).split("\n").at(-1) ?? "{}";
    return (JSON.parse(last) as { result: Result }).result;
  }

  async function perform(verb: string, version: string): Promise<Result> {
    return follow(await begin(verb, version));
  }

  /** One release completely: what answers, its database and its files. */
  async function expectWhole(version: string, generation: number): Promise<void> {
    await until(`${version} answers`, async () => (await status()).health.version === version);
    expect(await status()).toMatchObject({
      current: { version, generation, database: `allrisnet_${generation}` },
      running: [generation],
      maintenance: false,
    });
    const page = await guest("curl -sf http://127.0.0.1:8080/citizens/");
    expect(page).toContain(`ALLRIS net Version ${version} (`);
    const note = `sudo -u postgres psql -XAt -d allrisnet_${generation} -c 'SELECT words FROM kept'`;
    expect(await guest(`cd /; ${note}; sudo cat /srv/allrisnet/current/files/kept.txt`)).toBe(
      "in rows\nin files",
    );
  }

  async function setFault(step: string, action: "cut" | "fail"): Promise<void> {
    const point = JSON.stringify({ step, action });
    await guest(`sudo mkdir -p /run/farm && echo '${point}' | sudo tee /run/farm/fault-point >/dev/null`);
  }

  /** Cuts the power in the middle of an update. */
  async function cut(step: string, verb: string, version: string): Promise<void> {
    await setFault(step, "cut");
    await begin(verb, version);
    await until(`${step} is reached`, async () => (await guest("cat /run/farm/fault-reached")) === step);
    await own().hypervisor.stop(own().spec.id, "hard");
    await own().hypervisor.start({ ...own().spec, memory: 2 ** 30 });
    await own().ready();
    await guest("systemctl is-system-running --wait || true");
  }

  test("installs the first release", async () => {
    const result = await perform("install", "4.1.7");
    expect(result).toMatchObject({ outcome: "done", story: "4.1.7 is installed" });
    const table =
      "CREATE TABLE kept (words text); INSERT INTO kept VALUES ('in rows'); ALTER TABLE kept OWNER TO allrisnet";
    await guest(`cd /; sudo -u postgres psql -Xq -d allrisnet_1 -c "${table}"`);
    await guest("echo in files | sudo -u tomcat tee /srv/allrisnet/current/files/kept.txt >/dev/null");
    await expectWhole("4.1.7", 1);
    expect(await guest("ps -o user= -C java")).toBe("tomcat");
  });

  test("starts what is installed at every boot", async () => {
    await own().hypervisor.reboot({ ...own().spec, memory: 2 ** 30 }, "clean");
    await own().ready();
    await expectWhole("4.1.7", 1);
  });

  describe("its backup", () => testBackup(guest));

  test("goes back by itself, with all data, from the release that breaks after its start", async () => {
    const result = await perform("update", "4.1.9");
    expect(result).toMatchObject({ outcome: "back", failedStep: "check" });
    expect(result.story).toMatch(
      /It went back by itself: 4\.1\.7 answers again with its data, after [\d.]+ s away$/,
    );
    process.stderr.write(`broken release: ${result.awaySeconds} s away\n`);
    await expectWhole("4.1.7", 1);
    expect(await guest("ls /srv/allrisnet/generations")).toBe("1");
  });

  test("runs what it ran before, with its data, after a power cut at any step before the commit", async () => {
    const steps = [
      "fetch",
      "verify",
      "unpack",
      "wait",
      "stop",
      "copy-half",
      "copy",
      "migrate",
      "start",
      "check",
    ];
    for (const step of steps) {
      await cut(step, "update", "4.1.8");
      await expectWhole("4.1.7", 1);
      expect([step, await guest("ls /srv/allrisnet/generations")]).toEqual([step, "1"]);
      expect([step, await guest("ls -A /srv/allrisnet/releases | wc -l")]).toEqual([step, "1"]);
    }
  }, 900_000);

  test("runs the new release, with its data, after a power cut at any step from the commit on", async () => {
    let generation = 1;
    for (const step of ["commit", "open", "settle"]) {
      await cut(step, "update", "4.1.8");
      generation++;
      await expectWhole("4.1.8", generation);
      expect(await perform("back", "4.1.7")).toMatchObject({ outcome: "done" });
      await expectWhole("4.1.7", 1);
    }
  }, 600_000);

  test("comes back when the program is killed in the middle", async () => {
    await setFault("copy", "cut");
    const id = await begin("update", "4.1.8");
    await until("copy is reached", async () => (await guest("cat /run/farm/fault-reached")) === "copy");
    await guest("sudo rm /run/farm/fault-point /run/farm/fault-reached");
    await guest("sudo systemctl kill --signal=KILL farm-release.service");
    expect(await follow(id)).toMatchObject({ outcome: "back" });
    await expectWhole("4.1.7", 1);
  });

  test("updates and keeps the data", async () => {
    const result = await perform("update", "4.1.8");
    expect(result.outcome).toBe("done");
    process.stderr.write(`update: ${result.awaySeconds} s away, ${JSON.stringify(result.steps)}\n`);
    const { current } = await status();
    await expectWhole("4.1.8", current.generation);
    const changes = await guest("sudo cat /var/lib/farm/changes.jsonl");
    expect(JSON.parse(changes.split("\n").at(-1) ?? "")).toMatchObject({
      from: "4.1.7",
      to: "4.1.8",
      result: "done",
    });
  });
});
