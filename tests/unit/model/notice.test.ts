import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { planRelease } from "../../../model/allrisnet/release-plan.ts";
import { announcedParts, noticeOf } from "../../../model/notice.ts";
import type { NoticeProof } from "../../../model/notice-proof.ts";
import { mayPatch } from "../../../model/patch-plan.ts";
import { mayUpdate } from "../../../model/pool-update.ts";
import { FarmProblems } from "../../../model/problems.ts";
import { concerned, findOpenWindow, noticeDeadline, windowState } from "../../../model/window.ts";
import { planStop } from "../../../model/window-stop.ts";
import { neighbour, tenant } from "./fixtures.ts";
import { bounced, early, farm, proof, unsent } from "./notice-fixtures.ts";
import { farmOf, threeRings, window } from "./window-fixtures.ts";

const inIt = "2026-12-08T20:30:00+01:00";

/** Ids of the administrations for which the window is open. */
function open(proofs: readonly object[], differs: object = unsent): readonly string[] {
  const { tenants, windows, at } = farm(inIt, proofs, differs);
  return tenants.filter((tenant) => findOpenWindow(windows, tenant, at)).map(({ id }) => id);
}

const refused = {
  outcome: "refused",
  sentAt: undefined,
  refused: [{ recipient: "rat@nachbar.example", response: "550 no such user" }],
};

