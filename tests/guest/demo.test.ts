import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ServiceLevel } from "../../cli/demo-service-level.ts";
import { measurementsFolder } from "../../cli/measurements/folder.ts";
import { labPlaces, readLab } from "../../lab/lab-file.ts";
import { requireRootOnLinux } from "../../lab/lifecycle/requirements.ts";
import { labReset } from "../../lab/lifecycle/reset.ts";
import type { KeptLetter } from "../../lab/mail/mailbox.ts";
import { daysBefore, isoBerlin } from "../../model/berlin-time.ts";
import { FarmProcess } from "../support/farm-process.ts";
import { makeProject, project, tenantFile } from "../support/project.ts";
import { progress, traces, until } from "./own-lab.ts";

// The demo's service level from nothing, as the tutorial goes through it, with one administration.

const id = "hohenbrueck";

beforeAll(async () => {
  requireRootOnLinux();
  await labReset({ progress });
  makeProject();
  for (const other of ["amt-seenplatte-nord", "landkreis-auental"]) rmSync(tenantFile(other));
});
afterAll(() => labReset({ progress }));

/** Runs `./farm`. @returns what `--json` shows */
async function farm<Value>(...args: string[]): Promise<Value> {
  const { code, stdout, stderr } = await new FarmProcess(...args, "--json").ended;
  if (code !== 0) throw new Error(`./farm ${args.join(" ")}: ${code}\n${stderr.slice(-3000)}\n${stdout}`);
  return JSON.parse(stdout) as Value;
}

interface Demo extends ServiceLevel {
  readonly sites: readonly { readonly domain: string; readonly status: number }[];
}

test("one command: a site that answers, probers that measure it, and its status page", async () => {
  const { sites, administrations, alarms, pages } = await farm<Demo>("demo", "--service-level");
  expect(sites).toMatchObject([{ domain: "ratsinfo.hohenbrueck.example", status: 200 }]);
  expect(administrations).toMatchObject([{ id }]);
  expect([alarms, pages.alarms]).toEqual([[], []]);
  expect(pages.administrations).toEqual([{ id, statusPage: "customer", state: "up" }]);
  const { logs } = await farm<{ logs: object[] }>("measurements", "verify");
  expect(logs).toMatchObject([{ prober: "rand-1" }, { prober: "rand-2" }]);
}, 480_000);

test("its monitoring takes the farm's figures, and whoever is written to is written to in the lab alone", async () => {
  const { failures } = await farm<{ failures: string[] }>("metrics", "--of", "sla,windows", "--deliver");
  expect(failures).toEqual([]);
  const start = daysBefore(new Date(), -9);
  const day = isoBerlin(start).slice(0, 10);
  const at = (hour: string): string => `${day}T${hour}:00:00${isoBerlin(start).slice(-6)}`;
  const window = { id: day, kind: "maintenance", start: at("20"), end: at("22"), administrations: "all" };
  const file = join(project, "maintenance", `${day}.ts`);
  writeFileSync(
    file,
    `import { defineWindow } from "../model/window.ts";
export const window = defineWindow(${JSON.stringify({ ...window, reason: "Neue Speicherbaugruppe", expectedMinutes: 30 })});
`,
  );
  await farm("window", "announce", day, "--yes");
  const letters = await farm<readonly KeptLetter[]>("lab", "mail");
  const notice = letters.find(({ subject }) => subject.includes("Wartungsarbeiten"));
  expect(notice?.recipients).toEqual(["ratsbuero@hohenbrueck.example"]);
  expect(notice?.text).toContain("Neue Speicherbaugruppe");
});

test("a second time nothing is made anew, and afterwards nothing is left", async () => {
  const before = readFileSync(labPlaces().labFile, "utf8");
  await farm<Demo>("demo", "--service-level");
  expect(readFileSync(labPlaces().labFile, "utf8")).toBe(before);
  await farm("lab", "down");
  // A loop device goes when the last one has gone who began, on this machine, while it was mounted.
  await until("nothing is left", async () => (await traces(labPlaces())).length === 0);
  // The next lab's probers begin anew: their logs would not go on with these.
  expect(existsSync(measurementsFolder("lab"))).toBe(true);
  await labReset({ progress });
  expect(existsSync(measurementsFolder("lab"))).toBe(false);
  // Nor has it what this one was started with.
  expect(readLab()).not.toHaveProperty("edgeHosts");
});
