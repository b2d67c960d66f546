import { FarmError } from "../../lib/farm-error.ts";

/** XO could not be reached, or the connection broke. */
export class XoUnreachable extends FarmError {}

/** XO took a call and did not answer in time; whether it did the work is not known. */
export class XoSilent extends XoUnreachable {}

/** XO answered a call with an error. */
export class XoCallError extends FarmError {
  /** XO's code, for example 1 for "no such object", or a JSON-RPC code below -32000. */
  readonly code: number;
  readonly data: unknown;

  constructor(
    method: string,
    error: { readonly code: number; readonly message: string; readonly data?: unknown },
  ) {
    super(partsOf(method, error));
    this.code = error.code;
    this.data = error.data;
  }
}

/** XO's codes that a person can do something about. */
export const xoCodes = {
  noSuchObject: 1,
  notEnoughPermissions: 2,
  invalidCredentials: 3,
  serverUnreachable: 9,
  invalidParameters: 10,
  /** A failure of XAPI that XO has no code for; only administrators are told which. */
  xapiFailure: -32000,
  methodNotFound: -32601,
} as const;

const remedies: Readonly<Record<number, string>> = {
  [xoCodes.noSuchObject]: "somebody deleted it in XO: run ./farm pulumi refresh, then again",
  [xoCodes.notEnoughPermissions]: "give the token's user the ACL role admin on the pool (XO: Settings, ACLs)",
  [xoCodes.invalidCredentials]: "make a new token (XO: user page, Authentication tokens) and set XOA_TOKEN",
  [xoCodes.serverUnreachable]: "XO does not reach the pool's master: check that host (XO: Settings, Servers)",
  [xoCodes.methodNotFound]: "this XO is too old or a part of it is switched off",
};

function partsOf(
  method: string,
  error: { readonly code: number; readonly message: string; readonly data?: unknown },
) {
  const data =
    error.data === undefined || error.data === null ? "" : `: ${JSON.stringify(error.data).slice(0, 500)}`;
  const right = error.code === xoCodes.notEnoughPermissions ? missingRight(error.data) : undefined;
  const next =
    right === onlyAdministrators
      ? "set XOA_ADMIN_TOKEN to a token of such a user (XO: Settings, Users, permission admin)"
      : remedies[error.code];
  return {
    what: `Xen Orchestra refused ${method}: ${error.message}`,
    why: right ?? `code ${error.code}${data}`,
    ...(next === undefined ? {} : { next }),
  };
}

const onlyAdministrators =
  'only administrators of XO may do that: the token\'s user lacks the right "admin of Xen Orchestra" (code 2)';

/** The right that XO says is missing, as a sentence. */
function missingRight(data: unknown): string | undefined {
  const { permission, object } = (data ?? {}) as {
    readonly permission?: unknown;
    readonly object?: { readonly id?: unknown; readonly type?: unknown };
  };
  if (typeof permission !== "string" || permission === "") return undefined;
  if (permission === "admin") return onlyAdministrators;
  return `the token's user lacks the right ${permission} on ${String(object?.type)} ${String(object?.id)} (code 2)`;
}
