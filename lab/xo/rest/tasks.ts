import { messageOf } from "../../../lib/farm-error.ts";
import type { Json, JsonObject } from "../../json.ts";
import { newId } from "../stable-id.ts";

/** Tasks that are remembered. */
const keep = 200;

/** REST actions under way and done. */
export class Tasks {
  private readonly tasks = new Map<string, JsonObject>();

  /** Runs an action and returns its task's id at once. */
  start(name: string, object: string, run: () => Promise<Json>): string {
    const id = newId();
    const begun = { id, properties: { name, objectId: object }, start: Date.now() };
    this.tasks.set(id, { ...begun, status: "pending" });
    for (const old of [...this.tasks.keys()].slice(0, -keep)) this.tasks.delete(old);
    run().then(
      (result) => this.tasks.set(id, { ...begun, status: "success", end: Date.now(), result }),
      (error: unknown) =>
        this.tasks.set(id, {
          ...begun,
          status: "failure",
          end: Date.now(),
          result: { message: messageOf(error) },
        }),
    );
    return id;
  }

  get all(): readonly JsonObject[] {
    return [...this.tasks.values()];
  }

  get(id: string): JsonObject | undefined {
    return this.tasks.get(id);
  }
}
