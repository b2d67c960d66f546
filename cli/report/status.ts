import { join } from "node:path";
import type { Command } from "commander";
import { instantOf } from "../../loading/farm.ts";
import { showBerlin } from "../../model/berlin-time.ts";
import { labStack } from "../environment.ts";
import { measurementsFolder, withMeasurements } from "../measurements/folder.ts";
import { outputOf, table } from "../output.ts";
import { type MadePages, makeStatusPages } from "../status/make-pages.ts";

interface Options {
  readonly stack: string;
  readonly at?: string;
  readonly measurements?: string;
  readonly out?: string;
  readonly provider: boolean;
  readonly drift?: string;
}

/** Registers `./farm report status`. */
export function register(report: Command): void {
  withMeasurements(report.command("status"))
    .description("status pages: public ones, those of single customers, and one for the provider")
    .option("-s, --stack <stack>", "which stack", labStack)
    .option("--at <instant>", "the instant that they are about, with its offset (default: now)")
    .option("--out <folder>", "where the pages are written (default: .farm/status/<farm>)")
    .option("--no-provider", "leave the provider's page as it is: nothing is asked of XO and the machines")
    .option("--drift <file>", "what ./farm refresh --preview-only saw last (default: where it keeps it)")
    .option("--json", "what was written as JSON")
    .action(async ({ at, measurements, ...options }: Options, command: Command) => {
      const output = outputOf(command);
      const made = await makeStatusPages({
        ...options,
        at: instantOf(at),
        measurements: measurementsFolder(options.stack, measurements),
        progress: output.progress,
      });
      output.result(made, textOf(made, options.provider));
    });
}

function textOf({ at, out, gone, administrations }: MadePages, provider: boolean): string {
  const rows = administrations.map(({ id, statusPage, state }) => [id, statusPage, state ?? "–"]);
  return [
    `Status pages as of ${showBerlin(new Date(at))} (Berlin)`,
    table([["administration", "page", "state"], ...rows]),
    `Written below ${out}${gone > 0 ? `; ${gone} files of pages that are no more were taken away` : ""}`,
    provider
      ? `Addresses of the customers' pages: ${join(out, "provider", "index.html")}`
      : "The provider's page was left as it was.",
  ].join("\n");
}
