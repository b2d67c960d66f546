import { describe, expect, it } from "vitest";
import { stackOfWatchers, watchersOf } from "../../../cli/pool-move/watchers.ts";
import { parseState } from "../../../model/stack-state.ts";
import { TenantFarm } from "./tenant-farm.ts";

describe("who is told the new address", () => {
  const urn = (name: string): string => `urn:pulumi:lab::allris-farm::t::${name}`;
  const resources = [
    { urn: urn("farm-probers"), type: "farm:platform:Probers" },
    {
      urn: urn("farm-probers-rand-1-bundle"),
      type: "command:remote:CopyToRemote",
      parent: urn("farm-probers"),
    },
    { urn: urn("farm-probers-rand-1-apply"), type: "command:remote:Command", parent: urn("farm-probers") },
    { urn: urn("farm-monitoring"), type: "farm:platform:Monitoring" },
    {
      urn: urn("farm-monitoring-bundle"),
      type: "command:remote:CopyToRemote",
      parent: urn("farm-monitoring"),
    },
    {
      urn: urn("farm-monitoring-targets"),
      type: "command:remote:CopyToRemote",
      parent: urn("farm-monitoring"),
    },
    { urn: urn("hohenbrueck"), type: "farm:site:TenantSite" },
    { urn: urn("hohenbrueck-targets"), type: "command:remote:Command", parent: urn("hohenbrueck") },
  ];

  it("are the probers wholly and the monitoring's list of targets, and nothing else of the farm", () => {
    const state = parseState(JSON.stringify({ deployment: { resources } }));
    expect(watchersOf(state)).toEqual(
      ["farm-probers-rand-1-bundle", "farm-probers-rand-1-apply", "farm-monitoring-targets"].map(urn),
    );
    expect(watchersOf({ resources: [] })).toEqual([]);
  });

  it("are in the stack of what all shards share", async () => {
    const farm = await TenantFarm.make();
    const { settings } = await farm.load();
    farm.remove();
    expect(stackOfWatchers("lab", settings)).toBe("lab");
    const shards = { nord: { pools: ["nord"] }, sued: { pools: ["sued"] } };
    const sharded = { ...settings, shards, shard: "nord" };
    expect(stackOfWatchers("lab-nord", sharded)).toBe("lab-platform");
  });
});
