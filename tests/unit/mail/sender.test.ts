import { createServer, type Server, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sha256, writeLetter } from "../../../lib/mail/letter.ts";
import { type MailServer as Access, sendLetter } from "../../../lib/mail/sender.ts";
import { MailServer } from "../../support/mail-server.ts";

let server: MailServer;
let access: Access;
let number = 0;

beforeAll(async () => {
  server = await MailServer.start();
  const { host, port, login, certificate } = server;
  access = { host, port, security: "starttls", login, authorities: certificate, patience: 60_000 };
});
afterAll(() => server.stop());

const letter = (to: readonly string[], differs: object = {}) =>
  writeLetter({
    from: { name: "Rechenzentrum Küstenring", address: "betrieb@kuestenring.example" },
    to,
    subject: "Ankündigung: Wartungsfenster",
    text: "Guten Tag,\n\nfür März ist etwas geplant.\n",
    messageId: `${number++}@kuestenring.example`,
    date: new Date("2026-11-26T08:00:00Z"),
    ...differs,
  });

describe("a letter", () => {
  test("has the same bytes whenever it is written, attachments and HTML too", async () => {
    const parts = {
      messageId: "a@kuestenring.example",
      html: "<p>für März</p>",
      attachments: [
        { filename: "Bericht.pdf", content: Buffer.from("%PDF"), contentType: "application/pdf" },
      ],
    };
    const [one, other] = [
      await letter(["amt@town.example"], parts),
      await letter(["amt@town.example"], parts),
    ];
    expect(one.bytes.equals(other.bytes)).toBe(true);
    expect(one.hash).toBe(sha256(one.bytes));
    expect(one.bytes.toString()).toContain("filename=Bericht.pdf");
    expect((await letter(["amt@town.example"])).hash).not.toBe(one.hash);
  });
});

describe("Exim", () => {
  test("takes a letter, answers for it, and delivers its bytes", async () => {
    const sent = await letter(["amt@town.example", "rat@town.example"]);
    const delivery = await sendLetter(access, sent);
    expect(delivery).toEqual({
      outcome: "taken",
      at: expect.any(Date),
      response: expect.stringMatching(/^250 OK id=\S+$/),
      accepted: ["amt@town.example", "rat@town.example"],
      refused: [],
    });
    for (const address of sent.to) {
      const [mail = ""] = await server.mailbox(address, 1);
      // What the server adds stands before; the rest is ours, with the line ends of its disk.
      expect(mail.endsWith(sent.bytes.toString("latin1").replaceAll("\r\n", "\n"))).toBe(true);
    }
    expect(server.log()).toMatch(/P=esmtpsa X=TLS1\.[23]\S+ CV=no A=plain:farm/);
  });

  test("refuses one of two: whom it took and whom not is told", async () => {
    const delivery = await sendLetter(access, await letter(["gut@town.example", "refused@town.example"]));
    expect(delivery).toMatchObject({
      outcome: "taken",
      accepted: ["gut@town.example"],
      refused: [{ recipient: "refused@town.example", response: "550 no such user here" }],
    });
  });

  test.each([
    ["refused@town.example", "550 no such user here"],
    ["later@town.example", "451 try again later"],
  ])("refuses %s: nobody got it", async (recipient, response) => {
    const delivery = await sendLetter(access, await letter([recipient]));
    expect(delivery).toEqual({ outcome: "refused", response, refused: [{ recipient, response }] });
  });

  test("with another password: the reason, without the password", async () => {
    const wrong = { ...access, login: { user: "farm", password: "Gehe1mnis" } };
    const error = await sendLetter(wrong, await letter(["amt@town.example"])).catch((thrown) => thrown);
    expect(error.message).toContain("refuses the sign-in; nothing was sent");
    expect(error.message).toContain("it answers 535");
    expect(JSON.stringify([error, error.message, error.stack])).not.toMatch(/Gehe1mnis|R2VoZTFtbmlz/);
  });

  test("with a certificate that nobody vouches for is not used", async () => {
    const { authorities: _, ...strange } = access;
    await expect(sendLetter(strange, await letter(["amt@town.example"]))).rejects.toThrow(
      /cannot be used; nothing was sent[\s\S]*self-signed certificate/,
    );
  });
});

describe("a server that", () => {
  test("offers no STARTTLS gets neither password nor letter", async () => {
    const heard: string[] = [];
    const plain = await speaking((socket) => {
      socket.write("220 plain\r\n");
      socket.on("data", (chunk) => {
        heard.push(String(chunk));
        socket.write(/^EHLO/.test(String(chunk)) ? "250-plain\r\n250 AUTH PLAIN\r\n" : "502 no\r\n");
      });
    });
    const { authorities: _, ...mine } = access;
    await expect(
      sendLetter({ ...mine, port: plain.port }, await letter(["amt@town.example"])),
    ).rejects.toThrow("nothing was sent");
    expect(heard.join("")).not.toMatch(/AUTH|MAIL/);
    plain.server.close();
  });

  test("does not listen is named", async () => {
    const none = await speaking(() => {});
    none.server.close();
    await expect(
      sendLetter({ ...access, port: none.port }, await letter(["amt@town.example"])),
    ).rejects.toThrow(`127.0.0.1:${none.port}`);
  });

  test.each([
    ["before the letter", /^DATA/m, "refused"],
    ["between the letter and its answer", /^\.\r$/m, "unknown"],
  ])("goes away %s", async (_, last, outcome) => {
    const away = await speaking((socket) => {
      socket.write("220 here\r\n");
      socket.on("data", (chunk) => {
        const text = String(chunk);
        if (last.test(text)) socket.destroy();
        else if (/^EHLO/.test(text)) socket.write("250 here\r\n");
        else if (/^DATA/m.test(text)) socket.write("354 go on\r\n");
        else if (/^(MAIL|RCPT)/.test(text)) socket.write("250 fine\r\n");
      });
    });
    const delivery = await sendLetter(
      { host: server.host, port: away.port, security: "none", patience: 5000 },
      await letter(["amt@town.example"]),
    );
    expect(delivery.outcome).toBe(outcome);
    away.server.close();
  });

  test.each([
    ["is waited for", {}, "taken"],
    ["is not waited for without an end", { answerPatience: 300 }, "unknown"],
  ])("looks at the letter longer than it greets %s", async (_, patience, outcome) => {
    const slow = await speaking((socket) => {
      socket.write("220 here\r\n");
      socket.on("data", (chunk) => {
        const text = String(chunk);
        if (/^\.\r$/m.test(text)) setTimeout(() => socket.write("250 taken at last\r\n"), 1200);
        else if (/^EHLO/.test(text)) socket.write("250 here\r\n");
        else if (/^DATA/m.test(text)) socket.write("354 go on\r\n");
        else if (/^(MAIL|RCPT)/.test(text)) socket.write("250 fine\r\n");
      });
    });
    const delivery = await sendLetter(
      { host: server.host, port: slow.port, security: "none", patience: 300, ...patience },
      await letter(["amt@town.example"]),
    );
    expect(delivery.outcome).toBe(outcome);
    slow.server.close();
  });
});

/** A server of a few words. */
async function speaking(talk: (socket: Socket) => void): Promise<{ server: Server; port: number }> {
  const listening = createServer((socket) => {
    socket.on("error", () => {});
    talk(socket);
  });
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  const address = listening.address();
  if (typeof address !== "object" || address === null) throw new Error("no port");
  return { server: listening, port: address.port };
}
