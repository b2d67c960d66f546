import { describe, expect, test } from "vitest";
import { readIncidents } from "../../../model/incidents/incident-file.ts";
import { proposalsOf } from "../../../model/incidents/proposals.ts";
import type { Problem } from "../../../model/problems.ts";
import type {
  AdministrationMonth,
  IncidentRule,
  JudgedIncident,
} from "../../../model/sla/administration-month.ts";
import { sampleMonths } from "../../support/administration-months.ts";

const start = Date.parse("2026-10-14T08:00:00Z");
const at = new Date("2026-10-15T08:00:00Z");

const [sample] = sampleMonths() as [AdministrationMonth];

function month(tenant: string, from?: number, rule: IncidentRule = "counts"): AdministrationMonth {
  const incident = from !== undefined && {
    ...{ id: `${tenant}-20261014T080000Z`, tenant, start: from, end: from + 600_000 },
    ...{ targets: [], symptoms: [], decisions: [] },
    shares: [{ rule, span: { start: from, end: from + 600_000 }, sec: [600, 0] as const }],
  };
  const incidents: JudgedIncident[] = incident === false ? [] : [incident];
  return { ...sample, tenant: { ...sample.tenant, id: tenant }, incidents };
}

const base = { at, deeds: [], orders: new Map<string, never[]>() };
const pools = new Map(["amt", "burg", "celle", "dorf"].map((id) => [id, id === "dorf" ? "sued" : "nord"]));

describe("several sites of one pool at once", () => {
  const some = [month("amt", start), month("burg", start + 20_000), month("celle"), month("dorf", start)];

  test("are a proposal for each, with the others as evidence, and nothing more", () => {
    const proposals = proposalsOf({ ...base, months: some, pools });
    expect(proposals.map(({ tenant, decision }) => [tenant, decision])).toEqual([
      ["amt", undefined],
      ["burg", undefined],
    ]);
    expect(proposals[0]).toMatchObject({
      id: "amt-20261014t080000z-gemeinsam",
      start: "2026-10-14T10:00:00+02:00",
      proposal: {
        cause: "force-majeure",
        reason: expect.stringContaining("2 von 3 Verwaltungen des Pools nord"),
        evidence: ["amt-20261014T080000Z", "burg-20261014T080000Z"],
      },
    });
  });

  test("one of three, two an hour apart, or what does not count anyway, are none", () => {
    for (const months of [
      [month("amt", start), month("burg"), month("celle")],
      [month("amt", start), month("burg", start + 3_600_000), month("celle")],
      [month("amt", start, "planned"), month("burg", start, "planned"), month("celle")],
    ]) {
      expect(proposalsOf({ ...base, months, pools })).toEqual([]);
    }
  });
});

describe("work under the customer's ticket", () => {
  const deed = { tenant: "dorf", at: start - 60_000, who: "erika@bastion", what: "restart", detail: "nginx" };
  const orders = new Map([["dorf", [{ ticket: "4711", by: "Frau Sommer" }]]]);
  const months = [month("dorf", start), month("amt", start), month("burg"), month("celle")];

  test("is proposed with the line of the audit log", () => {
    const [one, ...more] = proposalsOf({
      ...base,
      months,
      pools: new Map(),
      orders,
      deeds: [{ ...deed, ticket: "4711" }],
    });
    expect(more).toEqual([]);
    expect(one?.proposal).toMatchObject({
      cause: "customer-instruction",
      evidence: ["audit log 2026-10-14 09:59: erika@bastion, restart, nginx"],
    });
  });

  test("is a file that can be read, whatever was noted: an error of several lines, nothing, a long name", () => {
    const by = `Herr ${"Sommer-".repeat(25)}Winter`;
    const details = ["nginx: ✗ The site does not answer\nwhere: dorf\nnext: wait", "", "word ".repeat(60)];
    const proposals = proposalsOf({
      ...base,
      months,
      pools: new Map(),
      orders: new Map([["dorf", [{ ticket: "4711", by }]]]),
      deeds: details.map((detail) => ({ ...deed, detail, ticket: "4711" })),
    });
    const problems: Problem[] = [];
    const files = proposals.map((value) => ({ file: `incidents/${value.id}.ts`, value }));
    expect(readIncidents(files, ["dorf"], problems)).toHaveLength(1);
    expect(problems).toEqual([]);
    expect(proposals[0]?.proposal?.evidence[0]).toBe(
      "audit log 2026-10-14 09:59: erika@bastion, restart, nginx: ✗ The site does not answer where: dorf next: wait",
    );
  });

  test("under another ticket, or long before, it is not", () => {
    const others = [deed, { ...deed, ticket: "4712" }, { ...deed, ticket: "4711", at: start - 3_600_000 }];
    expect(proposalsOf({ ...base, months, pools: new Map(), orders, deeds: others })).toEqual([]);
  });
});
