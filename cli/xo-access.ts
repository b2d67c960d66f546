import { FarmError } from "../lib/farm-error.ts";
import { XoClient } from "../providers/xenops/xo-client.ts";
import { ensureEngine } from "../toolchain/engine.ts";
import { stackEnvironment } from "./environment.ts";
import type { Output } from "./output.ts";

/** The two users of Xen Orchestra that the farm works as. */
export interface XoAccess {
  /** The user who administers the pools, and nothing else. */
  readonly xo: XoClient;
  /** The administrator, for backups. @default - XOA_ADMIN_TOKEN is not set */
  readonly admin?: XoClient;
}

/**
 * Works with a stack's Xen Orchestra and closes the connections afterwards.
 * @throws FarmError when the environment does not say where it is or who asks
 */
export async function withXoAccess<Result>(
  stack: string,
  output: Output,
  work: (access: XoAccess, environment: NodeJS.ProcessEnv) => Promise<Result>,
): Promise<Result> {
  const engine = await ensureEngine(output.progress);
  const environment = { ...process.env, ...stackEnvironment(stack, engine.binFolder).variables };
  const { XOA_URL: url, XOA_TOKEN: token, XOA_ADMIN_TOKEN: adminToken } = environment;
  if (url === undefined || token === undefined) {
    throw new FarmError({ what: "XOA_URL or XOA_TOKEN is not set", next: "set both and try again" });
  }
  const xo = new XoClient({ url, token });
  const admin = adminToken === undefined ? undefined : new XoClient({ url, token: adminToken });
  try {
    return await work({ xo, ...(admin !== undefined && { admin }) }, environment);
  } finally {
    xo.close();
    admin?.close();
  }
}
