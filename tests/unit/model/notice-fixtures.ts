import { farmOf, window } from "./window-fixtures.ts";

/** While notices can still be sent. */
export const early = "2026-11-25T09:00:00+01:00";
/** A window without a notice in its file. */
export const unsent = { notice: undefined };
/** A letter that came back. */
export const bounced = {
  outcome: "bounced",
  bouncedAt: "2026-11-30T08:05:00.000Z",
  bounce: "5.1.1, unknown user",
};

/** What is written down of a letter that was sent in time, with what differs. */
export function proof(tenant: string, differs: object = {}) {
  return {
    tenant,
    outcome: "sent",
    start: "2026-12-08T19:00:00.000Z",
    end: "2026-12-08T21:00:00.000Z",
    recipients: [`rat@${tenant}.example`],
    messageId: `2026-12-08.${tenant}.1@kuestenring.example`,
    messageHash: "a".repeat(64),
    letter: `2026-12-08/${tenant}-1.eml`,
    begunAt: "2026-11-30T08:00:00.000Z",
    stage: "lab",
    server: "mail.kuestenring.example:587",
    sentAt: "2026-11-30T08:00:01.000Z",
    response: "250 OK id=1",
    ...differs,
  };
}

/** A farm with the window and what is written down of its letters. */
export function farm(at: string, proofs: readonly object[], differs: object = unsent) {
  const notices = [
    { file: "maintenance/notices/2026-12-08.json", value: { window: "2026-12-08", notices: proofs } },
  ];
  return farmOf({ at, windows: [window(differs)], notices });
}
