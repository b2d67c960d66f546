import type { AllrisNet } from "../../model/allrisnet/allrisnet.ts";
import { application } from "./application.ts";

/**
 * robots.txt (RFC 9309; BSI APP.3.2.A13). Whatever an administration allows, temporary documents, results of
 * searches and the politicians' presentation are never searched.
 */
export function renderRobots({ citizens, politicians }: AllrisNet): string {
  if (!citizens.enabled || citizens.indexing === "none") return "User-agent: *\nDisallow: /\n";
  const below = [...application.temporary, ...application.interfaces].map(
    (folder) => `${citizens.basePath}/${folder}/`,
  );
  const denied = [
    ...below,
    `${citizens.basePath}/${application.search}`,
    `${politicians.basePath}/`,
    ...(citizens.indexing === "pages" ? ["/*.pdf$"] : []),
  ];
  return `User-agent: *\n${denied
    .sort()
    .map((path) => `Disallow: ${path}\n`)
    .join("")}`;
}
