import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Xapi } from "xen-api";
import { createParams, type Lab, secrets, startLab } from "./support/start.ts";

let lab: Lab;
let xapi: Xapi;
let reader: Xapi;

async function signedIn(user: string, password: string): Promise<Xapi> {
  const client = new Xapi({
    url: `http://127.0.0.1:${lab.port}`,
    auth: { user, password },
    allowUnauthorized: false,
    watchEvents: false,
    callTimeout: 10_000,
    roCallRetryOptions: { tries: 1 },
  });
  await client.connect();
  return client;
}

beforeAll(async () => {
  lab = await startLab();
  xapi = await signedIn("farm", secrets.xapi.password);
  reader = await signedIn("reader", secrets.xapi.readOnlyPassword);
});
afterAll(async () => {
  await xapi.disconnect();
  await reader.disconnect();
  await lab.remove();
});

interface Refusal {
  readonly code?: string;
  readonly params?: readonly string[];
}

/** What XAPI answers to a call that must fail. */
async function refusal(call: Promise<unknown>): Promise<Refusal> {
  return call.then(
    (result) => expect.unreachable(`answered ${JSON.stringify(result)}`),
    (error: Refusal) => ({ code: error.code ?? String(error), params: error.params ?? [] }),
  );
}

describe("the lab's XAPI, asked by the vendor's client", () => {
  it("lets nobody in with a wrong password", async () => {
    // Either may be refused first, and must not be without somebody who waits for it.
    const refused = [signedIn("farm", "wrong"), signedIn("root", secrets.xapi.password)].map(refusal);
    for (const each of await Promise.all(refused))
      expect(each).toMatchObject({ code: "SESSION_AUTHENTICATION_FAILED" });
  });

  it("switches high availability on and off, with its numbers", async () => {
    const [ref] = (await xapi.call("pool.get_all")) as string[];
    const { default_SR: sr } = (await xapi.call("pool.get_record", ref)) as { default_SR: string };
    expect(await xapi.call("pool.ha_compute_max_host_failures_to_tolerate")).toBe(2);
    await xapi.call("pool.enable_ha", [sr], { timeout: "7" });
    expect(await refusal(xapi.call("pool.enable_ha", [sr], {}))).toEqual({
      code: "HA_IS_ENABLED",
      params: [],
    });
    await xapi.call("pool.set_ha_host_failures_to_tolerate", ref, 1);
    expect(await xapi.call("pool.get_record", ref)).toMatchObject({
      ha_enabled: true,
      ha_configuration: { timeout: "7" },
      ha_host_failures_to_tolerate: 1,
      ha_plan_exists_for: 1,
      ha_overcommitted: false,
    });
    expect(await lab.farm.named("pool", "nord")).toMatchObject({ HA_enabled: true });
    expect(await refusal(xapi.call("pool.set_ha_host_failures_to_tolerate", ref, 3))).toMatchObject({
      code: "HA_OPERATION_WOULD_BREAK_FAILOVER_PLAN",
    });
    expect(await xapi.call("pool.ha_failover_plan_exists", 2)).toBe(true);
    expect(await xapi.call("pool.ha_failover_plan_exists", 3)).toBe(false);
    await xapi.call("pool.disable_ha");
    expect(await refusal(xapi.call("pool.disable_ha"))).toMatchObject({ code: "HA_NOT_ENABLED" });
    expect(await xapi.call("pool.get_ha_enabled", ref)).toBe(false);
  });

  it("knows the restart order, which XO does not show", async () => {
    const id = await lab.farm.call("vm.create", await createParams(lab.farm, "ordered"));
    const ref = await xapi.call("VM.get_by_uuid", id);
    await xapi.call("VM.set_order", ref, 4);
    await xapi.call("VM.set_start_delay", ref, 15);
    await xapi.call("VM.assert_agile", ref);
    expect(await xapi.call("VM.get_order", ref)).toBe(4);
    expect(await lab.farm.named("VM", "ordered")).toMatchObject({ startDelay: 15 });
    await xapi.call("VM.set_ha_restart_priority", ref, "best-effort");
    expect(await lab.farm.named("VM", "ordered")).toMatchObject({ high_availability: "best-effort" });
    expect(await refusal(xapi.call("VM.set_order", ref, -1))).toMatchObject({ code: "VALUE_NOT_SUPPORTED" });
    expect(await refusal(xapi.call("VM.set_order", ref, "x"))).toMatchObject({ code: "FIELD_TYPE_ERROR" });
    expect(await refusal(xapi.call("VM.get_by_uuid", "none"))).toEqual({
      code: "UUID_INVALID",
      params: ["VM", "none"],
    });
    await lab.farm.call("vm.delete", { id });
    expect(await refusal(xapi.call("VM.get_record", ref))).toMatchObject({ code: "HANDLE_INVALID" });
  });

  it("lets a reader read, and names the right that is missing for more", async () => {
    const [ref] = (await reader.call("pool.get_all")) as string[];
    expect(await reader.call("pool.get_name_label", ref)).toBe("nord");
    expect(await refusal(reader.call("pool.set_ha_host_failures_to_tolerate", ref, 1))).toEqual({
      code: "RBAC_PERMISSION_DENIED",
      params: ["pool.set_ha_host_failures_to_tolerate", "No permission in user session"],
    });
    expect(await refusal(reader.call("pool.disable_ha"))).toMatchObject({ code: "RBAC_PERMISSION_DENIED" });
  });

  it("knows no other calls, and says so as XAPI does", async () => {
    expect(await refusal(xapi.call("pool.eject_everybody"))).toMatchObject({
      code: "MESSAGE_METHOD_UNKNOWN",
    });
    expect(await refusal(xapi.call("pool.disable_ha", 1))).toMatchObject({
      code: "MESSAGE_PARAMETER_COUNT_MISMATCH",
    });
  });

  it("does not answer while the master is dead", async () => {
    const { master } = await lab.farm.named("pool", "nord");
    await lab.admin.call("lab.failHost", { host: master });
    expect((await refusal(xapi.call("pool.get_all"))).code).toBe("UND_ERR_SOCKET");
    await lab.admin.call("lab.healHost", { host: master });
    expect(await xapi.call("pool.get_all")).toHaveLength(1);
  });
});
