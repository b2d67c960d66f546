import type { JsonObject } from "../json.ts";
import type { XoRecord } from "./records.ts";
import type { Store } from "./store.ts";
import { networkView, pifView, vifView } from "./views/network.ts";
import { hostView, messageView, poolView } from "./views/pool.ts";
import { Relations } from "./views/relations.ts";
import { pbdView, srView, vbdView, vdiView } from "./views/storage.ts";
import { type LiveVm, vmView } from "./views/vm.ts";

/** Shows the stored objects as XO does. Views are made when asked for and kept until something changes. */
export class Inventory {
  private readonly store: Store;
  private readonly live: (vm: string) => LiveVm;
  private readonly liveRevision: () => number;
  private seen = "";
  private current: Relations;
  private views = new Map<string, JsonObject>();

  /**
   * @param live what is known of a running VM.
   * @param liveRevision grows whenever that changes.
   */
  constructor(store: Store, live: (vm: string) => LiveVm, liveRevision: () => number) {
    this.store = store;
    this.live = live;
    this.liveRevision = liveRevision;
    this.current = new Relations(store.objects);
  }

  /** Who belongs to whom, as of now. */
  get relations(): Relations {
    this.refresh();
    return this.current;
  }

  /** An object as XO shows it. */
  tryView(id: string): JsonObject | undefined {
    this.refresh();
    const record = this.store.objects.get(id);
    return record && this.view(record);
  }

  /** All objects, of one type or all. */
  *list(type?: string): Generator<JsonObject> {
    this.refresh();
    for (const record of this.store.objects.values()) {
      if (type === undefined || record.type === type) yield this.view(record);
    }
  }

  private refresh(): void {
    const revision = `${this.store.revision}/${this.liveRevision()}`;
    if (revision === this.seen) return;
    this.seen = revision;
    this.current = new Relations(this.store.objects);
    this.views = new Map();
  }

  private view(record: XoRecord): JsonObject {
    let view = this.views.get(record.id);
    if (!view) {
      view = render(record, this.current, this.live);
      this.views.set(record.id, view);
    }
    return view;
  }
}

function render(record: XoRecord, relations: Relations, live: (vm: string) => LiveVm): JsonObject {
  switch (record.type) {
    case "pool":
      return poolView(record, relations);
    case "host":
      return hostView(record, relations);
    case "SR":
      return srView(record, relations);
    case "PBD":
      return pbdView(record, relations);
    case "network":
      return networkView(record, relations);
    case "PIF":
      return pifView(record);
    case "VBD":
      return vbdView(record, relations);
    case "VDI":
    case "VDI-snapshot":
      return vdiView(record, relations);
    case "VIF":
      return vifView(record, relations);
    case "message":
      return messageView(record);
    default:
      return vmView(record, relations, live(record.id));
  }
}
