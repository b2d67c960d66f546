import { z } from "zod";
import { requirePermission } from "../acl.ts";
import { invalidParameters, noSuchObject, unauthorized, XapiError } from "../errors.ts";
import { blankVm } from "../fixture/templates.ts";
import type { VbdRecord, VdiRecord, VifRecord, VmRecord, XoRecord } from "../records.ts";
import { anyText, flag, json, looseInteger, mac, text } from "../rpc/fields.ts";
import { type Call, type Method, method } from "../rpc/method.ts";
import { newId } from "../stable-id.ts";
import { put, putObject } from "../store.ts";
import { cloudConfigDrive, newVbd, newVdi, newVif, nextPosition, requireRoom } from "./devices.ts";
import { requireWithin } from "./resource-usage.ts";
import { edit, editFields } from "./vm-edit.ts";

const disk = z.strictObject({
  $SR: text.optional(),
  SR: text.optional(),
  name_label: anyText.optional(),
  name_description: anyText.optional(),
  size: looseInteger.optional(),
  type: anyText.optional(),
  userdevice: text.optional(),
  device: text.optional(),
  destroy: flag.optional(),
  bootable: flag.optional(),
});

const card = z.strictObject({
  network: text,
  mac: z.union([z.literal("").transform(() => undefined), mac]).optional(),
  device: text.optional(),
  allowedIpv4Addresses: z.array(text).optional(),
  allowedIpv6Addresses: z.array(text).optional(),
});

const fields = z.strictObject({
  ...editFields,
  name_label: text,
  template: text,
  clone: flag.default(true),
  bootAfterCreate: flag.default(false),
  destroyCloudConfigVdiAfterBoot: flag.default(false),
  cloudConfig: anyText.optional(),
  networkConfig: anyText.nullish(),
  coreOs: flag.optional(),
  share: flag.optional(),
  copyHostBiosStrings: flag.optional(),
  createVtpm: flag.optional(),
  installation: z.strictObject({ method: text, repository: anyText.optional() }).optional(),
  tags: z.array(text).default([]),
  VDIs: z.array(disk).default([]),
  VIFs: z.array(card).default([]),
  existingDisks: json.optional(),
});
type Wanted = z.output<typeof fields>;

/** What a template with its disks becomes, before it is stored. */
class Draft {
  private readonly call: Call;
  readonly template: VmRecord;
  readonly vm: VmRecord;
  readonly vdis: VdiRecord[] = [];
  readonly vbds: VbdRecord[] = [];
  readonly vifs: VifRecord[] = [];

  constructor(call: Call, template: VmRecord, vm: VmRecord) {
    this.call = call;
    this.template = template;
    this.vm = vm;
  }

  /** The template's disks, changed, moved or dropped as asked for by position. */
  cloneDisks(wanted: Wanted["VDIs"]): void {
    for (const { vbd, vdi } of this.call.relations.disksOf(this.template.id)) {
      const asked = wanted.find((each) => each.userdevice === vbd.position);
      if (asked?.destroy) continue;
      const size = asked?.size ?? vdi.size;
      if (size < vdi.size) {
        throw invalidParameters(`cannot set new size (${size}) below the current size (${vdi.size})`);
      }
      this.add(
        newVdi(this.vm.pool, asked?.SR ?? asked?.$SR ?? vdi.sr, asked?.name_label ?? vdi.name_label, size, {
          name_description: asked?.name_description ?? vdi.name_description,
          baseImage: vdi.baseImage,
        }),
        vbd.position,
        vbd.bootable,
      );
    }
  }

  addDisks(wanted: Wanted["VDIs"], templatePositions: ReadonlySet<string>): void {
    for (const [index, asked] of wanted.entries()) {
      if (asked.destroy || (asked.userdevice !== undefined && templatePositions.has(asked.userdevice)))
        continue;
      const sr = asked.SR ?? asked.$SR ?? this.call.relations.get("pool", this.vm.pool)?.defaultSr;
      if (sr === undefined || asked.size === undefined || asked.size <= 0) {
        throw invalidParameters("a new disk needs a storage repository and a size above 0", [
          { instancePath: `/VDIs/${index}`, message: "SR and size are required" },
        ]);
      }
      const vdi = newVdi(this.vm.pool, sr, asked.name_label ?? this.vm.name_label, asked.size, {
        name_description: asked.name_description ?? "",
      });
      this.add(vdi, asked.userdevice ?? nextPosition(this.vbds), asked.bootable ?? this.vdis.length === 0);
    }
  }

  addCards(wanted: Wanted["VIFs"]): void {
    for (const asked of wanted) {
      const network = this.call.relations.get("network", asked.network);
      if (!network) throw noSuchObject(asked.network, "network");
      this.vifs.push(
        newVif(this.vm, network, asked.device ?? String(this.vifs.length), asked.mac, {
          allowedIpv4: asked.allowedIpv4Addresses ?? [],
          allowedIpv6: asked.allowedIpv6Addresses ?? [],
        }),
      );
    }
  }

  addCd(vdi: string): void {
    this.call.get(vdi, "VDI", "view");
    this.vbds.push(newVbd(this.vm, vdi, "3", { isCd: true, bootable: true, readOnly: true }));
  }

