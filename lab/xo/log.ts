import type { Json } from "../json.ts";

/** Writes one line of JSON to stderr. Values of requests never go in: they may hold secrets. */
export function log(
  level: "info" | "warn" | "error",
  message: string,
  fields: Readonly<Record<string, Json>> = {},
): void {
  process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...fields })}\n`);
}
