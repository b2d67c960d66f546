import { type ResourceValidationArgs, unknownCheckingProxy } from "@pulumi/policy";
import { expect, test } from "vitest";
import { canonicalJson } from "../../../guest/site-values.ts";
import { messagesOf } from "../../../policies/pack.ts";
import { notKnown, sealed, types } from "../../../policies/planned-resource.ts";
import { readResource } from "../../../policies/read-resource.ts";
import { isResourceRule } from "../../../policies/rule.ts";
import { rules } from "../../../policies/rules.ts";
import { surroundings } from "./scene.ts";

const canary = "k4n4rienvogel";

/** A resource as the SDK hands it to a pack: secrets in clear, what is not known as something that throws. */
function argumentsOf(type: string, props: object, more: object = {}): ResourceValidationArgs {
  return {
    ...{ type, urn: `urn:pulumi:prod::allris-farm::${type}::one`, name: "one", stackTags: new Map() },
    opts: { protect: false, ignoreChanges: [], aliases: [], additionalSecretOutputs: [] },
    props: unknownCheckingProxy(props),
    ...more,
  } as unknown as ResourceValidationArgs;
}

test("secrets are sealed wherever they stand, and what is only named after one is no exception", () => {
  const { inputs } = readResource(
    argumentsOf(types.command, {
      create: "sudo python3 -I site.py secrets",
      stdin: canary,
      environment: { TOKEN_OF_XO: canary },
      connection: {
        host: "10.20.0.11",
        password: canary,
        proxy: { privateKey: canary, hostKey: "ssh-ed25519 A" },
      },
    }),
  );
  expect(inputs).toEqual({
    create: "sudo python3 -I site.py secrets",
    stdin: sealed,
    environment: { TOKEN_OF_XO: sealed },
    connection: {
      host: "10.20.0.11",
      password: sealed,
      proxy: { privateKey: sealed, hostKey: "ssh-ed25519 A" },
    },
  });
});

test("what a roll-out brings is read: it names secrets and holds none", () => {
  const stdin = canonicalJson({ bastions: ["10.20.0.2/32"] });
  const args = argumentsOf(types.command, { create: "sudo python3 -I site.py apply", stdin });
  expect(readResource(args).inputs["stdin"]).toBe(stdin);
});

test("what is not known yet stands for itself, at any depth", () => {
  // The SDK's own mark of a text that is to come.
  const later = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
  const { inputs } = readResource(
    argumentsOf(types.vm, { template: later, tags: ["farm=a/b", later], disks: [{ srId: later, size: 1 }] }),
  );
  expect(inputs).toEqual({
    template: notKnown,
    tags: ["farm=a/b", notKnown],
    disks: [{ srId: notKnown, size: 1 }],
  });
});

test("a provider that accepts any certificate is seen, whether its argument is a text or not", () => {
  const insecure = (value: unknown): boolean | undefined =>
    readResource(argumentsOf(types.vm, {}, { provider: { props: { insecure: value } } })).insecureProvider;
  expect([insecure("true"), insecure(true), insecure("false"), insecure(undefined)]).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test("no finding of any rule holds a secret", () => {
  const secrets = {
    password: canary,
    privateKey: canary,
    encryptionKey: canary,
    user: canary,
    token: canary,
  };
  const props = {
    ...secrets,
    create: `app --password=${canary} apply secrets install`,
    update: `TOKEN=${canary}`,
    stdin: JSON.stringify({ bastions: [], allrisnet: { "politicians.auth.method.bindPassword": canary } }),
    environment: { SECRET: canary },
    connection: { ...secrets, user: "root", proxy: secrets },
    cloudConfig: `#cloud-config\nchpasswd: root:${canary}\n`,
    source: { url: `http://name:${canary}@cc-egov.de/` },
    url: `s3+http://key:${canary}@s3.kuestenring.de/allris`,
    xapi: { url: `http://root:${canary}@xcp-1`, user: "root", passwordVariable: canary },
    algorithm: "RSA",
    privateKeyPem: canary,
  };
  const messages = rules
    .filter(isResourceRule)
    .flatMap((rule) =>
      rule.types.flatMap((type) => messagesOf(rule, argumentsOf(type, props), surroundings)),
    );
  expect(messages.length).toBeGreaterThan(20);
  expect(messages.filter((message) => message.includes(canary))).toEqual([]);
});
