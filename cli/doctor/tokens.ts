import { FarmError } from "../../lib/farm-error.ts";
import type { XoClient } from "../../providers/xenops/xo-client.ts";
import type { Context } from "./context.ts";
import { type Check, type Finding, fine } from "./finding.ts";

/** Days before its end from which on a token wants a successor. */
const early = 14;
const day = 86_400_000;

/** The identities of the farm: whether they still sign in, and until when. */
export const tokensCheck: Check<Context> = {
  id: "tokens",
  title: "tokens",
  async run(context) {
    return [
      await look("tokens.xo", "XOA_TOKEN", context, () => xoEnd(context.xo(), context.required("XOA_TOKEN"))),
      await look("tokens.xo-admin", "XOA_ADMIN_TOKEN", context, () =>
        xoEnd(context.admin(), context.required("XOA_ADMIN_TOKEN")),
      ),
      await look("tokens.cloudflare", "CLOUDFLARE_API_TOKEN", context, () => cloudflareEnd(context)),
    ];
  },
};

/** When a token ends; undefined when never. */
type End = Date | undefined;

async function look(
  id: string,
  variable: string,
  { now, environment }: Context,
  end: () => Promise<End>,
): Promise<Finding> {
  if (!environment[variable]) {
    // Without the administrator there are no backups, but sites can be made.
    const severity = variable === "XOA_ADMIN_TOKEN" ? "attention" : "broken";
    return { id, severity, detail: `${variable} is not set`, next: `set ${variable}: docs/decisions/0003` };
  }
  try {
    const ends = await end();
    if (ends === undefined) return fine(id, `${variable} is accepted and has no end`);
    const days = Math.floor((ends.getTime() - now.getTime()) / day);
    const until = ends.toISOString().slice(0, 10);
    if (days >= early) return fine(id, `${variable} is accepted until ${until}`);
    const ended = ends.getTime() <= now.getTime();
    return {
      id,
      severity: ended ? "broken" : "attention",
      detail: `${variable} ${ended ? "ended" : "ends"} on ${until}${ended ? "" : `, in ${days} days`}`,
      next: `make a new one and set ${variable}`,
    };
  } catch (error) {
    if (!(error instanceof FarmError)) throw error;
    const { what, why, next } = error.parts;
    return {
      id,
      severity: "broken",
      detail: `${variable}: ${what}${why === undefined ? "" : `; ${why}`}`,
      ...(next === undefined ? {} : { next }),
    };
  }
}

interface XoToken {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly expiration?: number;
}

/** XO lists a user's tokens by themselves. */
async function xoEnd(xo: XoClient, token: string): Promise<End> {
  const tokens = (await xo.call("user.getAuthenticationTokens", {}, { reads: true })) as XoToken[];
  const own = tokens.find(({ id }) => id === token);
  return own?.expiration === undefined ? undefined : new Date(own.expiration);
}

async function cloudflareEnd(context: Context): Promise<End> {
  const { status, expiresOn } = await context.cloudflare().token();
  if (status === "active") return expiresOn;
  throw new FarmError({
    what: `Cloudflare says it is ${status}`,
    next: "make a new one and set CLOUDFLARE_API_TOKEN",
  });
}
