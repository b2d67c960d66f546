import { createHash } from "node:crypto";
import { ApiError, account, paginate, type Route } from "./api.ts";

/** The account, and the check of the token itself. */
export function accountRoutes(token: string): Route[] {
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
      handle: () => ({
        result: { id: createHash("sha256").update(token).digest("hex").slice(0, 32), status: "active" },
        messages: [{ code: 10000, message: "This API Token is valid and active" }],
      }),
    },
  ];
}
