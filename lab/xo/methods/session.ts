import { z } from "zod";
import type { TokenRecord } from "../account-records.ts";
import { hashToken } from "../accounts.ts";
import { invalidCredentials, invalidParameters } from "../errors.ts";
import { anyText, dummy, integer, text } from "../rpc/fields.ts";
import { type Method, method } from "../rpc/method.ts";
import { remove } from "../store.ts";

const minute = 60_000;
const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: minute,
  h: 60 * minute,
  d: 24 * 60 * minute,
  w: 7 * 24 * 60 * minute,
};

const words: readonly (readonly [RegExp, string])[] = [
  [/^(ms|milliseconds?)$/, "ms"],
  [/^(s|secs?|seconds?)$/, "s"],
  [/^(m|mins?|minutes?)$/, "m"],
  [/^(h|hours?)$/, "h"],
  [/^(d|days?)$/, "d"],
  [/^(w|weeks?)$/, "w"],
];

/** "30 days" or milliseconds, as milliseconds; at least a minute. */
function duration(value: number | string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/.exec(String(value));
  const word = match?.[2] === "" ? "ms" : (match?.[2] ?? "");
  const unit = words.find(([expression]) => expression.test(word))?.[1];
  const result = Number(match?.[1]) * (units[unit ?? ""] ?? Number.NaN);
  if (!(result >= minute)) throw invalidParameters("expiresIn must be a duration of a minute or more");
  return result;
}

/** @param own the token that the session was opened with */
function showToken(token: TokenRecord, own: string | undefined): object {
  return {
    // XO's id is the token itself. Here only hashes are stored: of others no more can be shown.
    id: own !== undefined && hashToken(own) === token.id ? own : token.id.slice(0, 16),
    user_id: token.user,
    description: token.description ?? "",
    created_at: token.created,
    ...(token.expires === undefined ? {} : { expiration: token.expires }),
  };
}

const signIn = method(
  z.strictObject({
    email: text.optional(),
    username: text.optional(),
    password: anyText.optional(),
    token: text.optional(),
    otp: anyText.optional(),
  }),
  async ({ xo, session }, { email, username, password, token }) => {
    if (token !== undefined) {
      const { user, expires } = xo.accounts.byToken(token);
      session.user = user;
      session.expires = expires;
      session.token = token;
    } else {
      const name = email ?? username;
      if (name === undefined || password === undefined) throw invalidCredentials();
      session.user = await xo.accounts.byPassword(name, password);
      session.expires = undefined;
      session.token = undefined;
    }
    session.signedIn();
    return xo.accounts.show(session.user);
  },
  "anybody",
);

/** Signing in and out, and tokens. */
export const sessionMethods: Readonly<Record<string, Method>> = {
  "session.signIn": signIn,
  "session.signInWithPassword": signIn,
  "session.signInWithToken": signIn,

  "session.signOut": method(z.strictObject(dummy), ({ session }) => {
    session.user = undefined;
    session.expires = undefined;
    session.token = undefined;
    session.signedIn();
  }),

  "session.getUser": method(
    z.strictObject(dummy),
    ({ xo, session }) => (session.user ? xo.accounts.show(session.user) : null),
    "anybody",
  ),

  "token.create": method(
    z.strictObject({ description: text.optional(), expiresIn: z.union([integer, text]).optional() }),
    ({ xo, user }, { description, expiresIn }) =>
      xo.accounts.createToken(user.id, {
        description,
        expiresIn: expiresIn === undefined ? undefined : duration(expiresIn),
      }),
  ),

  "token.deleteOwn": method(z.strictObject({ tokens: z.array(text) }), async ({ xo, user }, { tokens }) => {
    const own = xo.accounts.tokensOf(user.id);
    const chosen = own.filter((each) =>
      tokens.some((token) => token === each.id.slice(0, 16) || hashToken(token) === each.id),
    );
    await xo.store.commit(chosen.map((each) => remove("tokens", each.id)));
  }),

  "user.getAuthenticationTokens": method(z.strictObject(dummy), ({ xo, user, session }) =>
    xo.accounts.tokensOf(user.id).map((token) => showToken(token, session.token)),
  ),
};
