import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { announce } from "../../../cli/window/announce.ts";
import { showWindow } from "../../../cli/window/list.ts";
import { bookOf } from "../../../cli/window/open-windows.ts";
import { bounced, readBounces } from "../../../cli/window/settle.ts";
import { sha256 } from "../../../lib/mail/letter.ts";
import { findOpenWindow } from "../../../model/window.ts";
import { MailServer } from "../../support/mail-server.ts";
import { HttpsSites } from "../cli/https-sites.ts";
import { WindowScene } from "./scene.ts";

const quiet = { calendar: false, yes: true } as const;
const day = 24;
let server: MailServer;
let scene: WindowScene;
let number = 0;
/** A domain of this test's own: its mailboxes are empty. */
let town: string;

beforeAll(async () => {
  server = await MailServer.start();
});
afterAll(() => server.stop());
beforeEach(async () => {
  town = `town-${++number}.example`;
  scene = await WindowScene.make(server);
  scene.writeTo("hohenbrueck", `rat@${town}`);
  scene.writeTo("amt-seenplatte-nord", `amt@${town}`);
  scene.writeTo("landkreis-auental", `kreis@${town}`);
});
afterEach(() => scene.remove());

/** Whether the window lets work be done for the administration when it is open. */
async function isOpenFor(tenant: string, id: string): Promise<boolean> {
  const window = await scene.window(id);
  const at = new Date(window.start.getTime() + 60_000);
  return findOpenWindow([window], await scene.tenant(tenant), at) !== undefined;
}

