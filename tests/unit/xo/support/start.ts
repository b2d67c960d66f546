import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Built, buildSimulator, type SimulatorOptions } from "../../../../lab/xo/build.ts";
import { logFrom } from "../../../../lab/xo/log.ts";
import { Client } from "./client.ts";
import { MemoryHypervisor } from "./hypervisor.ts";

// What calls are refused is what tests are about: their lines would bury what a test says.
logFrom("error");

export const secrets = {
  token: "farm-token-of-the-tests-0123456789",
  adminToken: "admin-token-of-the-tests-0123456789",
  adminPassword: "password of the tests",
  xapi: {
    password: "xapi password of the tests",
    readOnlyPassword: "password of the reader of the tests",
  },
};

/** A simulator in this process, with clients. */
export interface Lab {
  readonly state: string;
  readonly port: number;
  readonly hypervisor: MemoryHypervisor;
  readonly built: Built;
  readonly admin: Client;
  readonly farm: Client;
  /** Ends it and keeps the data. */
  readonly stop: () => Promise<void>;
  /** Ends it and removes the data. */
  readonly remove: () => Promise<void>;
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), "farm-xo-"));
}

/** Starts a simulator on a free port. */
export async function startLab(
  options: Partial<SimulatorOptions> & { hypervisor?: MemoryHypervisor } = {},
): Promise<Lab> {
  const state = options.state ?? temporaryFolder();
  const hypervisor = options.hypervisor ?? new MemoryHypervisor();
  const built = await buildSimulator({
    secrets,
    bootDelay: 50,
    factsInterval: 10,
    signInThrottle: 200,
    ...options,
    state,
    hypervisor,
  });
  built.server.listen(0, "127.0.0.1");
  await once(built.server, "listening");
  const { port } = built.server.address() as AddressInfo;
  const admin = await Client.signedIn(port, secrets.adminToken);
  const farm = await Client.signedIn(port, secrets.token);
  const stop = async (): Promise<void> => {
    admin.close();
    farm.close();
    await built.close();
  };
  const remove = async (): Promise<void> => {
    await stop();
    rmSync(state, { recursive: true, force: true });
  };
  return { state, port, hypervisor, built, admin, farm, stop, remove };
}

/** The parameters of `vm.create` as the official provider sends them. */
export async function createParams(
  client: Client,
  name: string,
  more: object = {},
): Promise<Record<string, unknown>> {
  const template = await client.named("VM-template", "Debian 12 ALLRIS net");
  const network = await client.named("network", "Front nord");
  const pool = await client.named("pool", "nord");
  return {
    name_label: name,
    name_description: "",
    template: template.id,
    bootAfterCreate: false,
    clone: true,
    coreOs: false,
    cpuCap: null,
    cpuWeight: null,
    CPUs: 2,
    secureBoot: false,
    expNestedHvm: false,
    tags: ["farm:lab", name],
    auto_poweron: false,
    high_availability: "restart",
    memoryStaticMax: 2147483648,
    memoryMax: 2147483648,
    VDIs: [
      {
        $SR: pool.default_SR,
        SR: pool.default_SR,
        name_label: `${name} system`,
        name_description: "",
        size: 10_000_000_000,
        type: "user",
        userdevice: "0",
      },
      {
        $SR: pool.default_SR,
        SR: pool.default_SR,
        name_label: `${name} data`,
        name_description: "papers",
        size: 20_000_000_000,
        type: "user",
      },
    ],
    VIFs: [{ network: network.id, mac: "02-16-3E-00-00-0A" }],
    startDelay: 0,
    vga: "std",
    videoram: 8,
    hvmBootFirmware: "uefi",
    cloudConfig: "#cloud-config\nhostname: probe\n",
    networkConfig: "version: 2\n",
    ...more,
  };
}
