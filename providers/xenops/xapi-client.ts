import { setTimeout as sleep } from "node:timers/promises";
import type { Xapi } from "xen-api";
import { FarmError, messageOf } from "../../lib/farm-error.ts";
import type { XapiAccount } from "./xapi-account.ts";
import { XapiCallError, XapiUnreachable } from "./xapi-errors.ts";

/** Milliseconds that one call may take; switching high availability on takes minutes. */
const callTimeout = 600_000;
/** Milliseconds that a connection is kept for the next resource. */
const keepFor = 500;

/** One signed-in connection to a pool's XAPI. */
export class XapiSession {
  /** Where the pool's master is, without credentials. */
  readonly address: string;
  private readonly xapi: Xapi;

  constructor(address: string, xapi: Xapi) {
    this.address = address;
    this.xapi = xapi;
  }

  /**
   * Calls a method, for example `("VM.set_order", ref, 3)`.
   * @throws XapiCallError when XAPI refuses, XapiUnreachable when it is away
   */
  async call(method: string, ...args: readonly unknown[]): Promise<unknown> {
    try {
      return await this.xapi.call(method, ...args);
    } catch (error) {
      throw translated(error, this.address, method);
    }
  }

  /** The reference of an object. @throws XapiCallError when there is none of this uuid */
  async ref(type: "pool" | "VM" | "SR" | "host", uuid: string): Promise<string> {
    return String(await this.call(`${type}.get_by_uuid`, uuid));
  }

  /** All fields of an object. */
  async record(type: "pool" | "VM", ref: string): Promise<Readonly<Record<string, unknown>>> {
    return (await this.call(`${type}.get_record`, ref)) as Record<string, unknown>;
  }
}

interface Open {
  readonly xapi: Promise<Xapi>;
  users: number;
}

const open = new Map<string, Open>();

/**
 * Works with a pool's XAPI. Resources that work at the same time share one session, which is closed soon after the
 * last: XAPI keeps sessions of clients that just go away for a day.
 * @param insecure accepts any certificate
 * @throws FarmError when there is no password, XapiCallError when XAPI refuses it, XapiUnreachable when it is away
 */
export async function withXapi<Result>(
  account: XapiAccount,
  insecure: boolean,
  work: (session: XapiSession) => Promise<Result>,
): Promise<Result> {
  const { url, user, passwordVariable } = account;
  const password = process.env[passwordVariable] ?? "";
  if (password === "") {
    throw new FarmError({
      what: `the password of ${user} at the pool's XAPI is not known`,
      where: url,
      next: `set ${passwordVariable}`,
    });
  }
  const key = JSON.stringify([url, user, insecure]);
  const connection = open.get(key) ?? { xapi: connect(account, password, insecure), users: 0 };
  open.set(key, connection);
  connection.users++;
  try {
    return await work(new XapiSession(url, await connection.xapi));
  } catch (error) {
    // A broken connection is not kept for the next one.
    if (error instanceof XapiUnreachable || !(await isOpen(connection.xapi))) forget(key, connection);
    throw error;
  } finally {
    connection.users--;
    void closeLater(key, connection);
  }
}

function isOpen(xapi: Promise<Xapi>): Promise<boolean> {
  return xapi.then(
    () => true,
    () => false,
  );
}

function forget(key: string, connection: Open): void {
  if (open.get(key) === connection) open.delete(key);
}

async function closeLater(key: string, connection: Open): Promise<void> {
  await sleep(keepFor);
  if (connection.users > 0) return;
  forget(key, connection);
  await connection.xapi.then((xapi) => xapi.disconnect()).catch(() => {});
}

async function connect({ url, user }: XapiAccount, password: string, insecure: boolean): Promise<Xapi> {
  // Loaded when needed only: most runs change nothing about a pool.
  const library = await import("xen-api");
  const xapi = new library.Xapi({
    url,
    auth: { user, password },
    allowUnauthorized: insecure,
    watchEvents: false,
    callTimeout,
    roCallRetryOptions: { tries: 2 },
  });
  try {
    await xapi.connect();
    return xapi;
  } catch (error) {
    throw translated(error, url, "session.login_with_password");
  }
}

function translated(error: unknown, address: string, method: string): Error {
  const { code, params } = error as { readonly code?: unknown; readonly params?: unknown };
  if (typeof code === "string" && Array.isArray(params)) {
    return new XapiCallError(address, method, code, params.map(String));
  }
  return new XapiUnreachable(
    {
      what: "the pool's master cannot be reached",
      where: address,
      why: causeOf(error),
      next: "check that the host runs and is still the pool's master (XO: pool), and correct pools.<pool>.xapi.url",
    },
    { cause: error },
  );
}

function causeOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") return messageOf(error.errors[0]);
  return messageOf(error);
}