describe("a notice", () => {
  test("goes to each administration once, and its proof holds the letter that arrived", async () => {
    scene.writeTo("hohenbrueck", `rat@${town}`, `buero@${town}`);
    scene.writeWindow("winter", 8 * day);
    expect(await isOpenFor("hohenbrueck", "winter")).toBe(false);
    expect(await announce("winter", quiet, scene)).toBe(0);
    const proofs = bookOf(scene.open, "winter").read();
    expect(proofs.map(({ tenant, outcome }) => [tenant, outcome])).toEqual([
      ["amt-seenplatte-nord", "sent"],
      ["hohenbrueck", "sent"],
      ["landkreis-auental", "sent"],
    ]);
    const proof = proofs[1];
    expect(proof).toMatchObject({
      recipients: [`rat@${town}`, `buero@${town}`],
      response: expect.stringMatching(/^250 OK id=/),
      stage: "lab",
      server: `${server.host}:${server.port}`,
    });
    // To the second, and never earlier than it was: the server's own log knows the letter.
    expect(proof?.sentAt?.getMilliseconds()).toBe(0);
    expect(proof?.sentAt?.getTime()).toBeGreaterThanOrEqual(proof?.begunAt.getTime() ?? Number.NaN);
    expect(server.log()).toContain(`id=${proof?.messageId}`);
    const letter = readFileSync(join(scene.maintenance, "notices", proof?.letter ?? ""));
    expect(sha256(letter)).toBe(proof?.messageHash);
    for (const address of proof?.recipients ?? []) {
      const [mail = ""] = await server.mailbox(address, 1);
      expect(mail.endsWith(letter.toString("latin1").replaceAll("\r\n", "\n"))).toBe(true);
    }
    for (const id of ["hohenbrueck", "amt-seenplatte-nord", "landkreis-auental"])
      expect(await isOpenFor(id, "winter")).toBe(true);

    expect(await announce("winter", quiet, scene)).toBe(0);
    expect(scene.text).toBe("3 of 3 administrations are told in time.");
    expect(await showWindow("winter", scene)).toBe(0);
    expect(scene.text).toContain(`letter ${proof?.messageId}, 250 OK id=`);
    writeFileSync(join(scene.maintenance, "notices", proof?.letter ?? ""), `${letter}x`);
    expect(await showWindow("winter", scene)).toBe(1);
    expect(scene.text).toContain(
      "✗ maintenance/notices/winter/hohenbrueck-1.eml is not the letter that was sent",
    );
    expect(bookOf(scene.open, "winter").read()).toEqual(proofs);
    expect(await server.mailbox(`rat@${town}`)).toHaveLength(1);
  });

  test("that is refused leaves the window unproven for that administration, and stops nobody else", async () => {
    scene.writeTo("amt-seenplatte-nord", `refused@${town}`);
    scene.writeTo("landkreis-auental", `kreis@${town}`, `refused@${town}`);
    scene.writeWindow("winter", 8 * day);
    expect(await announce("winter", quiet, scene)).toBe(1);
    expect(scene.text.split("\n")).toEqual([
      `✗ amt-seenplatte-nord: refused: refused@${town}: 550 no such user here`,
      expect.stringMatching(/^✓ hohenbrueck: sent to rat@\S+ \(250 OK id=\S+\)$/),
      `✗ landkreis-auental: refused: refused@${town}: 550 no such user here`,
      "1 of 3 administrations are told in time.",
      "Commit maintenance/notices/: it is the proof.",
    ]);
    expect(await isOpenFor("hohenbrueck", "winter")).toBe(true);
    expect(await isOpenFor("amt-seenplatte-nord", "winter")).toBe(false);
    // One of its two got it: still not told, for the other one decides as well.
    expect(await isOpenFor("landkreis-auental", "winter")).toBe(false);
    expect((await scene.open.load()).warnings.filter(({ file }) => file === "maintenance/winter.ts")).toEqual(
      [
        {
          file: "maintenance/winter.ts",
          field: "",
          why: `is not announced to amt-seenplatte-nord, landkreis-auental: its notice was refused (refused@${town}: 550 no such user here)`,
          hint: expect.stringMatching(/^\.\/farm window announce winter, by /),
        },
      ],
    );

    // Nobody there got it, so it is tried again; where somebody did, only when it is asked for.
    scene.writeTo("amt-seenplatte-nord", `amt@${town}`);
    scene.writeTo("landkreis-auental", `kreis@${town}`);
    expect(await announce("winter", quiet, scene)).toBe(1);
    expect(await isOpenFor("amt-seenplatte-nord", "winter")).toBe(true);
    expect(await isOpenFor("landkreis-auental", "winter")).toBe(false);
    expect(await announce("winter", { ...quiet, again: ["landkreis-auental"] }, scene)).toBe(0);
    expect(await isOpenFor("landkreis-auental", "winter")).toBe(true);
    const boxes = ["rat", "amt", "kreis"].map(async (name) => server.mailbox(`${name}@${town}`, 1));
    expect((await Promise.all(boxes)).map((box) => box.length)).toEqual([1, 1, 2]);
  });

  test("that comes back is found by the returned mail, in whatever file that lies", async () => {
    scene.writeTo("hohenbrueck", `bounces@${town}`);
    scene.writeWindow("winter", 8 * day);
    expect(await announce("winter", quiet, scene)).toBe(0);
    expect(await isOpenFor("hohenbrueck", "winter")).toBe(true);
    const { messageId } = bookOf(scene.open, "winter").read()[1] ?? { messageId: "?" };
    const returned = await waitFor(async () => {
      const mails = await server.mailbox("betrieb@kuestenring.example");
      return mails.find((mail) => mail.includes(messageId));
    });
    const other = (await server.mailbox(`amt@${town}`, 1))[0] ?? "";
    const box = `From MAILER-DAEMON Thu Nov 26 11:38:36 2026\n${other}\nFrom MAILER-DAEMON Thu Nov 26 11:38:37 2026\n${returned}\n`;
    scene.open.write("mbox", box);
    const file = join(scene.maintenance, "..", "mbox");
    const found = [
      {
        window: "winter",
        tenant: "hohenbrueck",
        recipient: `bounces@${town}`,
        why: expect.stringMatching(/^5\.0\.0/),
      },
    ];
    expect(await readBounces(file, scene)).toEqual(found);
    expect(await isOpenFor("hohenbrueck", "winter")).toBe(false);
    expect(await isOpenFor("amt-seenplatte-nord", "winter")).toBe(true);
    const before = bookOf(scene.open, "winter").read();
    // A second look finds the same and writes nothing anew.
    expect(await readBounces(file, scene)).toEqual(found);
    expect(bookOf(scene.open, "winter").read()).toEqual(before);
    // No second letter without a word: somebody there may have read the first.
    expect(await announce("winter", quiet, scene)).toBe(1);
    expect(bookOf(scene.open, "winter").read()).toEqual(before);
    scene.writeTo("hohenbrueck", `rat@${town}`);
    expect(await announce("winter", { ...quiet, again: ["hohenbrueck"] }, scene)).toBe(0);
    expect(await isOpenFor("hohenbrueck", "winter")).toBe(true);
  });

  test("that somebody says has come back is not proven", async () => {
    scene.writeWindow("winter", 8 * day, { administrations: ["hohenbrueck"] });
    await expect(bounced("winter", { tenant: "hohenbrueck", why: "unzustellbar" }, scene)).rejects.toThrow(
      "No letter about window winter went to hohenbrueck",
    );
    await announce("winter", quiet, scene);
    await bounced("winter", { tenant: "hohenbrueck", why: "Rückläufer vom 27.11." }, scene);
    expect(await isOpenFor("hohenbrueck", "winter")).toBe(false);
    expect(await announce("winter", quiet, scene)).toBe(1);
    expect(scene.text).toContain("✗ hohenbrueck: its notice came back (Rückläufer vom 27.11.)");
  });

  test("of other times does not announce a window that became longer; a further one does", async () => {
    scene.writeWindow("winter", 8 * day, { administrations: ["hohenbrueck"] });
    await announce("winter", quiet, scene);
    expect(await isOpenFor("hohenbrueck", "winter")).toBe(true);
    scene.writeWindow("winter", 8 * day - 1, { administrations: ["hohenbrueck"] });
    expect(await isOpenFor("hohenbrueck", "winter")).toBe(false);
    expect(await announce("winter", quiet, scene)).toBe(0);
    expect(await isOpenFor("hohenbrueck", "winter")).toBe(true);
    const changed = (await server.mailbox(`rat@${town}`, 2)).filter((mail) =>
      /^Subject: =\?UTF-8\?Q\?Ge=C3=A4nderte_Ank/m.test(mail),
    );
    expect(changed).toHaveLength(1);
  });
});