  addCloudConfig(userData: string, networkConfig: string | undefined): VdiRecord {
    const sr = this.vdis[0]?.sr;
    if (sr === undefined)
      throw new XapiError("SR_BACKEND_FAILURE", "a cloud-init drive needs a disk beside it");
    const drive = cloudConfigDrive(this.vm, sr, userData, networkConfig);
    this.add(drive, nextPosition(this.vbds), false);
    return drive;
  }

  private add(vdi: VdiRecord, position: string, bootable: boolean): void {
    const sr = this.call.relations.get("SR", vdi.sr);
    if (!sr) throw noSuchObject(vdi.sr, "SR");
    this.vdis.push(vdi);
    this.vbds.push(newVbd(this.vm, vdi.id, position, { bootable }));
  }
}

function draftOf(call: Call, template: VmRecord, wanted: Wanted): Draft {
  const id = newId();
  const memory = wanted.memoryMax ?? wanted.memory ?? template.memory.dynamicMax;
  const base: VmRecord = {
    ...blankVm(id, "VM", wanted.name_label),
    pool: template.pool,
    name_description: template.name_description,
    cpus: template.cpus,
    memory: {
      staticMin: Math.min(template.memory.staticMin, memory),
      dynamicMin: Math.min(template.memory.dynamicMin, memory),
      dynamicMax: memory,
      staticMax: Math.max(wanted.memoryStaticMax ?? memory, memory),
    },
    firmware: template.firmware,
    bootOrder: wanted.installation
      ? wanted.installation.method === "network"
        ? "ncd"
        : "dcn"
      : template.bootOrder,
    tags: [...new Set(wanted.tags)].sort(),
    creation: { date: new Date().toISOString(), template: template.uuid, user: call.user.id },
    installTime: Math.floor(Date.now() / 1000),
    otherConfig: { auto_poweron: String(wanted.auto_poweron ?? false) },
  };
  const { memory: _memory, memoryMax: _max, memoryStaticMax: _static, ...rest } = wanted;
  const draft = new Draft(call, template, edit(call, base, rest));
  const positions = new Set(call.relations.disksOf(template.id).map(({ vbd }) => vbd.position));
  draft.cloneDisks(wanted.VDIs);
  draft.addDisks(wanted.VDIs, positions);
  draft.addCards(wanted.VIFs);
  const { installation } = wanted;
  if (installation?.method === "cdrom" && installation.repository) draft.addCd(installation.repository);
  return draft;
}

/** Without a resource set the user needs the pool; with one, everything used must be in the set. */
function checkRights(call: Call, draft: Draft): void {
  const { user, xo, relations } = call;
  if (draft.vm.resourceSet === undefined) {
    const pool = relations.get("pool", draft.vm.pool);
    if (pool) requirePermission(xo.store, relations, user, pool, "administrate");
    for (const { sr } of draft.vdis) call.get(sr, "SR", "administrate");
    for (const { network } of draft.vifs) call.get(network, "network", "view");
    return;
  }
  const set = xo.store.table("resourceSets").get(draft.vm.resourceSet);
  if (!set) throw noSuchObject(draft.vm.resourceSet, "resourceSet");
  if (user.permission === "admin") return;
  if (!set.subjects.includes(user.id))
    throw unauthorized("administrate", { id: set.id, type: "resourceSet" });
  const used = [
    draft.template.id,
    ...draft.vdis.map(({ sr }) => sr),
    ...draft.vifs.map(({ network }) => network),
  ];
  for (const id of used) {
    if (!set.objects.includes(id))
      throw unauthorized("administrate", { id, type: xo.store.objects.get(id)?.type ?? "" });
  }
  const disk = draft.vdis.reduce((sum, vdi) => sum + vdi.size, 0);
  const asked = { cpus: draft.vm.cpus.number, memory: draft.vm.memory.dynamicMax, disk };
  requireWithin(set, asked, relations);
}

/** `vm.create`: from a template to a halted VM, in one step. */
export const vmCreateMethods: Readonly<Record<string, Method>> = {
  "vm.create": method(fields, async (call, wanted) => {
    const { xo } = call;
    const template = xo.store.objects.get(wanted.template);
    if (template?.type !== "VM-template") throw noSuchObject(wanted.template, "VM-template");
    const draft = draftOf(call, template, wanted);
    checkRights(call, draft);
    requireRoom(call.relations, draft.vdis);
    let vm = draft.vm;
    if (wanted.cloudConfig !== undefined && wanted.cloudConfig !== "") {
      const drive = draft.addCloudConfig(wanted.cloudConfig, wanted.networkConfig ?? undefined);
      if (wanted.destroyCloudConfigVdiAfterBoot) vm = { ...vm, dropCloudConfig: drive.id };
    }
    const boots = wanted.bootAfterCreate;
    const records: XoRecord[] = [
      { ...vm, wanted: boots ? "Running" : "Halted" },
      ...draft.vdis,
      ...draft.vbds,
      ...draft.vifs,
    ];
    // Who made a VM within a resource set may do everything with it.
    const shared = vm.resourceSet !== undefined && call.user.permission !== "admin";
    const acl = { id: newId(), subject: call.user.id, object: vm.id, action: "admin" } as const;
    await xo.store.commit([...records.map(putObject), ...(shared ? [put("acls", acl)] : [])]);
    xo.events.add(`${vm.name_label} created`, vm);
    if (boots) void xo.machines.startLater(vm.id, xo.bootDelay);
    return vm.id;
  }),
};
