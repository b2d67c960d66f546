import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { run } from "../../../lib/run.ts";
import { type BackupScene, sha256, useScene } from "./backup/scene.ts";

// Each runs some dozens of programs one after the other, on a machine that has other tests to run.
vi.setConfig({ testTimeout: 180_000 });

const scene = useScene();

/** A furnished site with a state, and the stream of one of its paths. */
async function exported(path: string): Promise<Buffer> {
  await scene().furnish();
  await scene().well(["state"]);
  return (await scene().well(["export", "--files", path])).bytes;
}

const putBack = (stream: Buffer) => scene().well(["import", "--files"], stream);
const nothingLeft = (machine: BackupScene) => existsSync(machine.machine.path("run/farm/maintenance"));

describe("a paper that the clerk has deleted", () => {
  it("comes back byte for byte, with owner, mode and time, while the site runs; and can be taken away again", async () => {
    await scene().furnish();
    chmodSync(scene().path("motions/2026/one.pdf"), 0o604);
    if (process.getuid?.() === 0) chownSync(scene().path("motions/2026/one.pdf"), 2, 3);
    const before = statSync(scene().path("motions/2026/one.pdf"));
    await scene().well(["state"]);
    const { bytes, result: sent } = await scene().well(["export", "--files", "motions/2026/one.pdf"]);
    expect(sent).toMatchObject({ outcome: "done", files: 1, bytes: 3, path: "motions/2026/one.pdf" });
    const other = scene().files();
    scene().removeFile("motions/2026/one.pdf");
    scene().file("motions/2026/new.pdf", "written since");
    const { result } = await putBack(bytes);
    expect(result).toMatchObject({ outcome: "done", added: 1, replaced: 0, awaySeconds: 0 });
    expect(scene().files()).toEqual({ ...other, "motions/2026/new.pdf": "644 written since" });
    const { mode, uid, gid, mtimeMs } = statSync(scene().path("motions/2026/one.pdf"));
    expect([mode, uid, gid]).toEqual([before.mode, before.uid, before.gid]);
    expect(mtimeMs).toBeCloseTo(before.mtimeMs, 0);
    expect((await putBack(bytes)).result).toMatchObject({ outcome: "nothing", same: 1 });

    await scene().well(["undo", result["id"]]);
    expect(existsSync(scene().path("motions/2026/one.pdf"))).toBe(false);
    expect(existsSync(scene().path("motions/2026/new.pdf"))).toBe(true);
    expect((await scene().call(["undo", "20200101t000000z"])).result["story"]).toMatch(/^there is no import/);
  });

  it("comes back with the folders that went with it, and over another that took its name", async () => {
    const stream = await exported("motions/2026/one.pdf");
    rmSync(scene().path("motions"), { recursive: true });
    await putBack(stream);
    expect(Object.keys(scene().files())).toEqual(["first.pdf", "motions/2026/one.pdf"]);
    scene().file("motions/2026/one.pdf", "another");
    const { result } = await putBack(stream);
    expect(result).toMatchObject({ added: 0, replaced: 1, awaySeconds: 0 });
    expect(scene().files()["motions/2026/one.pdf"]).toBe("644 one");
    // Names of old files need not be UTF-8.
    const latin = Buffer.concat([
      Buffer.from(`${scene().path("B")}`),
      Buffer.from([0xfc]),
      Buffer.from("ro.pdf"),
    ]);
    writeFileSync(latin, "latin");
    await scene().well(["state"]);
    const all = (await scene().well(["export", "--files", "."])).bytes;
    rmSync(latin);
    expect((await putBack(all)).result).toMatchObject({ added: 1 });
    expect(readFileSync(latin, "utf8")).toBe("latin");
    rmSync(latin);
    const undone = (await scene().well(["undo", result["id"]])).result;
    expect(scene().files()["motions/2026/one.pdf"]).toBe("644 another");
    // An undo is an import of its own: it can be taken back as well.
    await scene().well(["undo", undone["id"]]);
    expect(scene().files()["motions/2026/one.pdf"]).toBe("644 one");
  });
});

