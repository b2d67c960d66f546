/** Writes one event as a line of JSON to standard error. Fields never hold bodies, tokens or queries. */
export function log(event: string, fields: Readonly<Record<string, unknown>> = {}): void {
  process.stderr.write(`${JSON.stringify({ at: new Date().toISOString(), event, ...fields })}\n`);
}
