import { describe, expect, test } from "vitest";
import { tellOpenReport } from "../../../model/report/open-report.ts";
import { isDeleted, isFrozen, isWithdrawn, nextStep, requireDue } from "../../../model/termination.ts";
import { linesOf, parse, problemsOf, tenant } from "./fixtures.ts";

const ordered = {
  state: "terminating",
  since: "2027-01-15",
  deleteAfter: "2027-03-31",
  orderedBy: "Frau Sommer, letter of 2027-01-15",
};
const closed = {
  on: "2027-02-01",
  archive: "r//xo-vm-backups/v/1.json",
  export: "a".repeat(64),
  certificate: "revoked",
};
const deletion = { on: "2027-04-01", by: "Erika Muster" };

function parsed(lifecycle: object, contract: object = {}) {
  const base = tenant();
  const [only] = parse([tenant({ lifecycle, contract: { ...base.contract, ...contract } })]).tenants;
  if (only === undefined) throw new Error("the example is right");
  return only;
}

const noon = (day: string): Date => new Date(`${day}T11:00:00Z`);

describe("the step that is due", () => {
  test.each([
    [{ state: "active" }, {}, "2027-01-20", { step: "order" }],
    [ordered, {}, "2027-01-20", { step: "close" }],
    [ordered, { endsOn: "2027-01-31" }, "2027-01-31", { step: "serve", until: "2027-01-31" }],
    [ordered, { endsOn: "2027-01-31" }, "2027-02-01", { step: "close" }],
    [{ ...ordered, closed }, {}, "2027-03-31", { step: "keep", until: "2027-03-31" }],
    [{ ...ordered, closed }, {}, "2027-04-01", { step: "delete" }],
  ])("%j, %j, on %s", (lifecycle, contract, day, step) => {
    expect(nextStep(parsed(lifecycle, contract), noon(day))).toEqual(step);
  });

  test("the day is Berlin's: the last day ends at its midnight", () => {
    const ending = parsed({ ...ordered, closed });
    expect(nextStep(ending, new Date("2027-03-31T21:59:59Z")).step).toBe("keep");
    expect(nextStep(ending, new Date("2027-03-31T22:00:00Z")).step).toBe("delete");
  });
});

test.each([
  [{ state: "active" }, [false, false, false]],
  [ordered, [true, false, false]],
  [{ ...ordered, closed }, [true, true, false]],
  [{ ...ordered, closed, deletion }, [true, true, true]],
])("%j is frozen, withdrawn, deleted: %j", (lifecycle, wanted) => {
  const given = parsed(lifecycle);
  expect([isFrozen(given), isWithdrawn(given), isDeleted(given)]).toEqual(wanted);
});

test("nothing is deleted before its day, whatever the file says", () => {
  const leaving = parsed({ ...ordered, closed, deletion });
  expect(() => requireDue([leaving], noon("2027-03-31"))).toThrow(
    /to be deleted on 2027-04-01, and today is 2027-03-31/,
  );
  expect(() => requireDue([leaving], noon("2027-04-01"))).not.toThrow();
  expect(() => requireDue([parsed({ ...ordered, closed })], noon("2027-01-01"))).not.toThrow();
});

describe("no step is written past the one before it", () => {
  test.each([
    [{ deletion }, "lifecycle.deletion: needs closed"],
    [
      { closed, deletion: { ...deletion, on: "2027-03-31" } },
      "lifecycle.deletion.on: must be after deleteAfter",
    ],
    [{ closed: { ...closed, on: "2027-01-14" } }, "lifecycle.closed.on: must not be before since"],
    [{ closed: { ...closed, export: "abc" } }, "lifecycle.closed.export: must be a SHA-256"],
  ])("%j", (steps, line) => {
    const lines = linesOf(problemsOf([tenant({ lifecycle: { ...ordered, ...steps } })]));
    expect(lines.filter((each) => each.startsWith(line))).toHaveLength(1);
  });

  test("a site is not closed before the last day of its service is over", () => {
    const contract = { ...tenant().contract, endsOn: "2027-02-01" };
    const lines = linesOf(problemsOf([tenant({ contract, lifecycle: { ...ordered, closed } })]));
    expect(lines).toContain("lifecycle.closed.on: must be after the last day of the service, 2027-02-01");
  });
});

test("a site that is closed is owed nothing from that day on, also where no last day was agreed on", () => {
  expect(parsed({ ...ordered, closed }).contract.endsOn).toBe("2027-01-31");
  expect(parsed(ordered).contract.endsOn).toBeUndefined();
  expect(parsed({ ...ordered, closed }, { endsOn: "2027-01-20" }).contract.endsOn).toBe("2027-01-20");
});

test("who deletes before the last report is final is told that there will be none", () => {
  const leaving = (endsOn: string) => parsed({ ...ordered, closed, deletion }, { endsOn });
  expect(tellOpenReport(leaving("2027-01-30"), new Date("2027-01-31T22:59:59Z"))).toBe(
    "the report of 2027-01 is final from 2027-02-01 on, and there will be none when the file is gone",
  );
  expect(tellOpenReport(leaving("2027-01-30"), new Date("2027-01-31T23:00:00Z"))).toBeUndefined();
  expect(tellOpenReport(parsed(ordered), noon("2027-01-20"))).toBeUndefined();
});
