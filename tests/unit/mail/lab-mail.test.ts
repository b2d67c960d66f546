import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { labPlaces } from "../../../lab/lab-file.ts";
import { readMailbox } from "../../../lab/mail/mailbox.ts";
import { mailFolder } from "../../../lab/mail/service.ts";
import { startDaemon, stopDaemon, waitForDaemon } from "../../../lab/services/daemon.ts";
import { greets, openPort } from "../../../lab/services/ports.ts";
import { type Letter, writeLetter } from "../../../lib/mail/letter.ts";
import { sendLetter } from "../../../lib/mail/sender.ts";
import { checkout } from "../../../lib/paths.ts";
import { freePort } from "../../support/free-port.ts";

// The lab's mail server as the lab starts it, but for the namespace.

const folder = mkdtempSync(join(tmpdir(), "lab-mail-"));
const places = { ...labPlaces(folder), run: join(folder, "run") };
let outside: number;
let inside: number;

beforeAll(async () => {
  for (const each of [mailFolder(places), places.run]) mkdirSync(each, { recursive: true });
  const { port, server } = await openPort();
  [outside, inside] = [port, await freePort()];
  const script = join(checkout, "lab/mail/main.ts");
  const command = [process.execPath, script, "127.0.0.1", String(inside), mailFolder(places)] as const;
  const record = await startDaemon(places, { name: "mail", command, sockets: [server], inside: false });
  await waitForDaemon(places, "mail", record, () => greets(outside, "220 "));
});
afterAll(async () => {
  await stopDaemon(places, "mail");
  rmSync(folder, { recursive: true, force: true });
});

const send = async (port: number, letter: Partial<Letter>) =>
  sendLetter(
    { host: "127.0.0.1", port, security: "none" },
    await writeLetter({
      from: { name: "Rechenzentrum Küstenring", address: "betrieb@kuestenring.example" },
      to: ["rat@hohenbrueck.example"],
      subject: "Wartungsfenster",
      text: "Guten Tag,\n\nam 4. Dezember …\n",
      messageId: `${letter.subject ?? "one"}@kuestenring.example`,
      date: new Date("2026-11-26T14:00:00Z"),
      ...letter,
    }),
  );

test("the lab's mail server takes letters for everybody at both its doors, and keeps them in their order", async () => {
  const to = ["rat@hohenbrueck.example", "refused@auental.example"];
  const attachments = [{ filename: "bericht.csv", content: "a;b\n", contentType: "text/csv" }];
  expect(await send(outside, { to, attachments, subject: "Überblick" })).toMatchObject({
    outcome: "taken",
    accepted: to,
    refused: [],
  });
  expect(await send(inside, { subject: "zwei" })).toMatchObject({ outcome: "taken" });
  const [first, second, ...more] = await readMailbox(places);
  expect(more).toEqual([]);
  expect(first).toMatchObject({
    number: 1,
    date: "2026-11-26T14:00:00.000Z",
    from: "betrieb@kuestenring.example",
    recipients: to,
    subject: "Überblick",
    attachments: ["bericht.csv"],
  });
  expect(first?.text).toContain("am 4. Dezember …");
  expect(second).toMatchObject({ number: 2, recipients: ["rat@hohenbrueck.example"], subject: "zwei" });
});

test("letters are nobody else's to read, and one that is too large is refused and not kept", async () => {
  const before = readdirSync(mailFolder(places));
  const file = join(mailFolder(places), before[0] ?? "");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, "utf8")).toMatch(/^Return-Path: <betrieb@kuestenring\.example>\r\n/);
  const text = `${"x".repeat(70)}\n`.repeat(450_000);
  expect(await send(outside, { text, subject: "gross" })).toMatchObject({ outcome: "refused" });
  expect(readdirSync(mailFolder(places))).toEqual(before);
});
