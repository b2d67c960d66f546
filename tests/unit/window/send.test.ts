import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { farmMail } from "../../../cli/mail.ts";
import { bookOf } from "../../../cli/window/open-windows.ts";
import { type SendScope, sendNotices } from "../../../cli/window/send.ts";
import { planNotices } from "../../../model/announcement/plan.ts";
import { noticeDeadline, windowState } from "../../../model/window.ts";
import { MailServer } from "../../support/mail-server.ts";
import { WindowScene } from "./scene.ts";

let server: MailServer;
let scene: WindowScene;

beforeAll(async () => {
  server = await MailServer.start();
});
afterAll(() => server.stop());
beforeEach(async () => {
  scene = await WindowScene.make(server);
  scene.writeWindow("frist", 8 * 24);
});
afterEach(() => scene.remove());

/** Sends all notices with a clock that shows these times against the deadline, in milliseconds, one after the other. */
async function sendAt(times: readonly number[], differs: Partial<SendScope> = {}) {
  const farm = await scene.open.load();
  const window = await scene.window("frist");
  const deadline = noticeDeadline(window);
  let looked = 0;
  const now = (): Date => new Date(deadline.getTime() + (times[Math.min(looked++, times.length - 1)] ?? 0));
  const sent = await sendNotices(planNotices(window, farm, new Date()), {
    ...{
      window,
      provider: farm.settings.provider,
      stage: farm.settings.stage,
      meetings: new Map(),
      say: () => {},
      now,
    },
    mail: farmMail(farm.settings, scene.open.environment),
    book: bookOf(scene.open, "frist"),
    signal: new AbortController().signal,
    ...differs,
  });
  const told = { ...window, notices: bookOf(scene.open, "frist").read() };
  return {
    left: sent.map((each) => ("left" in each ? each.left : each.proof.outcome)),
    states: farm.tenants.map((tenant) => windowState(told, tenant, window.start)),
  };
}

test("the clock is looked at before each letter: what would be late is not sent", async () => {
  // Three looks a letter: before it, at its begin, and when the server has it.
  const { left, states } = await sendAt([-3000, -3000, -2000, 0, 0, 0, 1]);
  expect(left).toEqual(["sent", "sent", "late"]);
  expect(states).toEqual(["announced", "announced", "never"]);
  expect(bookOf(scene.open, "frist").read()).toHaveLength(2);
});

test("a letter that the server has a part of a second too late is written down and proves nothing", async () => {
  const { left, states } = await sendAt([0, 0, 1, -5000]);
  expect(left).toEqual(["sent", "sent", "sent"]);
  expect(states).toEqual(["never", "announced", "announced"]);
});

test("whoever stops it gets the letter under way finished and no further one begun", async () => {
  const stop = new AbortController();
  const { left } = await sendAt([-5000], { signal: stop.signal, say: () => stop.abort() });
  expect(left).toEqual(["sent", "interrupted", "interrupted"]);
  expect(bookOf(scene.open, "frist").read()).toMatchObject([
    { tenant: "amt-seenplatte-nord", outcome: "sent" },
  ]);
});
