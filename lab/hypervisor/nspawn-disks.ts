import { captureDisks, captureFromGuest } from "./capture.ts";
import { removeDisk, requireAnswering } from "./disks.ts";
import { exportDisks, importDisk } from "./export.ts";
import { NspawnFaults } from "./nspawn-faults.ts";
import type { DiskCopy, DiskExport, GuestDisk, Hypervisor } from "./types.ts";

type Disks = Pick<Hypervisor, "copyDisks" | "exportDisks" | "importDisk" | "deleteDisk">;

/** Contents of disks, while guests use them or not. */
export abstract class NspawnDisks extends NspawnFaults implements Disks {
  async copyDisks(copies: readonly DiskCopy[]): Promise<number> {
    for (const { from } of copies) requireAnswering(this.places, from);
    const user = copies.map(({ from }) => this.userOf(from)).find((record) => record !== undefined);
    const { finish, still } = user
      ? await this.inTurn(user.spec.id, async () => {
          const record = this.guests.get(user.spec.id);
          // A guest that sleeps stands still already.
          return record?.state === "Running"
            ? captureFromGuest(this.places, record, copies)
            : captureDisks(this.places, copies);
        })
      : await captureDisks(this.places, copies);
    await finish();
    return still;
  }

  async exportDisks(exports: readonly DiskExport[]): Promise<number> {
    for (const { disk } of exports) requireAnswering(this.places, disk);
    const user = exports.map(({ disk }) => this.userOf(disk)).find((record) => record !== undefined);
    if (!user) return exportDisks(this.places, exports, undefined);
    return this.inTurn(user.spec.id, () => {
      const record = this.guests.get(user.spec.id);
      // A guest that sleeps stands still already.
      return exportDisks(this.places, exports, record?.state === "Running" ? record : undefined);
    });
  }

  importDisk(folder: string, disk: Pick<GuestDisk, "id" | "repository">): Promise<void> {
    return importDisk(this.places, folder, disk);
  }

  async deleteDisk(disk: string): Promise<void> {
    const user = this.userOf(disk);
    if (user) throw new Error(`disk ${disk} is in use by ${user.spec.name}`);
    await removeDisk(this.places, disk);
  }
}