describe("a folder of papers", () => {
  it("is joined with what it has now: lost ones return, changed ones are kept aside, new ones stay", async () => {
    const stream = await exported(".");
    scene().removeFile("motions/2026/one.pdf");
    scene().file("motions/2026/two.pdf", "changed");
    scene().file("motions/2027/new.pdf", "new");
    const now = scene().files();
    const { result } = await putBack(stream);
    expect(result).toMatchObject({ outcome: "done", added: 1, replaced: 1, same: 1 });
    expect(result["awaySeconds"]).toBeGreaterThan(0);
    expect(scene().files()).toEqual({
      "first.pdf": "644 first",
      "motions/2026/one.pdf": "644 one",
      "motions/2026/two.pdf": "640 two",
      "motions/2027/new.pdf": "644 new",
    });
    expect(await scene().machine.version()).toBe("4.1.7");
    expect(nothingLeft(scene())).toBe(false);
    expect(scene().machine.changes().at(-1)).toMatchObject({ result: "done", to: "4.1.7" });
    await scene().well(["undo", result["id"]]);
    expect(scene().files()).toEqual(now);
  });

  it("is whole or as it was when the power goes, or the service is killed, and the site answers again", async () => {
    const stream = await exported("motions");
    const whole = scene().files();
    scene().removeFile("motions/2026/one.pdf");
    scene().file("motions/2026/two.pdf", "changed");
    const broken = scene().files();
    const cases: [string, Record<string, string>][] = [
      ["stage", broken],
      ["stop", broken],
      ["swing", whole],
    ];
    for (const [step, files] of cases) {
      scene().machine.fault(step, "cut");
      const child = scene().spawn(["import", "--files"]);
      child.stdin.end(stream);
      const ended = new Promise((resolve) => child.once("exit", resolve));
      await expect.poll(() => existsSync(scene().machine.path("run/farm/fault-reached"))).toBe(true);
      child.kill("SIGKILL");
      await ended;
      await scene().machine.crash();
      expect([step, scene().files()]).toEqual([step, files]);
      await scene().machine.boot();
      await expect
        .poll(() =>
          scene()
            .machine.version()
            .catch(() => "none"),
        )
        .toBe("4.1.7");
      await scene().well(["clean"]);
      if (step !== "swing") expect([step, scene().imports()]).toEqual([step, []]);
    }
    // The power went after the exchange: what was replaced is kept like that of any other import.
    await scene().well(["undo", scene().imports()[0] ?? ""]);
    expect(scene().files()).toEqual(broken);

    scene().machine.fault("swing", "cut");
    const child = scene().spawn(["import", "--files"]);
    child.stdin.end(stream);
    await expect.poll(() => existsSync(scene().machine.path("run/farm/fault-reached"))).toBe(true);
    rmSync(scene().machine.path("run/farm/fault-point"));
    process.kill(scene().servicePid(), "SIGKILL");
    // What systemd does by ExecStopPost.
    const id = scene().imports().at(-1) ?? "";
    expect((await scene().well(["rescue", id])).result["story"]).toContain(
      "the site has what was put back, and answers",
    );
    child.kill("SIGKILL");
    expect(scene().files()).toEqual(whole);
    expect(await scene().machine.version()).toBe("4.1.7");
    expect(nothingLeft(scene())).toBe(false);
  });

  it("goes back by itself when the application does not answer with it", async () => {
    const stream = await exported("motions");
    scene().removeFile("motions/2026/one.pdf");
    const before = scene().files();
    scene().machine.fault("start", "fail");
    const { code, result } = await scene().call(["import", "--files"], { input: stream });
    expect([code, result["outcome"]]).toEqual([1, "back"]);
    expect(result["story"]).toMatch(/failed at the step start: .*The site has what it had before$/);
    expect(scene().files()).toEqual(before);
    expect([nothingLeft(scene()), scene().imports()]).toEqual([false, []]);
  });
});

