import { createHash } from "node:crypto";
import { ApiError, account, paginate, type Route } from "./api.ts";
import type { Store } from "./store.ts";

/** Whether the token's end has come. */
export function isTokenOver(store: Store): boolean {
  const ends = store.get("token", "token")?.expires_on;
  return ends !== undefined && Date.parse(ends) <= Date.now();
}

/** The account, and the check of the token itself. */
export function accountRoutes(token: string, store: Store): Route[] {
  const present = {
    ...account,
    settings: { enforce_twofactor: false },
    created_on: "2026-01-01T00:00:00.000000Z",
  };
  return [
    {
      method: "GET",
      path: "accounts",
      handle: ({ query }) => paginate([present], query, { usual: 20, largest: 50 }),
    },
    {
      method: "GET",
      path: "accounts/:accountId",
      handle: ({ params }) => {
        if (params.accountId !== account.id) throw new ApiError(403, 10000, "Authentication error");
        return { result: present };
      },
    },
    {
      method: "GET",
      path: "user/tokens/verify",
      handle: () => {
        const id = createHash("sha256").update(token).digest("hex").slice(0, 32);
        const end = store.get("token", "token");
        if (isTokenOver(store)) return { result: { id, status: "expired", ...end } };
        return {
          result: { id, status: "active", ...end },
          messages: [{ code: 10000, message: "This API Token is valid and active" }],
        };
      },
    },
  ];
}