describe("each administration has a notice of its own", () => {
  test("and a window is open for those alone whose notice is proven", () => {
    expect(open([proof("hohenbrueck"), proof("nachbar", refused), proof("zuletzt", bounced)])).toEqual([
      "hohenbrueck",
    ]);
    expect(open([proof("hohenbrueck")])).toEqual(["hohenbrueck"]);
    expect(open(threeRings.map(({ id }) => proof(id)))).toEqual(["hohenbrueck", "nachbar", "zuletzt"]);
  });

  test("and a notice that somebody wrote into the window is everybody's whom no letter contradicts", () => {
    expect(open([], {})).toEqual(["hohenbrueck", "nachbar", "zuletzt"]);
    expect(open([proof("nachbar", bounced)], {})).toEqual(["hohenbrueck", "zuletzt"]);
  });

  test.each([
    [{ sentAt: "2026-12-01T19:00:00.000Z" }, true],
    [{ sentAt: "2026-12-01T19:00:01.000Z" }, false],
    // Times that hold the window announce it, others do not, not even by a second.
    [{ start: "2026-12-08T18:00:00.000Z", end: "2026-12-08T22:00:00.000Z" }, true],
    [{ start: "2026-12-08T19:00:01.000Z" }, false],
    [{ end: "2026-12-08T20:59:59.000Z" }, false],
    [{ outcome: "sending", sentAt: undefined, response: undefined }, false],
  ])("%j", (differs, isOpen) => {
    expect(open([proof("hohenbrueck", differs)])).toEqual(isOpen ? ["hohenbrueck"] : []);
  });

  test("and a second letter mends what became of the first, whichever is read first", () => {
    expect(open([proof("nachbar", bounced), proof("nachbar")])).toEqual(["nachbar"]);
    expect(open([proof("nachbar"), proof("nachbar", refused)])).toEqual(["nachbar"]);
    const late = proof("nachbar", { sentAt: "2026-12-02T08:00:00.000Z" });
    expect(open([proof("nachbar"), late])).toEqual(["nachbar"]);
    expect(open([late])).toEqual([]);
  });

  test("and a letter of another stage proves nothing, which is warned of", () => {
    const elsewhere = { stage: "production", server: "mail.kuestenring.example:587" };
    expect(open([proof("hohenbrueck", elsewhere), proof("nachbar")])).toEqual(["nachbar"]);
    expect(farm(inIt, [proof("hohenbrueck", elsewhere), proof("nachbar")]).warnings.at(-1)).toMatchObject({
      file: "maintenance/notices/2026-12-08.json",
      why: 'holds 1 letter that was sent from the stage "production" by mail.kuestenring.example:587, which proves nothing in "lab"',
    });
    // Of a window that is past it stands in git alone.
    expect(farm("2026-12-08T22:00:00+01:00", [proof("hohenbrueck", elsewhere)]).warnings).toEqual([]);
  });

  test("and a letter of other times takes the place of those before it", () => {
    const moved = { start: "2026-12-09T19:00:00.000Z", end: "2026-12-09T21:00:00.000Z" };
    const other = proof("nachbar", { ...moved, sentAt: "2026-11-30T09:00:00.000Z" });
    expect(open([proof("nachbar"), other])).toEqual([]);
    const again = proof("nachbar", { sentAt: "2026-11-30T10:00:00.000Z" });
    expect(open([proof("nachbar"), other, again])).toEqual(["nachbar"]);
    // Moved back too late: the first letter, which would have been in time, is no proof any more.
    const late = proof("nachbar", { sentAt: "2026-12-02T08:00:00.000Z" });
    expect(open([proof("nachbar"), other, late])).toEqual([]);
  });

  test("and so does one that reached some of its recipients, or may have", () => {
    const moved = { start: "2026-12-09T19:00:00.000Z", end: "2026-12-09T21:00:00.000Z" };
    const recipients = ["rat@nachbar.example", "amt@nachbar.example"];
    const other = (differs: object) =>
      proof("nachbar", { ...moved, recipients, sentAt: "2026-11-30T09:00:00.000Z", ...differs });
    const partly = other({ ...refused, sentAt: "2026-11-30T09:00:00.000Z", accepted: recipients.slice(1) });
    expect(open([proof("nachbar"), partly])).toEqual([]);
    expect(open([proof("nachbar"), other(bounced)])).toEqual([]);
    const unclear = { outcome: "sending", begunAt: "2026-11-30T09:00:00.000Z", sentAt: undefined };
    expect(open([proof("nachbar"), other(unclear)])).toEqual([]);
    // Nobody got these.
    expect(open([proof("nachbar"), other(refused)])).toEqual(["nachbar"]);
    expect(open([proof("nachbar"), other({ ...bounced, recipients: recipients.slice(1) })])).toEqual([
      "nachbar",
    ]);
    // And a further letter to all puts it right.
    const again = proof("nachbar", { sentAt: "2026-11-30T10:00:00.000Z" });
    expect(open([proof("nachbar"), partly, again])).toEqual(["nachbar"]);
  });

  test("and a notice to everybody is none to who became a customer after it, which is warned of", () => {
    const contract = (liveFrom: string) => ({
      ...Object(Reflect.get(neighbour("nachbar", 12), "contract")),
      liveFrom,
    });
    const joined = (liveFrom: string) =>
      farmOf({
        at: inIt,
        tenants: [tenant(), neighbour("nachbar", 12, { contract: contract(liveFrom) })],
        windows: [window()],
      });
    const opened = ({ tenants, windows, at }: ReturnType<typeof farmOf>) =>
      tenants.filter((each) => findOpenWindow(windows, each, at)).map(({ id }) => id);
    expect(opened(joined("2026-11-30"))).toEqual(["hohenbrueck", "nachbar"]);
    expect(joined("2026-11-30").warnings).toEqual([]);
    expect(opened(joined("2026-12-01"))).toEqual(["hohenbrueck"]);
    // A window before its first day: nothing is owed in it.
    expect(opened(joined("2026-12-09"))).toEqual(["hohenbrueck", "nachbar"]);
    expect(joined("2026-12-01").warnings).toMatchObject([
      {
        why: "is not announced to nachbar: the notice was sent at 2026-11-30 09:00, before it was a customer (2026-12-01)",
      },
    ]);
  });
});

