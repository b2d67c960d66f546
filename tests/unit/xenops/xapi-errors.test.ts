import { describe, expect, it } from "vitest";
import { XapiCallError } from "../../../providers/xenops/xapi-errors.ts";

/** What each refusal must say in plain words, with what XAPI tells along. */
const cases: readonly (readonly [string, readonly string[], RegExp, RegExp])[] = [
  ["HA_CONSTRAINT_VIOLATION_SR_NOT_SHARED", ["sr-1"], /sr-1 is not shared by all hosts/, /move the disk/],
  [
    "HA_CONSTRAINT_VIOLATION_NETWORK_NOT_SHARED",
    ["net-1"],
    /net-1 does not exist on every host/,
    /network card/,
  ],
  [
    "HA_OPERATION_WOULD_BREAK_FAILOVER_PLAN",
    [],
    /could no longer restart all protected/,
    /add memory or a host/,
  ],
  ["HA_NO_PLAN", [], /no way to place the protected machines/, /bring hosts back/],
  ["HA_IS_ENABLED", [], /while high availability is on/, /import/],
  ["HA_NOT_ENABLED", [], /high availability is off/, /refresh/],
  ["HA_FAILED_TO_FORM_LIVESET", ["h-3"], /by heartbeat; host h-3 is away/, /start every host/],
  ["HA_HOST_CANNOT_ACCESS_STATEFILE", ["h-2"], /host h-2 does not reach/, /plug the repository in/],
  ["HA_ABORT_NEW_MASTER", ["proposing"], /choosing a new master: proposing/, /wait a minute/],
  ["VM_REQUIRES_SR", ["vm-1", "sr-1"], /vm-1 has a disk on sr-1/, /shared repository/],
  ["SR_FULL", ["373293056", "1024"], /1024 bytes free and needs 373293056/, /free space/],
  ["RBAC_PERMISSION_DENIED", ["vm.set_order", "no"], /lacks the right vm.set_order/, /pool-operator/],
  [
    "SESSION_AUTHENTICATION_FAILED",
    ["farm", "no"],
    /name or password of farm/,
    /passwordVariable|password variable/,
  ],
];

describe("a refusal of XAPI", () => {
  it.each(cases)("%s is said in plain words, with the way out", (code, params, why, next) => {
    const { parts } = new XapiCallError("https://xcp-nord-1", "pool.enable_ha", code, params);
    expect(parts.what).toBe("XAPI refused pool.enable_ha");
    expect(parts.where).toBe("https://xcp-nord-1");
    expect(parts.why).toMatch(why);
    expect(parts.why).toContain(`(${code})`);
    expect(parts.next).toMatch(next);
  });

  it("that nobody foresaw is repeated as it is", () => {
    const { parts, code } = new XapiCallError("https://x", "VM.start", "LICENCE_RESTRICTION", ["PCI", "x"]);
    expect(parts.why).toBe("LICENCE_RESTRICTION: PCI, x");
    expect(code).toBe("LICENCE_RESTRICTION");
  });
});
