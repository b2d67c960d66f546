import type { IncomingMessage } from "node:http";
import type { UserRecord } from "../account-records.ts";
import type { Accounts } from "../accounts.ts";

/** An answer that ends a REST request. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

function cookie(request: IncomingMessage, name: string): string | undefined {
  for (const part of (request.headers.cookie ?? "").split(";")) {
    const equals = part.indexOf("=");
    if (equals > 0 && part.slice(0, equals).trim() === name) return part.slice(equals + 1).trim();
  }
  return undefined;
}

/**
 * The user of a REST request: the cookie `authenticationToken`, or HTTP Basic with name and password.
 * @throws HttpError 400 when both are given, 401 when neither is good.
 */
export async function authenticate(request: IncomingMessage, accounts: Accounts): Promise<UserRecord> {
  const token = cookie(request, "authenticationToken");
  const header = request.headers.authorization;
  if (token !== undefined && header !== undefined) {
    throw new HttpError(
      400,
      "the authenticationToken cookie and the Authorization header exclude each other",
    );
  }
  try {
    if (token !== undefined) return accounts.byToken(decodeURIComponent(token)).user;
    const basic = /^Basic ([A-Za-z0-9+/=]+)$/.exec(header ?? "")?.[1];
    if (basic !== undefined) {
      const [name = "", ...password] = Buffer.from(basic, "base64").toString("utf8").split(":");
      return await accounts.byPassword(name, password.join(":"));
    }
  } catch {
    throw new HttpError(401, "invalid credentials");
  }
  throw new HttpError(401, "invalid credentials");
}
