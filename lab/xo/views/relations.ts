import type { RecordTypes, VbdRecord, VdiRecord, VifRecord, VmRecord, XoRecord, XoType } from "../records.ts";

/** Who belongs to whom, found once for a state of the store and then looked up. */
export class Relations {
  readonly objects: ReadonlyMap<string, XoRecord>;
  private readonly byType = new Map<string, XoRecord[]>();
  private readonly byOwner = new Map<string, XoRecord[]>();

  constructor(objects: ReadonlyMap<string, XoRecord>) {
    this.objects = objects;
    for (const record of objects.values()) {
      append(this.byType, record.type, record);
      for (const owner of owners(record)) append(this.byOwner, `${record.type} of ${owner}`, record);
    }
  }

  /** All objects of a type. */
  all<T extends XoType>(type: T): readonly RecordTypes[T][] {
    return (this.byType.get(type) ?? []) as RecordTypes[T][];
  }

  /** Objects of a type that belong to another object (VBDs of a VM, VDIs of an SR, PIFs of a host, …). */
  of<T extends XoType>(type: T, owner: string): readonly RecordTypes[T][] {
    return (this.byOwner.get(`${type} of ${owner}`) ?? []) as RecordTypes[T][];
  }

  /** An object by id when it is of the type. */
  get<T extends XoType>(type: T, id: string | undefined): RecordTypes[T] | undefined {
    const record = id === undefined ? undefined : this.objects.get(id);
    return record?.type === type ? (record as RecordTypes[T]) : undefined;
  }

  /** Whether a host is dead; a VM without a host is on none. */
  isDead(host: string | undefined): boolean {
    return this.get("host", host)?.live === false;
  }

  /** VBDs of a VM in the order of their positions. */
  vbdsOf(vm: string): readonly VbdRecord[] {
    return [...this.of("VBD", vm)].sort((a, b) => Number(a.position) - Number(b.position));
  }

  /** Disks of a VM, without media in CD drives, in the order of their positions. */
  disksOf(vm: string): readonly { vbd: VbdRecord; vdi: VdiRecord }[] {
    return this.vbdsOf(vm).flatMap((vbd) => {
      const record = vbd.vdi === undefined || vbd.isCd ? undefined : this.objects.get(vbd.vdi);
      return record?.type === "VDI" || record?.type === "VDI-snapshot" ? [{ vbd, vdi: record }] : [];
    });
  }

  /** VIFs of a VM in the order of their devices. */
  vifsOf(vm: string): readonly VifRecord[] {
    return [...this.of("VIF", vm)].sort((a, b) => Number(a.device) - Number(b.device));
  }

  /** Bytes of guests that run, or sleep, on a host; the control domain counts. */
  memoryUsed(host: string): number {
    const guests = [...this.all("VM"), ...this.all("VM-controller")];
    return guests.filter((vm) => occupies(vm, host)).reduce((sum, vm) => sum + vm.memory.dynamicMax, 0);
  }

  /** Bytes taken of a storage repository: thick ones by the size of their disks. */
  storageUsed(sr: string): number {
    const disks = [...this.of("VDI", sr), ...this.of("VDI-snapshot", sr)];
    return disks.reduce((sum, disk) => sum + disk.size, 0);
  }
}

/** A VM holds its memory from the decision to start it until it is halted. */
function occupies(vm: VmRecord, host: string): boolean {
  return vm.host === host && (vm.powerState !== "Halted" || vm.wanted !== "Halted");
}

function owners(record: XoRecord): readonly string[] {
  switch (record.type) {
    case "VBD":
      return record.vdi === undefined ? [record.vm] : [record.vm, record.vdi];
    case "VIF":
      return [record.vm, record.network];
    case "VDI":
      return [record.sr];
    case "VDI-snapshot":
      return record.snapshotOf === undefined ? [record.sr] : [record.sr, record.snapshotOf];
    case "VM-snapshot":
      return record.snapshotOf === undefined ? [] : [record.snapshotOf];
    case "VM":
    case "VM-controller":
      return record.host === undefined ? [] : [record.host];
    case "PBD":
      return [record.host, record.sr];
    case "PIF":
      return [record.host, record.network];
    default:
      return [];
  }
}

function append(map: Map<string, XoRecord[]>, key: string, record: XoRecord): void {
  const list = map.get(key);
  if (list) list.push(record);
  else map.set(key, [record]);
}
