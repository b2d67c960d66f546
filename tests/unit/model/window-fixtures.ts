import { parseFarm } from "../../../model/farm.ts";
import type { FoundFile } from "../../../model/found-file.ts";
import { FarmProblems } from "../../../model/problems.ts";
import { allrisnet, environment, linesOf, neighbour, settings, tenant } from "./fixtures.ts";

/** A window on the evening of 2026-12-08 that was announced in time, with what differs. */
export function window(differs: object = {}) {
  return {
    id: "2026-12-08",
    kind: "technical-change",
    start: "2026-12-08T20:00:00+01:00",
    end: "2026-12-08T22:00:00+01:00",
    administrations: "all",
    reason: "ALLRIS net 4.1.8",
    notice: { sentAt: "2026-11-30T09:00:00+01:00", evidence: "mail to all recipients, ticket 4711" },
    expectedMinutes: 30,
    ...differs,
  };
}

/** A release file's value, with what differs. */
export function release(version: string, differs: object = {}) {
  const figure = version.replaceAll(".", "");
  return {
    version,
    build: `${figure}0001`,
    sha256: figure.padStart(64, "a"),
    source: { file: `allrisnet-${version}.war` },
    generation: 4,
    minimumBaseImage: 2,
    published: "2026-06-04",
    expectedMinutes: 4,
    ...differs,
  };
}

/** Releases as the lab has them. */
export const releases = [
  release("4.1.7"),
  release("4.1.8", {
    parameters: {
      renamed: { "citizens.search.maxResults": "bi.search.limit" },
      removed: ["citizens.feeds.rss"],
      added: ["citizens.modules.livestream"],
    },
  }),
  release("4.1.9"),
];

/** Three administrations, one of each ring. */
export const threeRings = [
  tenant({ allrisnet: allrisnet({ ring: "pilot" }) }),
  neighbour("nachbar", 12),
  neighbour("zuletzt", 13, { allrisnet: allrisnet({ ring: "late" }) }),
];

/** What a farm of these files is made from. */
export interface Files {
  readonly at: string;
  readonly tenants?: readonly object[];
  readonly releases?: readonly object[];
  readonly windows?: readonly object[];
  readonly notices?: readonly FoundFile[];
}

/** The farm of these files; each window and release stands in the file of its name. */
export function farmOf({
  at,
  tenants = threeRings,
  releases: given = releases,
  windows = [],
  notices = [],
}: Files) {
  const found = (folder: string, name: string, values: readonly object[]) =>
    values.map((value) => ({ file: `${folder}/${String(Reflect.get(value, name))}.ts`, value }));
  return parseFarm({
    settings: settings(),
    tenants: found("tenants", "id", tenants),
    releases: found("releases", "version", given),
    windows: found("maintenance", "id", windows),
    notices,
    environment,
    now: new Date(at),
  });
}

/** The problems of these files as lines "file field: why (hint)"; none when they fit. */
export function problemLines(files: Files): readonly string[] {
  try {
    farmOf(files);
    return [];
  } catch (error) {
    if (!(error instanceof FarmProblems)) throw error;
    return error.problems.map((problem) => `${problem.file} ${linesOf([problem])[0]}`);
  }
}
