import type { Command } from "commander";
import { labStack } from "../environment.ts";
import { exitCodes, outputOf, table } from "../output.ts";
import { measurementsFolder, withMeasurements } from "./folder.ts";
import { verifyFolder } from "./verify.ts";

/** Registers `./farm measurements heads`. */
export function register(measurements: Command): void {
  withMeasurements(
    measurements
      .command("heads")
      .description("the last line of each raw log, to be kept where nobody of the farm can change it"),
  )
    .option("-s, --stack <stack>", "which stack", labStack)
    .option("--json", "the same as JSON")
    .action((options: { stack: string; measurements?: string }, command: Command) => {
      const { logs } = verifyFolder(measurementsFolder(options.stack, options.measurements));
      const heads = logs.map(({ prober, to, head, fault }) => ({
        prober,
        seq: head?.seq ?? null,
        hash: head?.hash ?? null,
        at: to ?? null,
        whole: fault === undefined,
      }));
      const rows = heads.map(({ prober, seq, hash, at, whole }) => [
        prober,
        String(seq ?? ""),
        at ?? "",
        `${hash ?? ""}${whole ? "" : "  (the last that is in order)"}`,
      ]);
      outputOf(command).result({ heads }, table([["prober", "line", "at", "hash"], ...rows]));
      if (heads.some(({ whole }) => !whole)) process.exitCode = exitCodes.failed;
    });
}
