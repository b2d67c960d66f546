import { setTimeout as sleep } from "node:timers/promises";
import { playAdministrations } from "../../cli/administrations.ts";
import { readLab } from "../../lab/lab-file.ts";
import { labReset } from "../../lab/lifecycle/reset.ts";
import { labUp } from "../../lab/lifecycle/up.ts";
import { visit } from "../../lab/probe.ts";
import { messageOf } from "../../lib/farm-error.ts";
import { ensureEngine } from "../../toolchain/engine.ts";
import { addTenant, makeProject, up } from "../support/project.ts";
import { labTenants } from "../support/tenants.ts";
import type { Figure } from "./figures.ts";
import { measureParameter } from "./parameter.ts";

/** Measures in a lab of its own, whose folder FARM_HOME names; prints the figures as JSON. Needs root. */
const progress = (line: string): void => void process.stderr.write(`  lab: ${line}\n`);
/** Milliseconds after which a site that does not answer cannot be measured. */
const patience = 120_000;
const newcomer = { id: "neuland", domain: "ratsinfo.neuland.hohenbrueck.example", address: "198.18.10.60" };

/** Waits until a site answers 200 with a chain that a visitor trusts. */
async function answers(domain: string): Promise<void> {
  const deadline = performance.now() + patience;
  for (;;) {
    try {
      if ((await visit(readLab(), domain)).status === 200) return;
    } catch (error) {
      if (performance.now() > deadline) throw new Error(`${domain}: ${messageOf(error)}`, { cause: error });
    }
    await sleep(100);
  }
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

/** What `npm run demo` does once engine and image are there. */
async function bringUp(): Promise<void> {
  await labUp({ progress });
  const tenants = await labTenantsOfProject();
  await playAdministrations(tenants);
  await up();
  await Promise.all(tenants.map(({ domain }) => answers(domain)));
}

let made = false;
async function labTenantsOfProject(): ReturnType<typeof labTenants> {
  if (!made) makeProject();
  made = true;
  return labTenants();
}

try {
  await ensureEngine(progress);
  await labReset({ progress });
  const first = await seconds(bringUp);
  const again = await seconds(bringUp);
  progress("a new tenant's file is written");
  const arrival = await seconds(async () => {
    addTenant(newcomer.id, newcomer.address);
    await up();
    await answers(newcomer.domain);
  });
  progress("a parameter is changed, seven times");
  const parameter = await measureParameter(7, seconds);
  const figures: Figure[] = [
    { name: "new tenant file to HTTPS 200 in the lab", value: arrival, unit: "s", target: 45 },
    { name: "three sites over HTTPS again", value: again, unit: "s", target: 90 },
    { name: "three sites over HTTPS, engine and image present", value: first, unit: "s" },
    ...parameter,
  ];
  process.stdout.write(`${JSON.stringify(figures)}\n`);
} finally {
  await labReset({ progress });
}
