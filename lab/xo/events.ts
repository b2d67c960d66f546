/** Something that happened in the farm, as the status page tells it. */
export interface FarmEvent {
  /** Counts up from 1 since the simulator was started. */
  readonly seq: number;
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly level: "info" | "warning" | "error";
  /** One sentence without secrets. */
  readonly text: string;
  /** What it happened to. */
  readonly object?: { readonly type: string; readonly id: string; readonly name: string };
}

/** Keeps the last events and tells listeners of new ones. */
export class Events {
  private readonly kept: FarmEvent[] = [];
  private readonly listeners = new Set<(event: FarmEvent) => void>();
  private readonly keep: number;
  private count = 0;

  /** @param keep number of events that are remembered. @default 50 */
  constructor(keep = 50) {
    this.keep = keep;
  }

  /** The last events, oldest first. */
  get last(): readonly FarmEvent[] {
    return this.kept;
  }

  add(
    text: string,
    object?: { readonly type: string; readonly id: string; readonly name_label: string },
    level: FarmEvent["level"] = "info",
  ): void {
    const event: FarmEvent = {
      seq: ++this.count,
      time: new Date().toISOString(),
      level,
      text,
      ...(object ? { object: { type: object.type, id: object.id, name: object.name_label } } : {}),
    };
    this.kept.push(event);
    if (this.kept.length > this.keep) this.kept.shift();
    for (const listener of this.listeners) listener(event);
  }

  /** Returns what ends the listening. */
  onEvent(listener: (event: FarmEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