describe("nothing is sent", () => {
  test("when the week has begun", async () => {
    scene.writeWindow("winter", 8 * day);
    await announce("winter", { ...quiet, tenant: ["hohenbrueck"] }, scene);
    // The same window earlier: six days are too few for whoever was not told.
    const { messageId, letter } = bookOf(scene.open, "winter").read()[0] ?? {};
    scene.writeWindow("winter", 6 * day);
    const error = await announce("winter", quiet, scene).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain(
      "too late to announce window winter to amt-seenplatte-nord, hohenbrueck, landkreis-auental",
    );
    expect(String(error)).toContain("nothing was sent");
    expect(bookOf(scene.open, "winter").read()).toMatchObject([{ messageId, letter }]);
    expect(await server.mailbox(`kreis@${town}`)).toEqual([]);
  });

  test("when the server cannot be used: no trace says that something was", async () => {
    const away = await WindowScene.make({ ...server, host: server.host, port: 1 });
    try {
      away.writeWindow("winter", 8 * day);
      await expect(announce("winter", quiet, away)).rejects.toThrow(/cannot be used; nothing was sent/);
      expect(bookOf(away.open, "winter").read()).toEqual([]);
    } finally {
      away.remove();
    }
  });

  test("in a dry run, which shows the letters; and when nobody is there to be asked", async () => {
    scene.writeWindow("winter", 8 * day);
    expect(await announce("winter", { calendar: false, dryRun: true }, scene)).toBe(0);
    expect(scene.text).toContain(
      "Betreff: Ankündigung: Technische Veränderung für ratsinfo.hohenbrueck.example am ",
    );
    await expect(announce("winter", { calendar: false }, scene)).rejects.toThrow(
      "Send 3 letters about window winter?",
    );
    expect(bookOf(scene.open, "winter").read()).toEqual([]);
  });

  test("about a window or to an administration that is not there", async () => {
    scene.writeWindow("winter", 8 * day, { administrations: ["hohenbrueck"] });
    await expect(announce("vinter", quiet, scene)).rejects.toThrow('There is no window "vinter"');
    await expect(announce("winter", { ...quiet, tenant: ["landkreis-auental"] }, scene)).rejects.toThrow(
      "Window winter does not concern landkreis-auental",
    );
  });
});

test("the sites' calendars are read: a meeting in the window is named, and what is not known is not called free", async () => {
  let start = 0;
  const stamp = (hours: number): string =>
    new Date(start + hours * 3_600_000).toISOString().replace(/[-:]|\.000/g, "");
  const event = (from: number, to: number, title: string): string =>
    `BEGIN:VEVENT\r\nUID:${title}\r\nDTSTART:${stamp(from)}\r\nDTEND:${stamp(to)}\r\nSUMMARY:${title}\r\nEND:VEVENT\r\n`;
  const calendar = (...events: readonly string[]): string =>
    `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//DE\r\n${events.join("")}END:VCALENDAR\r\n`;
  const page = (address: string): string | undefined => {
    if (address === "gremieninfo.amt-seenplatte-nord.example/public/ics/SiKalAbo.ics")
      return "<html>Anmeldung</html>";
    if (address !== "ratsinfo.hohenbrueck.example/public/ics/SiKalAbo.ics") return undefined;
    // Two that only touch the window, and one that lies in it.
    return calendar(event(-2, 0, "Ortsrat"), event(-1, 1, "Bauausschuss"), event(2, 4, "Rat"));
  };
  const names = ["ratsinfo.hohenbrueck.example", "gremieninfo.amt-seenplatte-nord.example"];
  const sites = await HttpsSites.start(
    names,
    () => true,
    (name, path) => page(`${name}${path}`),
  );
  const looking = await WindowScene.make(server, sites.route);
  try {
    start = looking.writeWindow("winter", 8 * day);
    await expect(announce("winter", { calendar: true }, looking)).rejects.toThrow(
      "Send 3 letters about window winter, although a meeting lies in it?",
    );
    await announce("winter", { calendar: true, dryRun: true }, looking);
    expect(looking.text).toContain("! hohenbrueck: Bauausschuss, ");
    expect(looking.text).not.toMatch(/Ortsrat|: Rat,/);
    expect(looking.text).toContain(
      "? amt-seenplatte-nord: no calendar was read; https://gremieninfo.amt-seenplatte-nord.example/public/ics/SiKalAbo.ics is no calendar",
    );
    expect(looking.text).toContain("? landkreis-auental: no calendar was read; the site offers no calendar");
    expect(looking.text).toContain("Nach dem Sitzungskalender fällt in diese Zeit:\n- Bauausschuss, ");
  } finally {
    looking.remove();
    sites.close();
  }
});

async function waitFor<T>(look: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error("it did not come");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