describe("a stream that is not what it says", () => {
  it("is refused, and nothing of the site is touched", async () => {
    const stream = await exported("motions");
    scene().removeFile("motions/2026/one.pdf");
    const before = scene().files();
    const folder = scene().machine.path("tar");
    mkdirSync(folder);
    writeFileSync(join(folder, "in.tar"), stream);
    await run("tar", ["-C", folder, "-xf", join(folder, "in.tar")]);
    const head = JSON.parse(readFileSync(join(folder, "head.json"), "utf8"));
    /** The stream with another head, and other content. */
    const forge = async (change: (copy: typeof head) => void, members: readonly string[] = []) => {
      const copy = structuredClone(head);
      change(copy);
      writeFileSync(join(folder, "head.json"), JSON.stringify(copy));
      const names =
        members.length > 0 ? members : head.files.map(({ path }: { path: string }) => `content/${path}`);
      await run("tar", ["-C", folder, "-P", "-cf", join(folder, "out.tar"), "head.json", ...names]);
      return readFileSync(join(folder, "out.tar"));
    };
    const refused = async (input: Buffer, story: RegExp) => {
      const { code, result } = await scene().call(["import", "--files"], { input });
      expect([code, result["outcome"], result["story"]]).toEqual([1, "failed", expect.stringMatching(story)]);
    };
    const first = (copy: typeof head) => copy.files[0];
    await refused(stream.subarray(0, stream.lastIndexOf("content/motions")), /cut off/);
    await refused(Buffer.from("no tar at all"), /is no export/);
    await refused(
      await forge((copy) => Object.assign(first(copy), { path: "../../etc/passwd" })),
      /is no path below/,
    );
    await refused(
      await forge((copy) => Object.assign(first(copy), { path: "/etc/passwd" })),
      /is no path below/,
    );
    await refused(
      await forge((copy) => Object.assign(first(copy), { path: "other/x.pdf" })),
      /does not lie below motions/,
    );
    await refused(await forge((copy) => Object.assign(copy, { path: ".." })), /is no path below/);
    await refused(await forge((copy) => Object.assign(first(copy), { mode: "4755" })), /strange rights/);
    await refused(
      await forge((copy) => Object.assign(first(copy), { sha256: sha256("x") })),
      /its checksum is another one/,
    );
    await refused(await forge((copy) => copy.files.push(copy.files[0])), /names a file twice/);
    await refused(await forge((copy) => copy.files.pop()), /holds more than its head says/);
    await refused(
      await forge((copy) => Object.assign(copy, { kind: "database" })),
      /holds database, expected files/,
    );
    rmSync(join(folder, "content/motions/2026/one.pdf"));
    symlinkSync("/etc/passwd", join(folder, "content/motions/2026/one.pdf"));
    await refused(await forge(() => undefined), /something else than its head says/);
    const full = await scene().call(["import", "--files"], {
      input: stream,
      env: { SCRATCH_MARGIN: String(1e15) },
    });
    expect([full.code, full.result["story"]]).toEqual([1, expect.stringMatching(/MB have to stay free/)]);
    expect([scene().files(), scene().imports()]).toEqual([before, []]);
  });

  it("leads nobody out of the application's files by a link", async () => {
    const stream = await exported("motions/2026/one.pdf");
    const outside = scene().machine.path("outside");
    mkdirSync(join(outside, "2026"), { recursive: true });
    rmSync(scene().path("motions"), { recursive: true });
    symlinkSync(outside, scene().path("motions"));
    const { code, result } = await scene().call(["import", "--files"], { input: stream });
    expect([code, result["story"]]).toEqual([1, expect.stringContaining("is no folder on this machine")]);
    expect(existsSync(join(outside, "2026/one.pdf"))).toBe(false);
    // Nor does the state follow it.
    writeFileSync(join(outside, "secret"), "secret words");
    await scene().well(["state"]);
    expect(scene().manifest()["links"]).toContainEqual({ path: "files/motions", target: outside });
  });

  it("is not even sent when the state is damaged, or has no such path", async () => {
    await exported(".");
    writeFileSync(scene().state("files/motions/2026/one.pdf"), "xne");
    const damaged = await scene().call(["export", "--files", "motions"]);
    expect([damaged.code, damaged.result["story"]]).toEqual([
      1,
      expect.stringContaining("see backup verify"),
    ]);
    const refused = await scene().call(["import", "--files"], { input: damaged.bytes });
    expect(refused.code).toBe(1);
    expect((await scene().call(["export", "--files", "none.pdf"])).result["story"]).toMatch(
      /has no none\.pdf/,
    );
    expect((await scene().call(["export", "--files", "../x"])).result["story"]).toMatch(/is no path below/);
  });
});
