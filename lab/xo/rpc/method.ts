import { z } from "zod";
import type { JsonObject } from "../../json.ts";
import type { UserRecord } from "../account-records.ts";
import { type Permission, requirePermission } from "../acl.ts";
import { invalidParameters, noSuchObject, serverUnreachable, unauthorized } from "../errors.ts";
import type { RecordTypes, XoType } from "../records.ts";
import type { Simulator } from "../simulator.ts";
import type { Relations } from "../views/relations.ts";

/** One connection's state. */
export interface Session {
  user: UserRecord | undefined;
  /** Milliseconds since 1970 at which the token of the sign-in expires. */
  expires: number | undefined;
  /** The token of the sign-in; undefined after one with a password. */
  token: string | undefined;
  /** Called after a sign-in. */
  readonly signedIn: () => void;
}

/** What a method is called with besides its parameters. */
export class Call {
  readonly xo: Simulator;
  readonly session: Session;

  constructor(xo: Simulator, session: Session) {
    this.xo = xo;
    this.session = session;
  }

  /** The user who calls. @throws XoError 2 before the sign-in. */
  get user(): UserRecord {
    const id = this.session.user?.id;
    // Read again: rights may have been taken away since the sign-in.
    const user = id === undefined ? undefined : this.xo.accounts.users.get(id);
    if (!user) throw unauthorized("");
    return user;
  }

  get relations(): Relations {
    return this.xo.inventory.relations;
  }

  /**
   * An object that the user may use so.
   * @throws XoError 1 when there is none of the type, 2 when the user may not, 9 when something is to be done and
   * the pool's master, through which XO does everything, is dead.
   */
  get<T extends XoType>(id: string, types: T | readonly T[], permission: Permission): RecordTypes[T] {
    const list: readonly string[] = typeof types === "string" ? [types] : types;
    const record = this.xo.store.objects.get(id);
    if (!record || !list.includes(record.type)) throw noSuchObject(id, types);
    requirePermission(this.xo.store, this.relations, this.user, record, permission);
    const master = this.relations.get("pool", record.pool)?.master;
    if (permission !== "view" && this.relations.isDead(master)) {
      throw serverUnreachable(record.pool);
    }
    return record as RecordTypes[T];
  }
}

/** A method as the dispatcher sees it. */
export interface Method {
  /** Who may call it at all. */
  readonly access: "anybody" | "user" | "admin";
  /** Checks the parameters and runs. `undefined` is answered as `true`. */
  readonly run: (call: Call, params: JsonObject) => Promise<unknown>;
}

/**
 * Describes a method. Parameters that the schema does not list are refused, as xo-server does.
 * @param access who may call it. @default "user"
 */
export function method<S extends z.ZodType>(
  schema: S,
  run: (call: Call, params: z.output<S>) => unknown,
  access: Method["access"] = "user",
): Method {
  const known = schema instanceof z.ZodObject ? new Set(Object.keys(schema.shape)) : undefined;
  return {
    access,
    run: async (call, params) => run(call, check(schema, known ? withoutMarks(params, known) : params)),
  };
}

/** A parameter "name?" may be ignored by a server that does not know it. */
function withoutMarks(params: JsonObject, known: ReadonlySet<string>): JsonObject {
  const entries = Object.entries(params).flatMap(([key, value]) => {
    if (!key.endsWith("?") || known.has(key)) return [[key, value] as const];
    const plain = key.slice(0, -1);
    return known.has(plain) ? [[plain, value] as const] : [];
  });
  return Object.fromEntries(entries);
}

function check<S extends z.ZodType>(schema: S, params: JsonObject): z.output<S> {
  const result = schema.safeParse(params);
  if (result.success) return result.data;
  const errors = result.error.issues.map((issue) => ({
    instancePath: issue.path.map((part) => `/${String(part)}`).join(""),
    keyword: issue.code,
    message: issue.message,
  }));
  throw invalidParameters("invalid parameters", errors);
}
