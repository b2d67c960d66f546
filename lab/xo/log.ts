import type { Json } from "../json.ts";

/** How much a line matters, the least first. */
const levels = ["info", "warn", "error"] as const;
type Level = (typeof levels)[number];

let least: Level = "info";

/** Leaves out from now on what matters less: where many simulators run in one process, nobody reads their calls. */
export function logFrom(level: Level): void {
  least = level;
}

/** Writes one line of JSON to stderr. Values of requests never go in: they may hold secrets. */
export function log(level: Level, message: string, fields: Readonly<Record<string, Json>> = {}): void {
  if (levels.indexOf(level) < levels.indexOf(least)) return;
  process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...fields })}\n`);
}
