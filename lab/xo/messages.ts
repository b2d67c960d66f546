import type { Change } from "../journal.ts";
import { newId } from "./stable-id.ts";
import { putObject, remove, type Store } from "./store.ts";

/** XAPI's names of what the lab tells. */
export type MessageName =
  | "HA_HOST_FAILED"
  | "HA_HOST_WAS_FENCED"
  | "HA_POOL_DROP_IN_PLAN_EXISTS_FOR"
  | "HA_POOL_OVERCOMMITTED"
  | "HA_PROTECTED_VM_RESTART_FAILED"
  | "MULTIPATH_PERIODIC_ALERT"
  | "POOL_MASTER_TRANSITION"
  | "VM_MIGRATED"
  | "VM_REBOOTED"
  | "VM_SHUTDOWN"
  | "VM_STARTED";

/** Keeps what XAPI tells, as objects that any client of XO can list. */
export class Messages {
  private readonly keep: number;
  private readonly ids: string[];

  /** @param keep messages of which more push out the oldest. @default 500 */
  constructor(store: Store, keep = 500) {
    this.keep = keep;
    this.ids = [...store.objects.values()]
      .filter((record) => record.type === "message")
      .sort((a, b) => a.time - b.time)
      .map(({ id }) => id);
  }

  /**
   * A message of now, to be committed together with what it tells.
   * @param object what it is about.
   */
  told(name: MessageName, object: { readonly id: string; readonly pool: string }, body = ""): Change[] {
    const id = newId();
    this.ids.push(id);
    const old = this.ids.splice(0, Math.max(0, this.ids.length - this.keep));
    return [
      putObject({
        id,
        uuid: id,
        type: "message",
        pool: object.pool,
        tags: [],
        name,
        body,
        time: Date.now(),
        object: object.id,
      }),
      ...old.map((each) => remove("objects", each)),
    ];
  }
}
