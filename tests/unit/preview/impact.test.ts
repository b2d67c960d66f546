import { describe, expect, test } from "vitest";
import type { ResourceChange } from "../../../model/preview/changes.ts";
import { impactRules, judge } from "../../../model/preview/impact.ts";
import { sample, update } from "./samples.ts";

const A = { type: "A" };
const CAA = { type: "CAA" };
const disk = { srId: "sr-1", nameLabel: "system", size: 10 };
const card = { networkId: "network-1" };

/** A change, and the rule that judges it; a third one stands beside it in the same plan. */
type Row = readonly [rule: string, change: ResourceChange, beside?: ResourceChange];

const machine: readonly Row[] = [
  ["vm-new", sample("vm", "create")],
  ["vm-deleted", sample("vm", "delete")],
  ["vm-replaced", sample("vm", "replace")],
  ["vm-memory", update("vm", "memoryMax", 2, 4)],
  ["vm-memory", update("vm", "memoryMax", 4, 2)],
  ["vm-more-processors", update("vm", "cpus", 2, 4)],
  ["vm-fewer-processors", update("vm", "cpus", 4, 2)],
  ["vm-disk-grown", update("vm", "disks[0].size", 10, 20)],
  ["vm-disk-shrunk", update("vm", "disks[1].size", 20, 10)],
  ["vm-disk-gone", update("vm", "disks[1]", disk, undefined)],
  ["vm-disk-new", update("vm", "disks[1]", undefined, disk)],
  ["vm-disk-moved", update("vm", "disks[0].srId", "sr-1", "sr-2")],
  ["vm-disk-unplugged", update("vm", "disks[0].attached", true, false)],
  ["vm-disk-plugged", update("vm", "disks[0].attached", false, true)],
  ["vm-card-networkId", update("vm", "networks[0].networkId", "a", "b")],
  ["vm-card-macAddress", update("vm", "networks[0].macAddress", "02:00:00:00:00:01", "02:00:00:00:00:02")],
  ["vm-card-gone", update("vm", "networks[1]", card, undefined)],
  ["vm-card-new", update("vm", "networks[1]", undefined, card)],
  ["vm-card-unplugged", update("vm", "networks[0].attached", true, false)],
  ["vm-address", update("vm", "networks[0].expectedIpCidr", "198.18.10.11/32", "198.18.10.12/32")],
  ["vm-ha-off", update("vm", "highAvailability", "restart", "")],
  ["vm-ha-off", update("vm", "highAvailability", "restart", "best-effort")],
  ["vm-ha-off", update("vm", "highAvailability", "restart", undefined)],
  ["vm-ha-on", update("vm", "highAvailability", "", "restart")],
  ["vm-unblocked", update("vm", "blockedOperations[0]", "destroy", undefined)],
  ["vm-unblocked", update("vm", "blockedOperations[0]", "destroy", "start")],
  ["vm-blocked", update("vm", "blockedOperations[0]", undefined, "destroy")],
  ["vm-power-off", update("vm", "powerState", "Running", "Halted")],
  ["vm-power-off", update("vm", "powerState", "Running", "Suspended")],
  ["vm-power-on", update("vm", "powerState", "Halted", "Running")],
  ["vm-cd", update("vm", "cdrom.id", "a", "b")],
  ["vm-name-label", update("vm", "nameLabel", "a", "b")],
  ["vm-name-description", update("vm", "nameDescription", "a", "b")],
  ["vm-tags", update("vm", "tags[2]", "a", undefined)],
  ["vm-start-delay", update("vm", "startDelay", 1, 2)],
  ["vm-affinity-host", update("vm", "affinityHost", "a", "b")],
  ["vm-auto-poweron", update("vm", "autoPoweron", false, true)],
  ["vm-memory-min", update("vm", "memoryMin", 1, 2)],
  ["vm-xenstore", update("vm", "xenstore.vm-data/a", "1", "2")],
  ["vm-resource-set", update("vm", "resourceSet", "a", "b")],
  ["vm-disks-name-label", update("vm", "disks[0].nameLabel", "a", "b")],
  ["vm-disks-name-description", update("vm", "disks[0].nameDescription", "a", "b")],
  ["vm-cloud-config", update("vm", "cloudConfig", "a", "b")],
  ["vm-cloud-network-config", update("vm", "cloudNetworkConfig", "a", "b")],
  ["vm-clone-type", update("vm", "cloneType", "fast", "full")],
  ["vm-installation-method", update("vm", "installationMethod", undefined, "network")],
  ["vm-core-os", update("vm", "coreOs", false, true)],
  ["vm-cpu-cap", update("vm", "cpuCap", 0, 1)],
  ["vm-cpu-weight", update("vm", "cpuWeight", 0, 1)],
  ["vm-host", update("vm", "host", "a", "b")],
  ["vm-hvm-boot-firmware", update("vm", "hvmBootFirmware", "bios", "uefi")],
  ["vm-secure-boot", update("vm", "secureBoot", false, true)],
  ["vm-exp-nested-hvm", update("vm", "expNestedHvm", false, true)],
  ["vm-vga", update("vm", "vga", "std", "cirrus")],
  ["vm-videoram", update("vm", "videoram", 8, 16)],
];

