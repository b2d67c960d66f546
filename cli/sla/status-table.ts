import { type Month, showBerlin } from "../../model/berlin-time.ts";
import type { Budget } from "../../model/foresight/budget.ts";
import type { Danger } from "../../model/foresight/danger.ts";
import { type ShortOutages, shortOutagesText } from "../../model/foresight/short-outages.ts";
import type { StatusRow } from "../../model/foresight/status.ts";
import { showMinutes } from "../../model/quota.ts";
import { table } from "../output.ts";

/** What a table of months is about. */
export interface StatusScope {
  readonly month: Month;
  readonly at: Date;
  /** What is wrong with the logs that the figures were made of. */
  readonly alarms: readonly string[];
}

/** How the months stand, for people. */
export function statusText(rows: readonly StatusRow[], { month, at, alarms }: StatusScope): string {
  const heading = [
    ...["administration", "state"],
    ...["ST1", "ST2"].flatMap((time) => [`${time} used`, "left", "at the end", "used up"]),
    ...["short outages", "not measured"],
  ];
  const body = rows.map(({ id, danger, budgets, shortOutages, unknownSec }) => [
    id,
    stateText(danger),
    ...budgets.flatMap(cells),
    shortOutagesText(shortOutages),
    unknownSec[0] + unknownSec[1] === 0 ? "–" : `${showMinutes(unknownSec[0] + unknownSec[1])} min`,
  ]);
  return [
    `Service level of ${month} as of ${showBerlin(at)} (Berlin), most endangered first; minutes of downtime`,
    ...(rows.length === 0 ? ["No administration."] : [table([heading, ...body])]),
    ...rows.flatMap(remarks),
    ...alarms.map((alarm) => `✗ ${alarm}`),
  ].join("\n");
}

/** The share only where it says how near the target is: of time that nobody measured it says nothing. */
function stateText({ level, share }: Danger): string {
  return level === "threatened" || level === "watched" ? `${level} (${percent(share)})` : level;
}

function cells({ usedSec, allowedSec, leftSec, share, forecastSec, usedUpAt }: Budget): readonly string[] {
  if (share === null) return ["–", "–", "–", "–"];
  return [
    `${showMinutes(usedSec)} of ${Math.floor(allowedSec / 60)} (${percent(share)})`,
    String(Math.floor(leftSec / 60)),
    forecastSec === null ? "–" : showMinutes(forecastSec),
    usedUpAt === null ? "–" : showBerlin(new Date(usedUpAt)),
  ];
}

/** Rounded up: what is used is never shown smaller than it is. */
function percent(share: number): string {
  return `${Math.ceil(Number((share * 100).toFixed(6)))} %`;
}

const levels = { "1h": "hour", "6h": "six hours", "3d": "three days" } as const;

function remarks({ id, budgets, shortOutages, readingsDiffer }: StatusRow): readonly string[] {
  const burning = budgets.flatMap(({ serviceTime, burned }) =>
    (["1h", "6h", "3d"] as const)
      .filter((window) => burned[window] >= 0.01)
      .map((window) => `${percent(burned[window])} of ${serviceTime} in the last ${levels[window]}`),
  );
  return [
    ...(burning.length === 0 ? [] : [`! ${id}: used ${burning.join(", ")}`]),
    ...(shortOutages.next === "excused" ? [] : [`! ${id}: ${nextShortOutage(shortOutages)}`]),
    ...(readingsDiffer ? [`! ${id}: the strict reading comes to another verdict`] : []),
  ];
}

/** What one more short outage would do. */
export function nextShortOutage({ next, today, week }: ShortOutages): string {
  const used = shortOutagesText({ today, week });
  if (next === "excused") return `short outages ${used}`;
  if (next === "counts") return `short outages ${used}: with one more, all of them count`;
  return `short outages ${used}: all of them count, and so does each further one`;
}