describe("one that was not told", () => {
  const proofs = [proof("hohenbrueck"), proof("nachbar", refused), proof("zuletzt", bounced)];

  test("is warned of, by the reason, and stops nobody's run", () => {
    expect(farm(early, proofs).warnings).toMatchObject([
      {
        file: "maintenance/2026-12-08.ts",
        why: "is not announced to nachbar: its notice was refused (rat@nachbar.example: 550 no such user)",
        hint: "./farm window announce 2026-12-08, by 2026-12-01 20:00",
      },
      {
        why: "is not announced to zuletzt: its notice came back (5.1.1, unknown user)",
      },
    ]);
    expect(farm(inIt, proofs).warnings[0]?.hint).toMatch(/^what is done there counts as downtime/);
    expect(farm("2026-12-08T22:00:00+01:00", proofs).warnings).toEqual([]);
  });

  test("keeps its release, while the others get theirs in the window", () => {
    const tenants = threeRings.map((tenant) => ({
      ...tenant,
      allrisnet: { ...Object(Reflect.get(tenant, "allrisnet")), release: "4.1.8" },
    }));
    const notices = [
      { file: "maintenance/notices/2026-12-08.json", value: { window: "2026-12-08", notices: proofs } },
    ];
    const run = farmOf({ at: inIt, tenants, windows: [window(unsent)], notices });
    const kinds = run.tenants.map((tenant) => planRelease(tenant, run, "4.1.7").kind);
    expect(kinds).toEqual(["change", "held", "held"]);
    expect(run.tenants.map((tenant) => planStop(tenant, run, false).allowed)).toEqual([true, false, false]);
    const [, second, third] = run.tenants;
    if (second === undefined || third === undefined) throw new Error("three are concerned");
    const release = planRelease(second, run, "4.1.7");
    expect(release).toMatchObject({
      text: expect.stringContaining(
        "; window 2026-12-08 is open and not announced to nachbar: its notice was refused (rat@nachbar.example: 550 no such user)",
      ),
    });
    expect(planStop(third, run, false).text).toMatch(
      /^window 2026-12-08 is open and not announced to zuletzt: its notice came back \(5\.1\.1, unknown user\); no window is announced; /,
    );
  });

  test("is not patched in it, and is told why; a pool waits for everybody in it", () => {
    const { tenants, windows, at } = farm(inIt, proofs);
    const permissions = tenants.map((tenant) =>
      mayPatch(tenant, { window: "2026-12-08" }, { windows, at, minutes: 10 }),
    );
    expect(permissions.map((permission) => (permission.allowed ? "" : permission.why))).toEqual([
      "",
      "window 2026-12-08 is not announced to nachbar: its notice was refused (rat@nachbar.example: 550 no such user)",
      "window 2026-12-08 is not announced to zuletzt: its notice came back (5.1.1, unknown user)",
    ]);
    expect(mayUpdate("2026-12-08", 10, { windows, at, tenants }).allowed).toBe(false);
    expect(mayUpdate("2026-12-08", 10, { windows, at, tenants: tenants.slice(0, 1) }).allowed).toBe(true);
    expect(mayUpdate("2026-12-08", 10, { windows, at, tenants: [] }).allowed).toBe(true);
  });
});

test.each([
  [{ window: "2026-12-08", notices: [{ tenant: "hohenbrueck" }] }, "notices[0].outcome"],
  [{ window: "2026-12-09", notices: [] }, "window"],
  [{ window: "2026-12-08", notices: [proof("hohenbrueck", { sentAt: "yesterday" })] }, "notices[0].sentAt"],
])("a file that was changed by hand is no proof: %j", (value, field) => {
  const notices = [{ file: "maintenance/notices/2026-12-08.json", value }];
  const failing = () => farmOf({ at: early, windows: [window(unsent)], notices });
  expect(failing).toThrow(FarmProblems);
  expect(failing).toThrow(`maintenance/notices/2026-12-08.json: ${field}`);
});

