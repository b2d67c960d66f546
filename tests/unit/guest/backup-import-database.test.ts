import { existsSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { useScene } from "./backup/scene.ts";
import { next } from "./release/scene.ts";

// Each runs some dozens of programs one after the other, on a machine that has other tests to run.
vi.setConfig({ testTimeout: 180_000 });

const scene = useScene();

describe("the database", () => {
  it("comes back as it was at the state, and the one that it replaces can be brought back", async () => {
    await scene().furnish();
    await scene().well(["state"]);
    const { bytes } = await scene().well(["export", "--database"]);
    await scene().machine.write("later");
    await scene().machine.postgres.query("allrisnet_1", "DELETE FROM note WHERE words = 'first'");
    const { result } = await scene().well(["import", "--database"], bytes);
    expect(result).toMatchObject({ outcome: "done", kind: "database", dangling: 0 });
    expect(result["awaySeconds"]).toBeGreaterThan(0);
    expect(await scene().rows()).toEqual(["first"]);
    expect(await scene().machine.version()).toBe("4.1.7");
    const owner = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'";
    expect(await scene().machine.postgres.query("allrisnet_1", owner)).toEqual(["allrisnet"]);
    await scene().well(["undo", result["id"]]);
    expect(await scene().rows()).toEqual(["later"]);
    expect((await scene().call(["undo", result["id"]])).result["story"]).toMatch(/was taken back already/);

    // Files that its rows name and the site has not any more are counted.
    scene().removeFile("first.pdf");
    const again = await scene().well(["import", "--database"], bytes);
    expect(again.result).toMatchObject({ dangling: 1, danglingNames: ["first.pdf"] });
    // What is kept aside goes after 72 hours, its databases with it.
    scene().age(73);
    await scene().well(["clean"]);
    expect([scene().imports(), await scene().machine.databases()]).toEqual([[], ["allrisnet_1"]]);
  });

  it("is migrated when the release is a newer one, and refused when it is an older one", async () => {
    await scene().furnish();
    await scene().well(["state"]);
    const { bytes } = await scene().well(["export", "--database"]);
    await scene().machine.call(["update"], await scene().machine.request(next));
    const { result } = await scene().well(["import", "--database"], bytes);
    expect(result).toMatchObject({ migrated: ["002-authors"], release: { version: "4.1.7" } });
    expect(await scene().machine.postgres.query("allrisnet_2", "SELECT author FROM note")).toEqual(["Büro"]);
    await scene().well(["state"]);
    const newer = (await scene().well(["export", "--database"])).bytes;
    await scene().machine.call(["back"], await scene().machine.request(next));
    const { code, result: refused } = await scene().call(["import", "--database"], { input: newer });
    expect([code, refused["story"]]).toEqual([
      1,
      "the dump is of 4.1.8, and 4.1.7 is installed, which would not understand it",
    ]);
    const { result: other } = await scene().call(["undo", result["id"]]);
    expect(other["story"]).toMatch(/another generation of the site/);
  });

  it("is one or the other wherever the power goes", async () => {
    await scene().furnish();
    await scene().well(["state"]);
    const { bytes } = await scene().well(["export", "--database"]);
    await scene().machine.write("later");
    const cases: [string, string[]][] = [
      ["stage", ["first", "later"]],
      ["stop", ["first", "later"]],
      ["swing", ["first"]],
    ];
    for (const [step, rows] of cases) {
      scene().machine.fault(step, "cut");
      const child = scene().spawn(["import", "--database"]);
      child.stdin.end(bytes);
      await expect.poll(() => existsSync(scene().machine.path("run/farm/fault-reached"))).toBe(true);
      child.kill("SIGKILL");
      await scene().machine.crash();
      await scene().machine.boot();
      expect([step, await scene().rows()]).toEqual([step, rows]);
      await expect
        .poll(() =>
          scene()
            .machine.version()
            .catch(() => "none"),
        )
        .toBe("4.1.7");
    }
    await scene().well(["clean"]);
    expect(scene().imports()).toHaveLength(1);
    await scene().well(["undo", scene().imports()[0] ?? ""]);
    expect(await scene().rows()).toEqual(["first", "later"]);
  });

  it("goes back by itself when the application does not start with it", async () => {
    await scene().furnish();
    await scene().well(["state"]);
    const { bytes } = await scene().well(["export", "--database"]);
    await scene().machine.write("later");
    scene().machine.fault("start", "fail");
    const { code, result } = await scene().call(["import", "--database"], { input: bytes });
    expect([code, result["outcome"]]).toEqual([1, "back"]);
    expect(await scene().rows()).toEqual(["first", "later"]);
    expect(await scene().machine.databases()).toEqual(["allrisnet_1"]);
    expect(await scene().machine.version()).toBe("4.1.7");
  });
});
