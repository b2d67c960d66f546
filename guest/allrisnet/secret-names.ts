import type { AllrisNet, Politicians, SecretRef } from "../../model/allrisnet/allrisnet.ts";

type AuthMethod = Politicians["auth"]["method"];

/** A secret as everything but the machine's own file sees it: the name of that file. */
export interface NamedSecret {
  /** File below `/etc/allrisnet/secrets/`. */
  readonly secret: string;
}

/** An object in which every reference to a secret is the name of the secret. */
export type WithNamedSecrets<T> = T extends SecretRef
  ? NamedSecret
  : T extends object
    ? { readonly [K in keyof T]: WithNamedSecrets<T[K]> }
    : T;

/** The secrets that a way of signing in needs: field of the model → name of the file on the machine. */
const names: { readonly [K in AuthMethod["kind"]]: Readonly<Record<string, string>> } = {
  local: {},
  ldap: { bindPassword: "ldap-bind-password" },
  saml: { key: "saml-key" },
  oidc: { clientSecret: "oidc-client-secret" },
};

/** A secret that a site needs. */
export interface NeededSecret {
  /** File below `/etc/allrisnet/secrets/`. */
  readonly name: string;
  /** Key in the tenant file, "allrisnet.politicians.auth.method.bindPassword". */
  readonly field: string;
  /** Where its value is found. */
  readonly ref: SecretRef;
}

/** The secrets that a site needs, sorted by name. */
export function secretsOf({ politicians }: AllrisNet): readonly NeededSecret[] {
  const { method } = politicians.auth;
  return Object.entries(names[method.kind]).map(([field, name]) => ({
    name,
    field: `allrisnet.politicians.auth.method.${field}`,
    ref: (method as unknown as Readonly<Record<string, SecretRef>>)[field] as SecretRef,
  }));
}

/**
 * The way of signing in with names in the place of references: where a value comes from concerns whoever runs
 * the engine, and neither the machine nor the state.
 */
export function nameSecrets(method: AuthMethod): WithNamedSecrets<AuthMethod> {
  const named = Object.entries(names[method.kind]).map(([field, secret]) => [field, { secret }]);
  return { ...method, ...Object.fromEntries(named) } as WithNamedSecrets<AuthMethod>;
}
