import { contains } from "../address.ts";
import type { FieldPath } from "../problems.ts";
import { type ProductionRules, type Report, reportRepeats } from "../rules.ts";
import type { Settings } from "../settings.ts";

type Fields = Partial<Pick<Settings, "measurement" | "pools">>;

/** Rules between the probers, and between them and what they watch. */
export function checkMeasurement({ measurement, pools }: Fields, report: Report): void {
  if (measurement === undefined) return;
  const { probers } = measurement;
  const at =
    (field: string) =>
    (index: number): FieldPath => ["measurement", "probers", index, field];
  reportRepeats(
    probers.map(({ name }) => name),
    at("name"),
    report,
  );
  reportRepeats(
    probers.map(({ host }) => host),
    at("host"),
    report,
  );
  reportRepeats(
    probers.map(({ failureDomain }) => failureDomain),
    at("failureDomain"),
    report,
  );
  probers.forEach(({ host, askFrom = [] }, index) => {
    reportRepeats(askFrom, (which) => [...at("askFrom")(index), which], report);
    for (const [key, { network }] of Object.entries(pools ?? {})) {
      if (!contains(network.subnet, host)) continue;
      report(
        at("host")(index),
        `lies in the network of the pool "${key}", which would be lost together with it`,
      );
    }
  });
}

/** What production needs beyond that. */
export function checkMeasurementInProduction(
  { measurement }: Fields,
  rules: ProductionRules,
  report: Report,
): void {
  if (measurement === undefined) return;
  const { probers } = measurement;
  if (probers.filter(({ view }) => view === "edge").length < 2) {
    report(
      ["measurement", "probers"],
      'must have two of the view "edge" in production: one alone leaves gaps',
    );
  }
  probers.forEach(({ host, askFrom = [] }, index) => {
    rules.address(["measurement", "probers", index, "host"], host);
    askFrom.forEach((network, which) => {
      if (!network.endsWith("/0")) return;
      const why = "opens pages of signing in to the whole Internet, which production refuses";
      report(["measurement", "probers", index, "askFrom", which], why);
    });
  });
}
