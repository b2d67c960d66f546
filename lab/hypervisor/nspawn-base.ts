import type { LabPlaces } from "../lab-file.ts";
import { type GuestRecord, saveGuest } from "./record.ts";

/** The guests that are known, and the rule that each is worked on by one at a time. */
export abstract class NspawnBase {
  protected readonly places: LabPlaces;
  protected readonly guests = new Map<string, GuestRecord>();
  /** Short names of hosts by id. */
  protected readonly hosts = new Map<string, string>();
  private readonly queues = new Map<string, Promise<unknown>>();

  constructor(places: LabPlaces) {
    this.places = places;
  }

  protected keep(record: GuestRecord): void {
    saveGuest(this.places, record);
    this.guests.set(record.spec.id, record);
  }

  /** @throws Error when no such guest runs */
  protected known(id: string): GuestRecord {
    const record = this.guests.get(id);
    if (!record) throw new Error(`no guest ${id} runs`);
    return record;
  }

  /** @throws Error when it does not run, or sleeps */
  protected running(id: string): GuestRecord {
    const record = this.known(id);
    if (record.state !== "Running") throw new Error(`${record.spec.name} is ${record.state.toLowerCase()}`);
    return record;
  }

  /** The guest that is running, or sleeping, with a disk. */
  protected userOf(disk: string): GuestRecord | undefined {
    return [...this.guests.values()].find((record) => record.spec.disks.some((each) => each.id === disk));
  }

  /** Short name of a host. @throws Error when it was not prepared */
  protected shortHost(id: string): string {
    const name = this.hosts.get(id);
    if (name === undefined) throw new Error(`no host ${id} was prepared`);
    return name;
  }

  /** One operation at a time on one guest. */
  protected inTurn<T>(id: string, work: () => Promise<T>): Promise<T> {
    const before = this.queues.get(id) ?? Promise.resolve();
    const result = before.then(work, work);
    const settled = result.catch(() => {});
    this.queues.set(id, settled);
    return result;
  }
}
