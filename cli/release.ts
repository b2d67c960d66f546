import { join } from "node:path";
import { type Command, Option } from "commander";
import { FarmError } from "../lib/farm-error.ts";
import { checkout } from "../lib/paths.ts";
import { loadFarm } from "../loading/farm.ts";
import { loadReleases } from "../loading/releases.ts";
import { loadSettings } from "../loading/settings.ts";
import { loadTenants } from "../loading/tenants.ts";
import type { Ring } from "../model/allrisnet/allrisnet-input.ts";
import { readReleases } from "../model/allrisnet/release-rules.ts";
import { readFound } from "../model/found-file.ts";
import { FarmProblems, type Problem } from "../model/problems.ts";
import { tenantShape } from "../model/tenant-schema.ts";
import { parseLine } from "../model/text.ts";
import { XoClient } from "../providers/xenops/xo-client.ts";
import { ensureEngine } from "../toolchain/engine.ts";
import { labStack, stackEnvironment } from "./environment.ts";
import { type Output, outputOf, table } from "./output.ts";
import { examineSite } from "./release-health.ts";
import { type Roll, type RollScope, rings, rollRelease } from "./release-roll.ts";
import { routeTo } from "./site-route.ts";

const folder = join(checkout, "tenants");

/** Registers `./farm release`. */
export function register(program: Command): void {
  const release = program.command("release").description("releases of ALLRIS net");
  release
    .command("list")
    .description("the releases that may be installed, and whose file names which")
    .option("--json", "the list as JSON")
    .action(async (_options: unknown, command: Command) => {
      const rows = await list();
      outputOf(command).result(rows, tableOf(rows));
    });
  release
    .command("roll")
    .description(
      "write a release into the tenant files of a ring, once the rings before it are healthy on it",
    )
    .requiredOption("--release <version>", "which release, one of releases/")
    .addOption(new Option("--ring <ring>", "whose files").choices(rings).makeOptionMandatory())
    .option("--emergency <reason>", "run it without waiting for a window; it counts as downtime")
    .option("-s, --stack <stack>", "where the rings before it are looked at", labStack)
    .option("--json", "what was changed as JSON")
    .action(async (options: RollOptions, command: Command) => {
      const rolled = await roll(options, outputOf(command));
      outputOf(command).result(rolled, rollText(rolled, options.stack));
    });
}

interface RollOptions {
  readonly release: string;
  readonly ring: Ring;
  readonly emergency?: string;
  readonly stack: string;
}

interface ListRow {
  readonly version: string;
  readonly build: string;
  readonly published: string;
  readonly expectedMinutes: number;
  readonly sha256: string;
  readonly source: { readonly file: string } | { readonly url: string };
  readonly administrations: readonly { readonly id: string; readonly ring: Ring }[];
}

/** From the files alone: no stack, no lab and no credentials are needed to look something up. */
async function list(): Promise<ListRow[]> {
  const problems: Problem[] = [];
  const { releases } = readReleases(await loadReleases(join(checkout, "releases")), problems);
  const tenants = (await loadTenants(folder)).map((found) => readFound(found, tenantShape, problems).fields);
  if (problems.length > 0) throw new FarmProblems(problems);
  return releases.map(({ version, build, published, expectedMinutes, sha256, source }) => ({
    ...{ version, build, published, expectedMinutes, sha256, source },
    administrations: tenants.flatMap(({ id, allrisnet }) =>
      id !== undefined && allrisnet?.release === version ? [{ id, ring: allrisnet.ring }] : [],
    ),
  }));
}

function tableOf(rows: readonly ListRow[]): string {
  const heading = ["release", "build", "published", "minutes", "sha256", "archive", "administrations (ring)"];
  const cells = rows.map((row) => [
    row.version,
    row.build,
    row.published,
    String(row.expectedMinutes),
    `${row.sha256.slice(0, 16)}…`,
    "file" in row.source ? row.source.file : row.source.url,
    row.administrations.map(({ id, ring }) => `${id} (${ring})`).join(", ") || "none",
  ]);
  return table([heading, ...cells]);
}

async function roll({ release, ring, emergency, stack }: RollOptions, output: Output): Promise<Roll> {
  const reason = emergency === undefined ? undefined : parseLine(emergency);
  if (reason?.ok === false) {
    throw new FarmError({
      what: "The reason of the emergency cannot be written down",
      where: "--emergency",
      why: reason.why,
    });
  }
  const { file, value } = await loadSettings(stack);
  const engine = await ensureEngine(output.progress);
  const environment = { ...process.env, ...stackEnvironment(stack, engine.binFolder).variables };
  const farm = await loadFarm({
    settings: value,
    settingsFile: file,
    environment,
    at: process.env["FARM_AT"],
    folder,
  });
  const token = environment["XOA_TOKEN"];
  const xo = new XoClient({ url: farm.settings.endpoints.xo, token: token ?? "" });
  const examine: RollScope["examine"] = (tenant, wanted) => {
    if (token === undefined)
      throw new FarmError({ what: "XOA_TOKEN is not set", next: "set it and try again" });
    output.progress(`Looking at ${tenant.domain}`);
    return examineSite(tenant, wanted, { xo, stack: `allris-farm/${stack}`, route: routeTo(stack) });
  };
  const order = { version: release, ring, ...(emergency === undefined ? {} : { emergency }) };
  try {
    return await rollRelease(order, { farm, folder, examine });
  } finally {
    xo.close();
  }
}

function rollText({ version, ring, changed, already }: Roll, stack: string): string {
  const before = already.length > 0 ? `${already.join(", ")}: ${version} stands there already` : undefined;
  if (changed.length === 0) return `Nothing to change in the ring ${ring}.\n${before ?? ""}`;
  return [
    ...changed.map(({ file, from }) => `${file}: release ${from} → ${version}`),
    ...(before === undefined ? [] : [before]),
    "",
    ...changed.map(({ plan }) => plan),
    "",
    "next:",
    "  git diff tenants/",
    `  ./farm pulumi preview -s ${stack}`,
    `  ./farm pulumi up -s ${stack}`,
  ].join("\n");
}