const names: readonly Row[] = [
  ["record-new", sample("record", "create", { inputs: A })],
  ["record-moved", update("record", "content", "198.18.10.11", "198.18.10.12", A)],
  ["record-renamed", update("record", "name", "a.example", "b.example", A)],
  ["record-caa-renamed", update("record", "name", "a.example", "b.example", CAA)],
  ["record-proxied", update("record", "proxied", true, false, A)],
  ["record-ttl", update("record", "ttl", 300, 60, A)],
  ["record-comment", update("record", "comment", "a", "b", A)],
  ["record-caa", update("record", "data.value", "a.example", "b.example", CAA)],
  ["record-replaced", sample("record", "replace", { inputs: A })],
  ["record-removed", sample("record", "delete", { inputs: A })],
  ["record-removed", sample("record", "delete", { inputs: { type: "CNAME" } })],
  ["record-caa-removed", sample("record", "delete", { inputs: CAA })],
  ["record-other-removed", sample("record", "delete", { inputs: { type: "TXT" } })],
  ["zone-new", sample("zone", "create")],
  ["zone-deleted", sample("zone", "delete")],
  ["zone-replaced", sample("zone", "replace")],
  ["zone-paused", update("zone", "paused", false, true)],
  ["zone-type", update("zone", "type", "full", "partial")],
  ["zone-setting-new", sample("setting", "create")],
  ["zone-ssl-weaker", update("setting", "value", "strict", "full", { settingId: "ssl" })],
  ["zone-setting", update("setting", "value", "full", "strict", { settingId: "ssl" })],
  ["zone-setting", update("setting", "value", "strict", "full", { settingId: "other" })],
  ["zone-setting-left", sample("setting", "delete")],
  ["zone-setting-replaced", sample("setting", "replace")],
  ["origin-pulls-new", sample("pulls", "create")],
  ["origin-pulls-off", update("pulls", "enabled", true, false)],
  ["origin-pulls-on", update("pulls", "enabled", false, true)],
  ["origin-pulls-left", sample("pulls", "delete")],
  ["origin-new", sample("origin", "create")],
  ["origin-rotated", sample("origin", "delete"), sample("origin", "create")],
  ["origin-revoked", sample("origin", "delete"), sample("key", "create")],
  ["origin-replaced", sample("origin", "replace")],
  ["tls-key-new", sample("key", "create")],
  ["tls-key-gone", sample("key", "delete")],
  ["tls-key-replaced", sample("key", "replace")],
  ["tls-request-new", sample("request", "create")],
  ["tls-request-gone", sample("request", "delete")],
  ["tls-request-replaced", sample("request", "replace")],
  ["certificate-new", sample("command:certificate", "create")],
  ["certificate-issuer", update("command:certificate", "create", "obtain", "install")],
  ["certificate-changed", update("command:certificate", "stdin", "a", "b")],
  ["certificate-reached", update("command:certificate", "connection.host", "a", "b")],
  ["certificate-again", sample("command:certificate", "replace")],
  ["certificate-left", sample("command:certificate", "delete")],
];

const backups: readonly Row[] = [
  ["backup-new", sample("job", "create")],
  ["backup-off", sample("job", "delete")],
  ["backup-replaced", sample("job", "replace")],
  ["backup-disabled", update("job", "enabled", true, false)],
  ["backup-enabled", update("job", "enabled", false, true)],
  ["backup-without-vm", update("job", "vmIds[0]", "a", undefined)],
  ["backup-other-vm", update("job", "vmIds[0]", "a", "b")],
  ["backup-fewer-places", update("job", "repositories[1]", "a", undefined)],
  ["backup-places", update("job", "repositories[1]", undefined, "a")],
  ...["last", "daily", "weekly", "monthly"].flatMap((period): Row[] => [
    [`backup-${period}-fewer`, update("job", `retention.${period}`, 14, 7)],
    [`backup-${period}-fewer`, update("job", `retention.${period}`, 14, undefined)],
    [`backup-${period}-more`, update("job", `retention.${period}`, 7, 14)],
  ]),
  ["backup-time", update("job", "schedule.cron", "0 1 * * *", "0 2 * * *")],
  ["backup-mode", update("job", "mode", "delta", "full")],
  ["backup-other", update("job", "name", "a", "b")],
  ["repository-new", sample("repository", "create")],
  ["repository-gone", sample("repository", "delete")],
  ["repository-replaced", sample("repository", "replace")],
  ["repository-moved", update("repository", "url", "nfs://a:/x", "nfs://b:/x")],
  ["repository-off", update("repository", "enabled", true, false)],
  ["repository-key", update("repository", "encryptionKey", undefined, undefined)],
  ["repository-changed", update("repository", "options", "vers=4", "vers=4.1")],
];

