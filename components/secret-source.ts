import { readFileSync, statSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import type { NeededSecret } from "../guest/allrisnet/secret-names.ts";
import { secretsOf } from "../guest/allrisnet/secret-names.ts";
import { FarmError, messageOf } from "../lib/farm-error.ts";
import type { SecretRef } from "../model/allrisnet/allrisnet.ts";
import type { Tenant } from "../model/tenant.ts";

/** Values of a site's secrets by the names that they have on its machine, or why there are none. */
export type SecretValues =
  | { readonly values: Readonly<Record<string, pulumi.Output<string>>> }
  | { readonly refusal: FarmError };

/**
 * Resolves the references of a tenant file. What is missing is that administration's own trouble: it is carried
 * along as a refusal instead of stopping everybody's run.
 */
export function secretValues(tenant: Tenant): SecretValues {
  const values: Record<string, pulumi.Output<string>> = {};
  const problems: string[] = [];
  for (const secret of secretsOf(tenant.allrisnet)) {
    const found = resolve(secret.ref);
    if (typeof found === "string") problems.push(`${secret.field}: ${found}`);
    else values[secret.name] = found.value;
  }
  if (problems.length === 0) return { values };
  return {
    refusal: new FarmError({
      what: `A secret of ${tenant.name} cannot be had`,
      where: tenant.file,
      why: problems.join("; "),
      next: "provide it, then run up again; the other administrations are not concerned",
    }),
  };
}

/** The value, or why there is none. */
function resolve(ref: NeededSecret["ref"]): { readonly value: pulumi.Output<string> } | string {
  switch (ref.from) {
    case "config":
      return resolveConfig(ref);
    case "environment": {
      const text = process.env[ref.variable];
      return text ? { value: pulumi.secret(text) } : `the environment variable ${ref.variable} is not set`;
    }
    case "file":
      return resolveFile(ref);
  }
}

function resolveConfig({ key }: Extract<SecretRef, { from: "config" }>): ReturnType<typeof resolve> {
  const config = new pulumi.Config();
  const value = config.getSecret(key);
  const hint = `pulumi config set --secret ${key}`;
  return value === undefined ? `the stack has no configuration ${key}: ${hint}` : { value };
}

function resolveFile({ path }: Extract<SecretRef, { from: "file" }>): ReturnType<typeof resolve> {
  try {
    const open = statSync(path).mode & 0o077;
    if (open !== 0) return `${path} can be read by others: chmod 600 ${path}`;
    // Editors end a file with a line feed that belongs to no password.
    const text = readFileSync(path, "utf8").replace(/\r?\n$/, "");
    return text === "" ? `${path} is empty` : { value: pulumi.secret(text) };
  } catch (error) {
    return messageOf(error);
  }
}
