import { timingSafeEqual } from "node:crypto";
import { XapiError } from "../errors.ts";
import { newId } from "../stable-id.ts";

/** XAPI's roles, each with all that the ones before it may. */
const roles = [
  "read-only",
  "vm-operator",
  "vm-admin",
  "vm-power-admin",
  "pool-operator",
  "pool-admin",
] as const;

/** A role of XAPI. */
export type Role = (typeof roles)[number];

/** Who may sign in at the pool itself. */
export interface XapiAccountRecord {
  readonly user: string;
  readonly password: string;
  readonly role: Role;
}

/** Signs in at XAPI. Sessions end with this process, as they end with XAPI's. */
export class Sessions {
  private readonly accounts: readonly XapiAccountRecord[];
  private readonly open = new Map<string, XapiAccountRecord>();

  constructor(accounts: readonly XapiAccountRecord[]) {
    this.accounts = accounts;
  }

  /** @throws XapiError when name and password do not match */
  login(user: string, password: string): string {
    const account = this.accounts.find((each) => each.user === user);
    if (account === undefined || !same(account.password, password)) {
      throw new XapiError("SESSION_AUTHENTICATION_FAILED", user, "Authentication failure");
    }
    const session = `OpaqueRef:${newId()}`;
    this.open.set(session, account);
    return session;
  }

  logout(session: string): void {
    this.open.delete(session);
  }

  /**
   * Lets a call through.
   * @param name the call, `VM.set_order`
   * @throws XapiError when there is no such session, or its account has too low a role
   */
  require(session: string, role: Role, name: string): void {
    const account = this.open.get(session);
    if (account === undefined) throw new XapiError("SESSION_INVALID", session);
    if (roles.indexOf(account.role) >= roles.indexOf(role)) return;
    throw new XapiError("RBAC_PERMISSION_DENIED", name.toLowerCase(), "No permission in user session");
  }
}

function same(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