const farm: readonly Row[] = [
  ["ha-new", sample("ha", "create")],
  ["ha-off", sample("ha", "delete")],
  ["ha-replaced", sample("ha", "replace")],
  ["ha-fewer", update("ha", "hostFailuresToTolerate", 2, 1)],
  ["ha-more", update("ha", "hostFailuresToTolerate", 1, 2)],
  ["ha-heartbeat", update("ha", "heartbeatRepositories[0]", "a", "b")],
  ["ha-timeout", update("ha", "timeoutSeconds", 60, 90)],
  ["ha-account", update("ha", "xapi.url", "https://a", "https://b")],
  ["pool-new", sample("pool", "create")],
  ["pool-changed", update("pool", "defaultRepository", "a", "b")],
  ["pool-left", sample("pool", "delete")],
  ["pool-replaced", sample("pool", "replace")],
  ["order-new", sample("order", "create")],
  ["order-changed", update("order", "order", 1, 2)],
  ["order-gone", sample("order", "delete")],
  ["order-replaced", sample("order", "replace")],
  ["key-new", sample("hostKey", "create")],
  ["key-host", update("hostKey", "host", "a", "b")],
  ["key-replaced", sample("hostKey", "replace")],
  ["key-forgotten", sample("hostKey", "delete")],
  ["release-installed", sample("release", "create")],
  ["release-changed", update("release", "version", "4.1.7", "4.1.8")],
  ["release-build", update("release", "build", "1", "2")],
  ["release-noted", update("release", "window", undefined, "2026-12-08")],
  ["release-again", sample("release", "replace")],
  ["release-forgotten", sample("release", "delete")],
  ["settings-new", sample("command:apply", "create")],
  ["settings-changed", update("command:apply", "stdin", "{}", '{"a":1}')],
  ["settings-again", sample("command:apply", "replace")],
  ["settings-left", sample("command:apply", "delete")],
  ["secrets-new", sample("command:secrets", "create")],
  ["secrets-changed", update("command:secrets", "stdin", undefined, undefined)],
  ["secrets-again", sample("command:secrets", "replace")],
  ["secrets-left", sample("command:secrets", "delete")],
  ["bundle-create", sample("copy", "create")],
  ["bundle-update", update("copy", "source.hash", "a", "b")],
  ["bundle-replace", sample("copy", "replace")],
  ["bundle-delete", sample("copy", "delete")],
];

const others: readonly Row[] = [
  ["unprotected", sample("job", "same", { unprotected: true })],
  ["new", sample("unknown", "create")],
  ["imported", sample("vm", "import")],
  ["changed", update("unknown", "anything", 1, 2)],
  ["changed", update("vm", "somethingNew", 1, 2)],
  ["changed", update("command:other", "stdin", "a", "b")],
  ["replaced", sample("unknown", "replace")],
  ["gone", sample("unknown", "delete")],
];

const rows = [...machine, ...names, ...backups, ...farm, ...others];

describe("a row of the table judges its change, and no other row does", () => {
  test.each(rows.map((row) => [row[0], row] as const))("%s", (id, [, change, beside]) => {
    const site = beside === undefined ? [change] : [change, beside];
    expect(judge(change, site).map(({ rule }) => rule.id)).toEqual([id]);
  });
});

test("every row of the table has its sample", () => {
  const sampled = new Set(rows.map(([rule]) => rule));
  expect(impactRules.map(({ id }) => id).filter((id) => !sampled.has(id))).toEqual([]);
  expect(new Set(impactRules.map(({ id }) => id)).size).toBe(impactRules.length);
});

test("each property of one update is judged by itself, and lifted protection besides", () => {
  const change: ResourceChange = {
    ...sample("vm", "update"),
    unprotected: true,
    properties: [
      ...update("vm", "cpus", 2, 4).properties,
      ...update("vm", "blockedOperations[0]", "destroy", undefined).properties,
    ],
  };
  expect(judge(change, [change]).map(({ rule }) => rule.id)).toEqual([
    "unprotected",
    "vm-more-processors",
    "vm-unblocked",
  ]);
});

test("components are nothing outside, and an update without any property is not called harmless", () => {
  expect(judge(sample("site", "create"), [])).toEqual([]);
  expect(judge(sample("vm", "update"), []).map(({ rule }) => [rule.id, rule.level])).toEqual([
    ["changed", "notice"],
  ]);
});
