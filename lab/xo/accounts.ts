import { createHash, randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { isJsonObject, type JsonObject } from "../json.ts";
import type { TokenRecord, UserRecord } from "./account-records.ts";
import { alreadyExists, invalidCredentials, noSuchObject } from "./errors.ts";
import { newId } from "./stable-id.ts";
import { put, remove, type Store } from "./store.ts";

const derive = promisify<string, Buffer, number, Buffer>(scrypt);

const day = 86_400_000;
/** XO's default life of a token. Milliseconds. */
const tokenLife = 30 * day;
/** The longest life that the server grants. Milliseconds. */
const longestTokenLife = 183 * day;

/** Hashes a token for storage. A token is long and random, so one round is enough. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

async function hashPassword(password: string, salt = randomBytes(16)): Promise<string> {
  const hash = await derive(password, salt, 32);
  return `${salt.toString("base64url")}:${hash.toString("base64url")}`;
}

async function isPassword(password: string, stored: string): Promise<boolean> {
  const [salt = "", hash = ""] = stored.split(":");
  const expected = Buffer.from(hash, "base64url");
  const actual = await derive(password, Buffer.from(salt, "base64url"), 32);
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

/** Who may sign in, and with what. */
export class Accounts {
  private readonly store: Store;
  private readonly throttle: number;
  private readonly now: () => number;
  private readonly lastFailure = new Map<string, number>();

  /** @param throttle milliseconds after a failed try in which a user's next try fails. */
  constructor(store: Store, throttle: number, now: () => number = Date.now) {
    this.store = store;
    this.throttle = throttle;
    this.now = now;
  }

  get users(): ReadonlyMap<string, UserRecord> {
    return this.store.table("users");
  }

  /** A user as XO shows it. */
  show(user: UserRecord): JsonObject {
    return {
      id: user.id,
      email: user.email,
      name: user.email,
      permission: user.permission,
      groups: [],
      preferences: user.preferences,
      authProviders: {},
    };
  }

  /** @throws XoError 3 when name and password do not match, or within the throttle time of a failed try. */
  async byPassword(email: string, password: string): Promise<UserRecord> {
    const last = this.lastFailure.get(email);
    if (last !== undefined && this.now() - last < this.throttle) throw invalidCredentials();
    const user = this.byName(email);
    // A name that nobody has takes as long as a wrong password.
    const stored = user?.passwordHash ?? "AAAAAAAAAAAAAAAAAAAAAA:";
    if (!(await isPassword(password, stored)) || !user) {
      this.lastFailure.set(email, this.now());
      throw invalidCredentials();
    }
    this.lastFailure.delete(email);
    return user;
  }

  /** @throws XoError 3 when there is no such token, or it has expired. */
  byToken(token: string): { readonly user: UserRecord; readonly expires: number | undefined } {
    const record = this.store.table("tokens").get(hashToken(token));
    const user = record && this.users.get(record.user);
    if (!user || (record.expires !== undefined && record.expires <= this.now())) throw invalidCredentials();
    return { user, expires: record.expires };
  }

  /** A user by e-mail address. */
  byName(email: string): UserRecord | undefined {
    return [...this.users.values()].find((user) => user.email === email);
  }

  /**
   * Makes a token and returns it; it cannot be read again.
   * @param options.expiresIn milliseconds. @default 30 days
   */
  async createToken(
    user: string,
    options: { description?: string | undefined; expiresIn?: number | undefined },
  ): Promise<string> {
    const token = randomBytes(32).toString("base64url");
    const created = this.now();
    const record: TokenRecord = {
      id: hashToken(token),
      user,
      description: options.description,
      created,
      expires: created + Math.min(options.expiresIn ?? tokenLife, longestTokenLife),
    };
    await this.store.commit([put("tokens", record)]);
    return token;
  }

  /** A user's tokens. */
  tokensOf(user: string): readonly TokenRecord[] {
    return [...this.store.table("tokens").values()].filter((token) => token.user === user);
  }

  /** Makes a user. @throws XoError 16 when the name is taken. */
  async create(
    email: string,
    password: string | undefined,
    permission: UserRecord["permission"],
    id: string = newId(),
  ): Promise<string> {
    const passwordHash = password === undefined ? undefined : await hashPassword(password);
    const same = this.byName(email);
    if (same) throw alreadyExists(same.id, "user");
    await this.store.commit([put("users", { id, email, permission, passwordHash, preferences: {} })]);
    return id;
  }

  /** Changes what is given. @throws XoError 1 when there is no such user. */
  async update(
    id: string,
    change: {
      email?: string | undefined;
      password?: string | undefined;
      permission?: UserRecord["permission"] | undefined;
      preferences?: JsonObject | undefined;
    },
  ): Promise<void> {
    const passwordHash = change.password === undefined ? undefined : await hashPassword(change.password);
    const user = this.find(id);
    const taken = change.email === undefined ? undefined : this.byName(change.email);
    if (taken && taken.id !== id) throw alreadyExists(taken.id, "user");
    const next: UserRecord = {
      ...user,
      email: change.email ?? user.email,
      permission: change.permission ?? user.permission,
      preferences: isJsonObject(change.preferences) ? change.preferences : user.preferences,
      passwordHash: passwordHash ?? user.passwordHash,
    };
    await this.store.commit([put("users", next)]);
  }

  /** Removes a user with the tokens and the rights. */
  async delete(id: string): Promise<void> {
    this.find(id);
    const acls = [...this.store.table("acls").values()].filter((acl) => acl.subject === id);
    await this.store.commit([
      remove("users", id),
      ...this.tokensOf(id).map((token) => remove("tokens", token.id)),
      ...acls.map((acl) => remove("acls", acl.id)),
    ]);
  }

  private find(id: string): UserRecord {
    const user = this.users.get(id);
    if (!user) throw noSuchObject(id, "user");
    return user;
  }
}