test("whatever letters there are, a window is announced by one that was taken, in time, holds it and was not replaced", () => {
  const start = Date.parse("2026-12-08T19:00:00Z");
  const instant = (from: number, to: number) =>
    fc.integer({ min: from, max: to }).map((hours) => new Date(start + hours * 3_600_000));
  const letter = fc.record({
    tenant: fc.constantFrom("hohenbrueck", "nachbar"),
    outcome: fc.constantFrom("sending", "sent", "refused", "bounced"),
    start: instant(-1, 1),
    end: instant(1, 3),
    sentAt: instant(-200, -150),
  });
  const base = {
    recipients: ["a@b.de"],
    messageId: "x",
    messageHash: "a",
    letter: "x",
    begunAt: new Date(0),
    stage: "lab",
    server: "x",
  };
  fc.assert(
    fc.property(fc.array(letter, { maxLength: 6 }), instant(-200, 2), (letters, at) => {
      const notices = letters.map((each): NoticeProof => ({ ...base, ...each }) as NoticeProof);
      const given = { start: new Date(start), end: new Date(start + 2 * 3_600_000), notices };
      const own = letters.filter(({ tenant }) => tenant === "nachbar");
      const sent = own.filter(({ outcome }) => outcome === "sent");
      // What was refused or returned had one recipient.
      const arrived = own.filter(({ outcome }) => outcome === "sent" || outcome === "sending");
      const holds = (each: (typeof sent)[number]): boolean =>
        each.start.getTime() <= start && each.end >= given.end;
      // Replaced is what a letter of other times came after, or in the same hour by a list in which it stands later.
      const replaced = (each: (typeof sent)[number]): boolean =>
        arrived.some(
          (later) =>
            !holds(later) &&
            (later.sentAt > each.sentAt ||
              (later.sentAt.getTime() === each.sentAt.getTime() &&
                arrived.indexOf(later) > arrived.indexOf(each))),
        );
      const proven = sent.filter((each) => holds(each) && !replaced(each));
      const told = proven.some(({ sentAt }) => sentAt <= noticeDeadline(given) && sentAt <= at);
      expect(windowState(given, { id: "nachbar" }, at) === "announced").toBe(told);
      const notice = noticeOf(given, { id: "nachbar" });
      expect(notice.proven).toBe(proven.length > 0);
      // Its parts are the whole window, and no part is announced later than the whole.
      const parts = announcedParts(given, { id: "nachbar" });
      expect([parts[0]?.start, parts.at(-1)?.end]).toEqual([given.start, given.end]);
      expect(parts.slice(1).map((part) => part.start)).toEqual(parts.slice(0, -1).map((part) => part.end));
      const last = notice.proven ? notice.sentAt.getTime() : Number.POSITIVE_INFINITY;
      if (notice.proven) expect(parts.every(({ sentAt }) => sentAt !== undefined)).toBe(true);
      expect(parts.every(({ sentAt }) => sentAt === undefined || sentAt.getTime() <= last)).toBe(true);
    }),
    { seed: 7, numRuns: 1000 },
  );
});

describe("whom a ring's window concerns in the account of a month", () => {
  const [pilot, standard] = threeRings.map(({ id }) => id);
  const ring = { ...unsent, administrations: { ring: "pilot" } };
  const over = new Date("2027-01-05T09:00:00+01:00");

  /** Ids of those whom the only window concerns, `moved` being in the ring by now and everybody else out of it. */
  function whom(moved: string | undefined, proofs: readonly object[], at = over, differs: object = ring) {
    const { windows, tenants } = farm(early, proofs, differs);
    const [only] = windows;
    if (only === undefined) throw new Error("there is no window");
    const now = tenants.map(({ id }) => ({
      id,
      allrisnet: { ring: id === moved ? "pilot" : "late" } as const,
    }));
    return now.filter((each) => concerned(only, each, at)).map(({ id }) => id);
  }

  test("is those to whom a letter was written, once it is over, whatever ring they are in by then", () => {
    const letters = [proof(pilot ?? "")];
    expect(whom(standard, letters)).toEqual([pilot]);
    expect(whom(undefined, letters)).toEqual([pilot]);
    // A letter that was refused is one too: the window is theirs, and unproven.
    expect(whom(standard, [proof(pilot ?? "", { outcome: "refused", sentAt: undefined })])).toEqual([pilot]);
  });

  test("is those who are in the ring while letters can still be written, and where none ever was", () => {
    const before = new Date(early);
    expect(whom(standard, [proof(pilot ?? "")], before)?.sort()).toEqual([pilot, standard].sort());
    expect(whom(standard, [])).toEqual([standard]);
    const byHand = { administrations: { ring: "pilot" } };
    expect(whom(standard, [proof(pilot ?? "")], over, byHand).sort()).toEqual([pilot, standard].sort());
  });
});
