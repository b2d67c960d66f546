import type { Context } from "../../../providers/kit/types.ts";

/** A context for calling a resource as a plain object, with the lines that it logged. */
export function testContext<Client>(
  client: Client,
  options: { readonly preview?: boolean; readonly signal?: AbortSignal; readonly urn?: string } = {},
): Context<Client> & { readonly lines: string[] } {
  const lines: string[] = [];
  return {
    client,
    urn: options.urn ?? "urn:pulumi:test::farm::toy:index:Box::example",
    preview: options.preview ?? false,
    signal: options.signal ?? new AbortController().signal,
    lines,
    log: (severity, message) => lines.push(`${severity}: ${message}`),
  };
}
