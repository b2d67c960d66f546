import type { JsonObject } from "../json.ts";

/* Who may use XO, and what users keep in it. */

export interface UserRecord {
  readonly id: string;
  readonly email: string;
  readonly permission: "admin" | "none" | "read" | "write";
  /** "<salt>:<scrypt>" in base64url; undefined when only tokens open the account. */
  readonly passwordHash: string | undefined;
  readonly preferences: JsonObject;
}

export interface TokenRecord {
  /** SHA-256 of the token, in hexadecimal: the token itself is not stored. */
  readonly id: string;
  readonly user: string;
  readonly description: string | undefined;
  /** Milliseconds since 1970. */
  readonly created: number;
  /** Milliseconds since 1970; undefined for the tokens of the secrets file. */
  readonly expires: number | undefined;
}

export interface AclRecord {
  readonly id: string;
  readonly subject: string;
  readonly object: string;
  readonly action: "viewer" | "operator" | "admin";
}

export interface CloudConfigRecord {
  readonly id: string;
  readonly name: string;
  readonly template: string;
}

export interface ResourceSetRecord {
  readonly id: string;
  readonly name: string;
  readonly subjects: readonly string[];
  readonly objects: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
}
