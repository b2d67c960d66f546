import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { changesOf } from "../../../model/preview/changes.ts";
import { type Judgement, judge } from "../../../model/preview/impact.ts";
import { restartMinutes } from "../../../model/preview/rule.ts";
import type { Properties } from "../../../providers/kit/types.ts";
import { Bench, type Kept } from "./bench.ts";
import { checked, vmType } from "./inputs.ts";

// What a report says of a change of a machine, against what the provider does with XO when it is made.

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start({ powerTimeout: 4_000 });
});
afterAll(() => bench.stop());

/** What the rules say of an update, from the step that the engine would show. */
async function judged(kept: Kept, news: Properties): Promise<readonly Judgement[]> {
  const inputs = await checked(news, kept.inputs);
  const differences = await bench.diff(kept, news);
  const replaces = Object.values(differences).some((kind) => kind.endsWith("replace"));
  const urn = `urn:pulumi:lab::allris-farm::farm:site:TenantSite$${vmType}::web-vm`;
  const state = (values: Properties) => ({ urn, type: vmType, inputs: values as Record<string, unknown> });
  const changes = changesOf({
    version: 1,
    kind: "preview",
    stack: "lab",
    at: "2026-11-26T09:00:00Z",
    digest: "0",
    program: null,
    tenants: [],
    findings: [],
    document: {
      steps: [
        {
          op: replaces ? "replace" : "update",
          urn,
          oldState: state(kept.inputs),
          newState: state(inputs),
          detailedDiff: Object.fromEntries(
            Object.entries(differences).map(([path, kind]) => [path, { kind }]),
          ),
        },
      ],
    },
  });
  return changes.flatMap((change) => judge(change, changes));
}

/** What the provider asks of XO for it, and whether it comes to its end. */
async function done(
  kept: Kept,
  news: Properties,
): Promise<{ readonly calls: string[]; readonly failed: boolean }> {
  bench.tap.take();
  const failed = await bench.update(kept, news).then(
    () => false,
    () => true,
  );
  return { calls: bench.tap.take(), failed };
}

const GiB = 1_073_741_824;
type Edit = (news: Properties) => Properties;
const disks = (news: Properties): readonly Properties[] => news.disks as readonly Properties[];
const cards = (news: Properties): readonly Properties[] => news.networks as readonly Properties[];
const firstDisk =
  (more: Properties): Edit =>
  (news) => ({ disks: disks(news).map((disk, index) => (index === 0 ? { ...disk, ...more } : disk)) });

/** Edits of a machine with two disks and two cards that runs with high availability and is protected. */
const edits: Readonly<Record<string, Edit>> = {
  "more memory": () => ({ memoryMax: 4 * GiB }),
  "less memory": () => ({ memoryMax: 1 * GiB }),
  "more processors": () => ({ cpus: 4 }),
  "fewer processors": () => ({ cpus: 1 }),
  "a larger disk": firstDisk({ size: 20 * GiB }),
  "a smaller disk": firstDisk({ size: 5 * GiB }),
  "a renamed disk": firstDisk({ nameLabel: "renamed" }),
  "a disk elsewhere": (news) => firstDisk({ srId: bench.fixture.otherStorage })(news),
  "a further disk": (news) => ({
    disks: [...disks(news), { srId: bench.fixture.storage, nameLabel: "third", size: GiB }],
  }),
  "a disk less": (news) => ({ disks: disks(news).slice(0, 1) }),
  "a card on another network": (news) => ({
    networks: [{ ...cards(news)[0], networkId: bench.fixture.otherNetwork }, ...cards(news).slice(1)],
  }),
  "a card less": (news) => ({ networks: cards(news).slice(0, 1) }),
  "failover off": () => ({ highAvailability: "" }),
  "protection off": () => ({ blockedOperations: [] }),
  "other tags": () => ({ tags: ["farm=lab/other"] }),
  "another preferred host": () => ({ affinityHost: bench.fixture.host }),
  "another delay": () => ({ startDelay: 7 }),
  "another description": () => ({ nameDescription: "else" }),
  "a stop": () => ({ powerState: "Halted" }),
  "other graphics": () => ({ vga: "cirrus", videoram: 16 }),
  "another cloud-init": () => ({ cloudConfig: "#cloud-config\na: 2" }),
};

describe("the rules say what the provider does", () => {
  test.each(Object.entries(edits))("%s", async (name, edit) => {
    const { storage, network, otherNetwork } = bench.fixture;
    const news = bench.inputs(`impact ${name}`, {
      highAvailability: "restart",
      blockedOperations: ["destroy"],
      tags: ["farm=lab/farm"],
      disks: [
        { srId: storage, nameLabel: "system", size: 10 * GiB },
        { srId: storage, nameLabel: "data", size: GiB },
      ],
      networks: [{ networkId: network }, { networkId: otherNetwork }],
    });
    const kept = await bench.create(news);
    await bench.agent(kept);
    const changed = { ...news, ...edit(news) };
    const said = await judged(kept, changed);
    const { calls, failed } = await done(kept, changed);

    const says = (...impacts: string[]): boolean => said.some(({ rule }) => impacts.includes(rule.impact));
    const stops = said.some(({ rule }) => rule.outage === restartMinutes);
    expect(
      said.some(({ rule }) => rule.resource === "*"),
      "every property has a rule of its own",
    ).toBe(false);
    expect({
      stopped: calls.includes("vm.stop"),
      startedAgain: calls.includes("vm.start"),
      diskDestroyed: calls.includes("vdi.delete"),
      cardRemoved: calls.includes("vif.delete"),
      failed,
    }).toEqual({
      stopped: stops || says("disk shrunk") || name === "a stop",
      startedAgain: stops,
      diskDestroyed: says("disk gone"),
      cardRemoved: says("network card replaced", "network card removed"),
      failed: says("disk shrunk", "change fails"),
    });
    // Without a stop, and with the machine as it was, nothing is said to be away.
    const away = said.filter(({ rule }) => rule.outage !== 0);
    if (!calls.some((call) => ["vm.stop", "vdi.delete", "vif.delete"].includes(call)))
      expect(away).toEqual([]);
  });
});

test.each(["template", "destroyCloudConfigVdiAfterBoot"])("%s replaces the machine", async (input) => {
  const news = bench.inputs(`replaced by ${input}`, { cloudConfig: "#cloud-config" });
  const kept = await bench.create(news);
  const other = { template: bench.fixture.diskless, destroyCloudConfigVdiAfterBoot: true }[input] ?? "";
  const said = await judged(kept, { ...news, [input]: other });
  expect(said.map(({ rule }) => [rule.id, rule.outage])).toEqual([["vm-replaced", "until restored"]]);
});
