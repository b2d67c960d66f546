import { expect } from "vitest";
import type { XoClient } from "../../../lab/standins/xenorchestra/client.ts";
import { xenorchestra } from "../../../lab/standins/xenorchestra/provider.ts";
import type { Context, Properties, ResourceType } from "../../../providers/kit/types.ts";

export const vmType = "xenorchestra:index/vm:Vm";

/** The resource under test, looked up as the kit does. */
export function vmResource(): ResourceType<XoClient> {
  const resource = xenorchestra({}).resources[vmType];
  if (!resource) throw new Error(`the provider does not know ${vmType}`);
  return resource;
}

/** A context whose log lines can be looked at. */
export function contextOf<Client>(client: Client, preview = false): Context<Client> & { lines: string[] } {
  const lines: string[] = [];
  return {
    client,
    urn: `urn:pulumi:lab::farm::${vmType}::web`,
    preview,
    signal: new AbortController().signal,
    log: (_severity, message) => void lines.push(message),
    lines,
  };
}

/** For `check` and `diff`, which work without a server. */
export function offline(preview = false): Context<XoClient> & { lines: string[] } {
  return contextOf(undefined as unknown as XoClient, preview);
}

/** The smallest set of inputs. */
export function smallest(more: Properties = {}): Properties {
  return {
    nameLabel: "ratsinfo.hohenbrueck.example",
    template: "template-1",
    cpus: 2,
    memoryMax: 2_147_483_648,
    disks: [{ srId: "sr-1", nameLabel: "system", size: 10_737_418_240 }],
    networks: [{ networkId: "network-1" }],
    ...more,
  };
}

/** Checks inputs that have to be right. */
export async function checked(news: Properties, olds: Properties = {}): Promise<Properties> {
  const result = await vmResource().check(offline(), news, olds);
  expect(result.failures).toEqual([]);
  return result.inputs;
}

/** The differences by path. */
export async function differences(
  olds: Properties,
  news: Properties,
  oldInputs: Properties = {},
): Promise<Record<string, string>> {
  const result = await vmResource().diff(offline(), "vm-1", olds, news, oldInputs);
  return { ...result.differences };
}
