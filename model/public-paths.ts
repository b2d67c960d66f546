import type { AllrisNet } from "./allrisnet/allrisnet.ts";

/** Where the presentations of a site lie. */
export interface SitePaths {
  readonly citizens: Pick<AllrisNet["citizens"], "enabled" | "basePath">;
  readonly politicians: Pick<AllrisNet["politicians"], "basePath">;
}

/**
 * Whether a path, as a visitor asked for it, lies in the citizens' presentation for certain. Names of politicians' papers
 * are non-public, and what lies in neither is what anybody may have made up: in doubt it is not.
 * @param path without its query, as it stands in nginx's log
 */
export function isPublicPath(path: string, { citizens, politicians }: SitePaths): boolean {
  const resolved = tryResolve(path);
  if (resolved === undefined || !citizens.enabled) return false;
  return isBelow(resolved, citizens.basePath) && !isBelow(resolved, politicians.basePath);
}

/** As nginx takes it: decoded once, slashes merged. Who walks up the folders is not followed. */
function tryResolve(path: string): string | undefined {
  try {
    const decoded = decodeURIComponent(path).replace(/\/+/g, "/");
    return /(^|\/)\.{1,2}(\/|$)/.test(decoded) ? undefined : decoded;
  } catch {
    return undefined;
  }
}

function isBelow(path: string, base: string): boolean {
  return path === base || path.startsWith(`${base}/`);
}
