import type { Command } from "commander";
import { isSound, type Verification, verifyLogs } from "../../model/measurement/verify.ts";
import { labStack } from "../environment.ts";
import { exitCodes, outputOf, table } from "../output.ts";
import { measurementsFolder, pulledAt, withMeasurements } from "./folder.ts";
import { findLogs, linesOf } from "./log-files.ts";

/** Registers `./farm measurements verify`. */
export function register(measurements: Command): void {
  withMeasurements(
    measurements
      .command("verify")
      .description(
        "whether the raw logs are as they were written: each in itself, and as the other probers saw it",
      ),
  )
    .option("-s, --stack <stack>", "which stack", labStack)
    .option("--json", "the findings as JSON")
    .action((options: { stack: string; measurements?: string }, command: Command) => {
      const folder = measurementsFolder(options.stack, options.measurements);
      const found = verifyFolder(folder);
      outputOf(command).result({ folder, sound: isSound(found), ...found }, verificationText(found));
      if (!isSound(found)) process.exitCode = exitCodes.failed;
    });
}

/** Checks all logs of a folder. @throws FarmError when it cannot be read */
export function verifyFolder(folder: string): Verification {
  const logs = findLogs(folder).map(({ prober, files }) => {
    const until = pulledAt(folder, prober);
    function* lines(): Iterable<string> {
      for (const file of files) yield* linesOf(file);
    }
    return [prober, { lines, ...(until !== undefined && { until }) }] as const;
  });
  return verifyLogs(new Map(logs));
}

function verificationText(found: Verification): string {
  const rows = found.logs.map(({ prober, lines, from, to, fault }) => [
    prober,
    String(lines),
    from ?? "",
    to ?? "",
    fault === undefined ? "whole" : `CHANGED at line ${fault.line}: ${fault.text}`,
  ]);
  const seen = found.witnesses.map(({ by, of, seq, at, kind }) => {
    const what = kind === "cut" ? "the log ends before it" : "another line is in its place";
    return `CHANGED  ${by} saw line ${seq} of ${of} at ${at}; ${what}`;
  });
  const confirmed = `${found.confirmed} times a prober saw another's last line, and it is there as it was seen.`;
  if (found.logs.length === 0) return "✗ no log is here\nnext: ./farm measurements pull, or --measurements";
  const next = "next: keep the folder as it is, and compare it with its backup and with the probers' hosts";
  return [
    table([["prober", "lines", "from", "to", ""], ...rows]),
    [...seen, confirmed, ...(isSound(found) ? [] : [next])].join("\n"),
  ].join("\n\n");
}
