import type { MeasurementRecord } from "../../model/measurement/record.ts";

/** "yes 1", "no 2": what a target of Hohenbrück answered, in the order of its lines. */
export const said = (records: readonly MeasurementRecord[], target: string): readonly string[] =>
  records.flatMap((record) =>
    record.kind === "probe" && record.target === target && record.tenant === "hohenbrueck"
      ? [`${record.ok ? "yes" : "no"} ${record.run}`]
      : [],
  );

/** Whether each target has answered since an instant, and a sign of life has come after that: only it proves. */
export function provenUp(records: readonly MeasurementRecord[], since: number): boolean {
  const last = ["citizens", "politicians", "tls"].map((target) =>
    records.findLast(
      (record) => record.kind === "probe" && record.tenant === "hohenbrueck" && record.target === target,
    ),
  );
  const answers = last.map((record) =>
    record?.kind === "probe" && record.ok ? Date.parse(record.at) : Number.NaN,
  );
  const alive = records.findLast(({ kind }) => kind === "alive");
  return answers.every((at) => at >= since) && Date.parse(alive?.at ?? "") >= Math.max(...answers) + 1000;
}

/** When a prober began, each time. */
export const starts = (records: readonly MeasurementRecord[]): readonly number[] =>
  records.flatMap(({ kind, at }) => (kind === "start" ? [Date.parse(at)] : []));
