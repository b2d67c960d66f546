import type { ServerResponse } from "node:http";
import type { Simulator } from "../simulator.ts";
import { createStatus } from "./status.ts";

/** A burst of changes is told once. Milliseconds. */
const settle = 150;
/** A comment line keeps idle connections open. Milliseconds. */
const heartbeat = 15_000;

/**
 * Server-Sent Events: `status` with the whole status at the start and after changes, `happened` with each event
 * as it happens.
 */
export class StatusStream {
  private readonly xo: Simulator;
  private readonly clients = new Set<ServerResponse>();
  private timer: NodeJS.Timeout | undefined;
  private readonly beat: NodeJS.Timeout;

  constructor(xo: Simulator) {
    this.xo = xo;
    xo.store.onChange(() => this.changed());
    xo.live.onChange(() => this.changed());
    xo.events.onEvent((event) => {
      this.send("happened", event);
      this.changed();
    });
    this.beat = setInterval(() => this.write(":\n\n"), heartbeat).unref();
  }

  add(response: ServerResponse): void {
    response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
    response.write(frame("status", createStatus(this.xo)));
    this.clients.add(response);
    response.on("close", () => this.clients.delete(response));
  }

  /** Ends all connections. */
  end(): void {
    clearInterval(this.beat);
    clearTimeout(this.timer);
    for (const client of this.clients) client.end();
    // What happens from here on would be written to what has ended.
    this.clients.clear();
  }

  private changed(): void {
    if (this.timer !== undefined || this.clients.size === 0) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.send("status", createStatus(this.xo));
    }, settle).unref();
  }

  private send(name: string, data: unknown): void {
    if (this.clients.size > 0) this.write(frame(name, data));
  }

  private write(text: string): void {
    for (const client of this.clients) client.write(text);
  }
}

function frame(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
