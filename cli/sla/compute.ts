import type { Command } from "commander";
import { FarmError } from "../../lib/farm-error.ts";
import { parseCase } from "../../model/sla/case.ts";
import { computeMonth } from "../../model/sla/result.ts";
import { exitCodes } from "../output.ts";

/** Registers `./farm sla compute`. */
export function register(sla: Command): void {
  sla
    .command("compute")
    .description("service levels of months: cases as JSON lines on standard input, a JSON line for each")
    .option(
      "--at <instant>",
      "when the result is made: until the month's last week is over it is provisional",
    )
    .action(async ({ at }: { at?: string }) => {
      const refused = await computeLines(process.stdin, parseAt(at), (line) =>
        process.stdout.write(`${line}\n`),
      );
      if (refused > 0) process.exitCode = exitCodes.failed;
    });
}

/**
 * Computes line by line; a bad line gives a line with its number and the reason, and the rest goes on.
 * @returns how many lines were refused
 */
export async function computeLines(
  input: NodeJS.ReadableStream,
  at: Date,
  write: (line: string) => void,
): Promise<number> {
  let [number, refused] = [0, 0];
  for await (const line of linesOf(input)) {
    number += 1;
    if (line.trim() === "") continue;
    const parsed = parseCase(line);
    if (!parsed.ok) refused += 1;
    write(
      JSON.stringify(
        parsed.ok ? computeMonth(parsed.value, at) : { id: parsed.id, line: number, error: parsed.why },
      ),
    );
  }
  return refused;
}

/** JSON Lines end at a line feed alone: what node:readline takes for an end as well may stand in a JSON text (RFC 8259). */
async function* linesOf(input: NodeJS.ReadableStream): AsyncGenerator<string> {
  input.setEncoding("utf8");
  let rest = "";
  for await (const chunk of input) {
    const lines = (rest + String(chunk)).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}

function parseAt(text: string | undefined): Date {
  if (text === undefined) return new Date();
  const at = new Date(text);
  if (!Number.isNaN(at.getTime()) && /T.*(Z|[+-]\d{2}:\d{2})$/.test(text)) return at;
  throw new FarmError({
    what: `"${text}" is no instant`,
    where: "--at",
    why: "the same text without an offset is another instant elsewhere",
    next: 'write an instant with its offset, such as "2026-11-01T00:00:00+01:00"',
  });
}
