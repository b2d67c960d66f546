import type { TrafficSettings } from "../model/settings.ts";
import { includedBytes, type TrafficAlert, type TrafficMonth, unitBytes } from "../model/traffic.ts";
import { table } from "./output.ts";

/** One administration in the report. */
export interface TrafficRow {
  readonly tenant: string;
  readonly name: string;
  /** Where the bytes were counted. */
  readonly countedAt: "machine" | "edge";
  /** Null where nothing at all is known. */
  readonly traffic: TrafficMonth | null;
  /** Why the machine or the edge could not be asked; what is shown was kept from an earlier run. */
  readonly failures: readonly string[];
}

/** The report for people. */
export function trafficText(
  rows: readonly TrafficRow[],
  settings: TrafficSettings,
  month: string,
  withPaths: boolean,
): string {
  const { unit, direction } = settings;
  const amount = (bytes: number): string => `${(bytes / unitBytes[unit]).toFixed(2)} ${unit}`;
  const heading = [
    ...["administration", "bytes", `of ${amount(includedBytes(settings))}`],
    ...["citizens/politicians/other", "people/robots/OParl+iCal/other"],
    ...["days unknown", "forecast", "over"],
  ];
  const known = rows.flatMap((row) => (row.traffic === null ? [] : [{ ...row, traffic: row.traffic }]));
  const body = known.map(({ tenant, traffic, countedAt }) => [
    tenant + (countedAt === "edge" ? " (edge)" : ""),
    String(traffic.bytes),
    percent(traffic.share),
    shares(traffic.byPresentation),
    shares(traffic.byClass),
    `${traffic.unknownDays.length} of ${traffic.days.length}`,
    traffic.forecast === null ? "–" : amount(traffic.forecast),
    traffic.overage.units === 0 ? "–" : `${traffic.overage.units} ${unit} begun`,
  ]);
  const counted = direction === "out" ? "bytes sent" : "bytes sent and received";
  const lines = [
    `Traffic of ${month}, ${counted}, days of Europe/Berlin`,
    ...(body.length === 0 ? [] : [table([heading, ...body])]),
    ...known.flatMap(({ tenant, traffic }) =>
      traffic.alerts.map((alert) => `! ${tenant}: ${alertText(alert, amount)}`),
    ),
    ...rows.flatMap(({ tenant, failures }) => failures.map((why) => `✗ ${tenant}: ${why}`)),
    ...(withPaths ? known.map(pathsText) : []),
  ];
  return lines.join("\n");
}

function pathsText({ tenant, traffic }: { tenant: string; traffic: TrafficMonth }): string {
  const rows = traffic.topPaths.map(({ path, bytes, requests }) => [path, String(bytes), String(requests)]);
  return `\n${tenant}, paths with the most bytes\n${table([["path", "bytes", "requests"], ...rows])}`;
}

function alertText(alert: TrafficAlert, amount: (bytes: number) => string): string {
  switch (alert.kind) {
    case "share":
      return `${alert.percent} % of the included traffic reached (for: ${alert.tell})`;
    case "forecast":
      return `more than is included by the end of the month if it goes on so: ${amount(alert.bytes)}`;
    case "spike":
      return `${alert.day}: ${alert.bytes} bytes, more than 3 times the median of 28 days (${alert.median})`;
  }
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** Parts in whole percent, in the order of the heading. */
function shares(parts: Readonly<Record<string, number>>): string {
  const bytes = Object.values(parts);
  const all = bytes.reduce((sum, part) => sum + part, 0);
  if (all === 0) return "–";
  return `${bytes.map((part) => Math.round((part / all) * 100)).join("/")} %`;
}
