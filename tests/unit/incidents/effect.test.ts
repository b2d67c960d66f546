import { describe, expect, test } from "vitest";
import { effectOf } from "../../../model/incidents/effect.ts";
import type { IncidentCause, IncidentDecision } from "../../../model/incidents/incident.ts";

function decision(start: number, end: number, cause: IncidentCause, addsOutage = false): IncidentDecision {
  return {
    ...{ id: `${cause}-${start}`, tenant: "hohenbrueck", start, end, cause },
    ...{ reason: "r", evidence: ["e"], approvedBy: ["x", "y"], decidedAt: 0 },
    ...(addsOutage && { addsOutage }),
  };
}

describe("an outage that a decision added", () => {
  const added = decision(10, 30, "unplanned", true);

  test("is taken back by a later one about the same time, for as long as that is about", () => {
    expect(effectOf([added]).added).toEqual([{ start: 10, end: 30 }]);
    expect(effectOf([added, decision(10, 30, "unplanned")]).added).toEqual([]);
    expect(effectOf([added, decision(20, 40, "unplanned")]).added).toEqual([{ start: 10, end: 20 }]);
  });

  test("is not taken back by one person alone", () => {
    const alone = { ...decision(10, 30, "unplanned"), approvedBy: ["x"] };
    expect(effectOf([added, alone]).added).toEqual([{ start: 10, end: 30 }]);
    // What was excused counts again on one person's word.
    expect(effectOf([decision(10, 30, "force-majeure"), alone]).excluded).toEqual([]);
  });

  test("comes back with a still later one", () => {
    const back = decision(0, 40, "unplanned");
    expect(effectOf([added, back, added]).added).toEqual([{ start: 10, end: 30 }]);
    expect(effectOf([back, added]).added).toEqual([{ start: 10, end: 30 }]);
  });

  test("stays an outage when it is excused, and is one again when that is taken back", () => {
    const { added: outage, excluded } = effectOf([added, decision(10, 20, "force-majeure")]);
    expect(outage).toEqual([{ start: 10, end: 30 }]);
    expect(excluded.map(({ spans }) => spans)).toEqual([[{ start: 10, end: 20 }]]);
  });
});
