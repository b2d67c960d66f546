import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { expectWhole, good, installed, next, useMachine } from "./release/scene.ts";

const machine = useMachine();

describe("a power cut", () => {
  it("of an update before its commit leaves the old release", async () => {
    await installed(machine());
    await machine().write("kept");
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
      await machine().cut(step, ["update"], await machine().request(next));
      await machine().boot();
      await expectWhole(machine(), "4.1.7", 1);
      expect([step, machine().generations(), machine().releases().length]).toEqual([step, ["1"], 1]);
      expect(await machine().databases()).toEqual(["allrisnet_1"]);
    }
    expect((await machine().call(["update"], await machine().request(next))).result.outcome).toBe("done");
    await expectWhole(machine(), "4.1.8", 2);
  }, 180_000);

  it.each(["commit", "open", "settle"])("of an update at %s leaves the new one", async (step) => {
    await installed(machine());
    await machine().write("kept");
    await machine().cut(step, ["update"], await machine().request(next));
    await machine().boot();
    await expectWhole(machine(), "4.1.8", 2);
    expect(machine().generations()).toEqual(["1", "2"]);
    expect((await machine().call(["back"], await machine().request(next))).result.outcome).toBe("done");
    await expectWhole(machine(), "4.1.7", 1);
  });

  it.each(["copy-half", "start"])("of the first installation at %s leaves nothing", async (step) => {
    await machine().cut(step, ["install"], await machine().request(good));
    await machine().boot();
    expect([machine().current(), machine().generations(), await machine().databases()]).toEqual([
      "none",
      [],
      [],
    ]);
    await installed(machine());
  });

  it.each(["start", "commit"])("while going back at %s loses neither generation", async (step) => {
    await installed(machine());
    await machine().write("kept");
    await machine().call(["update"], await machine().request(next));
    await machine().cut(step, ["back"], await machine().request(next));
    await machine().boot();
    const gone = step === "commit";
    await expectWhole(machine(), gone ? "4.1.7" : "4.1.8", gone ? 1 : 2);
    expect(machine().generations()).toEqual(["1", "2"]);
  });
});

describe("back", () => {
  it("is a swap to the generation before, with its data", async () => {
    await installed(machine());
    await machine().write("kept");
    await machine().call(["update"], await machine().request(next));
    await machine().write("later");
    const { code, result } = await machine().call(["back"], await machine().request(next));
    expect([code, result.outcome, result.to]).toEqual([0, "done", "4.1.7"]);
    await expectWhole(machine(), "4.1.7", 1);
    // What was left is kept: there may be something in it that somebody wants back.
    await machine().boot();
    expect(machine().generations()).toEqual(["1", "2"]);
    expect((await machine().call(["back"], await machine().request(next))).result.story).toMatch(
      /there is no generation before the current one/,
    );
    await machine().call(["update"], await machine().request(next));
    await expectWhole(machine(), "4.1.8", 3);
  });
});

describe("runs that outlive their connection", () => {
  it("are begun once and followed from any line", async () => {
    await machine().call(["begin", "run-1", "install"], await machine().request(good));
    await machine().call(["begin", "run-1", "install"], await machine().request(good));
    const all = await machine().call(["follow", "run-1", "0"]);
    expect(all.result).toMatchObject({ result: { outcome: "done", to: "4.1.7" } });
    const later = await machine().call(["follow", "run-1", "4"]);
    expect(later.told).toEqual(all.told.slice(4));
    expect((await machine().call(["follow", "run-2", "0"])).result).toEqual({ lost: true });
    expect((await machine().call(["begin", "../x", "install"], {})).result.story).toMatch(
      /is no id of a run/,
    );
  });

  it("bring the site back when they are killed", async () => {
    await installed(machine());
    await machine().write("kept");
    machine().fault("copy", "cut");
    await machine().call(["begin", "run-1", "update"], await machine().request(next));
    await expect.poll(() => existsSync(machine().path("run/farm/fault-reached"))).toBe(true);
    expect((await machine().call(["begin", "run-2", "update"], await machine().request(next))).code).toBe(75);
    process.kill(machine().serviceProcess("farm-release.service"), "SIGKILL");
    rmSync(machine().path("run/farm/fault-point"));
    // What systemd does by ExecStopPost.
    await machine().call(["rescue", "run-1"]);
    const { result } = await machine().call(["follow", "run-1", "0"]);
    expect(result).toMatchObject({
      result: {
        outcome: "back",
        story: "the release program was ended from outside; the site runs 4.1.7 and answers",
      },
    });
    await expectWhole(machine(), "4.1.7", 1);
  });
});

describe("clean", () => {
  it("removes what was left more than 72 hours ago, and only that", async () => {
    await installed(machine());
    await machine().write("kept");
    await machine().call(["update"], await machine().request(next));
    expect((await machine().call(["clean"])).result).toEqual({ outcome: "done", removed: [] });
    const old = Date.now() / 1000 - 73 * 3600;
    utimesSync(machine().path("srv/allrisnet/generations/1/retired"), old, old);
    expect((await machine().call(["clean"])).result.removed).toEqual([
      "generation 1",
      expect.stringMatching(/^release 4\.1\.7-/),
    ]);
    await expectWhole(machine(), "4.1.8", 2);
    expect(await machine().databases()).toEqual(["allrisnet_2"]);
  });
});

describe("locks", () => {
  it("keep a roll-out and an update apart", async () => {
    writeFileSync(machine().path("run/farm-apply.lock"), "");
    const hold =
      "import fcntl, sys, time; file = open(sys.argv[1], 'w'); fcntl.flock(file, fcntl.LOCK_EX); print(1, flush=True); time.sleep(20)";
    const holder = spawn("python3", ["-c", hold, machine().path("run/farm-apply.lock")]);
    await once(holder.stdout, "data");
    const { code, result } = await machine().call(["install"], await machine().request(good));
    holder.kill("SIGKILL");
    expect([code, result]).toEqual([
      75,
      { outcome: "busy", story: "a roll-out is under way on this machine: try again when it is done" },
    ]);
  });
});
