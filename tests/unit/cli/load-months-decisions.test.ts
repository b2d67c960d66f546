import { describe, expect, test } from "vitest";
import { defineIncident } from "../../../model/incidents/incident-file.ts";
import type { IncidentInput } from "../../../model/incidents/incident-input.ts";

import { first, scene, second } from "./load-months-scene.ts";

describe("decisions", () => {
  const outage = { start: "2026-10-14T10:00:00+02:00", end: "2026-10-14T11:00:00+02:00" };
  const decision = {
    cause: "force-majeure",
    reason: "Blitzschlag im Umspannwerk, Netz ausgefallen",
    evidence: ["Mitteilung des Netzbetreibers vom 14.10.2026"],
    approvedBy: ["Erika Muster", "Jan Beispiel"],
    decidedAt: "2026-10-15T09:00:00+02:00",
  } as const;
  const file = (id: string, more: object) =>
    defineIncident({
      id,
      tenant: "hohenbrueck",
      ...outage,
      ...more,
    });
  const month = async (...files: IncidentInput[]) => {
    const { months } = await scene({ "rand-1": first, "rand-2": second }, files).load();
    return months[0];
  };

  test("of two people take an outage out, and say why", async () => {
    const one = await month(file("blitz", { decision }));
    expect(one?.result.countedSec).toEqual([0, 600]);
    expect(one?.incidents[2]?.shares).toMatchObject([{ rule: "force-majeure", sec: [3600, 0] }]);
    expect(one?.incidents[2]?.decisions).toMatchObject([{ id: "blitz", reason: decision.reason }]);
  });

  test("of one person and proposals have no effect", async () => {
    const alone = { ...decision, approvedBy: ["Erika Muster"] };
    const { by, at: when } = { by: "rule: many sites", at: "2026-10-14T12:00:00+02:00" };
    const { cause, reason, evidence } = decision;
    const one = await month(
      file("allein", { decision: alone }),
      file("vorschlag", { proposal: { cause, reason, evidence, by, at: when } }),
    );
    expect(one?.result.countedSec).toEqual([3600, 600]);
    expect(one?.incidents[2]?.decisions).toEqual([]);
  });

  test("a later one takes the place of an earlier one, and the earlier stays to be read", async () => {
    const later = file("doch-nicht", {
      start: "2026-10-14T10:30:00+02:00",
      decision: {
        ...decision,
        cause: "unplanned",
        approvedBy: ["Erika Muster"],
        decidedAt: "2026-10-20T09:00:00+02:00",
      },
    });
    const one = await month(file("blitz", { decision }), later);
    expect(one?.result.countedSec).toEqual([1800, 600]);
    expect(one?.incidents[2]?.decisions.map(({ id }) => id)).toEqual(["blitz", "doch-nicht"]);
    expect(one?.incidents[2]?.shares.map(({ rule }) => rule)).toEqual(["force-majeure", "counts"]);
  });

  test("an objection that is upheld adds an outage that nobody measured", async () => {
    const one = await month(
      file("einspruch", {
        start: "2026-10-15T10:00:00+02:00",
        end: "2026-10-15T10:20:00+02:00",
        objection: { from: "Frau Sommer", receivedAt: "2026-10-15T11:00:00+02:00", claim: "Seite war leer" },
        decision: {
          ...{ ...decision, cause: "unplanned", approvedBy: ["Jan Beispiel"], addsOutage: true },
          decidedAt: "2026-10-16T09:00:00+02:00",
        },
      }),
    );
    expect(one?.result.countedSec).toEqual([4800, 600]);
    expect(one?.incidents.at(-1)).toMatchObject({
      targets: [],
      shares: [{ rule: "counts", sec: [1200, 0] }],
    });
  });

  test.each<[string, object, RegExp]>([
    [
      "the same person twice",
      { decision: { ...decision, approvedBy: ["Erika Muster", "erika  muster"] } },
      /approvedBy\[1\]/,
    ],
    [
      "one person under two names",
      { decision: { ...decision, approvedBy: ["Erika Muster", "Muster, E."] } },
      /approvedBy\[1\] may be the same person as "Erika Muster"/,
    ],
    [
      "what is decided ahead",
      { decision, end: "2026-10-15T09:00:01+02:00" },
      /end must not be after the decision, 2026-10-15T09:00:00\+02:00/,
    ],
    ["no evidence", { decision: { ...decision, evidence: [] } }, /evidence/],
    ["an unknown administration", { decision, tenant: "hohenbrueke" }, /did you mean "hohenbrueck"/],
    ["nothing said", {}, /needs a proposal, an objection or a decision/],
    ["an end before the start", { decision, end: outage.start }, /end must be after start/],
    ["a window by hand", { decision: { ...decision, cause: "announced-window" } }, /cause/],
    ["force majeure that adds an outage", { decision: { ...decision, addsOutage: true } }, /addsOutage/],
  ])("%s is refused with the file and the field", async (_, more, why) => {
    await expect(month(file("blitz", more))).rejects.toThrow(why);
  });
});
