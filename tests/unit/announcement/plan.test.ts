import { expect, test } from "vitest";
import { planNotices } from "../../../model/announcement/plan.ts";
import { bounced, early, farm, proof, unsent } from "../model/notice-fixtures.ts";

/** What is to be done about the notice of a window that was made longer after these letters. */
function plan(proofs: readonly object[]) {
  const { windows, tenants, at } = farm(early, proofs, { ...unsent, end: "2026-12-08T23:00:00+01:00" });
  const [window] = windows;
  if (window === undefined) throw new Error("there is no window");
  const [own] = planNotices(window, { tenants, windows }, at).filter(
    ({ tenant }) => tenant.id === "hohenbrueck",
  );
  return own && { step: own.step, changed: own.changed };
}

const first = proof("hohenbrueck");
const refused = { outcome: "refused", sentAt: undefined, refused: [] };
const second = (differs: object) =>
  proof("hohenbrueck", { end: "2026-12-08T22:00:00.000Z", sentAt: "2026-11-30T10:00:00.000Z", ...differs });

test("a letter after one of other times says so, also when one between them was refused or came back", () => {
  expect(plan([first])).toEqual({ step: "send", changed: true });
  expect(plan([first, second(refused)])).toEqual({ step: "send", changed: true });
  expect(plan([first, second(bounced)])).toEqual({ step: "ask", changed: true });
});

test("a letter that nobody got before says nothing of an earlier one", () => {
  expect(plan([])).toEqual({ step: "send", changed: false });
  expect(plan([proof("hohenbrueck", refused)])).toEqual({ step: "send", changed: false });
  expect(plan([proof("hohenbrueck", bounced)])).toEqual({ step: "ask", changed: false });
  // It came back from one of two.
  const recipients = ["rat@hohenbrueck.example", "amt@hohenbrueck.example"];
  expect(plan([proof("hohenbrueck", { ...bounced, recipients })])).toEqual({ step: "ask", changed: true });
  // Of the same times.
  expect(plan([second(bounced)])).toEqual({ step: "ask", changed: false });
});
