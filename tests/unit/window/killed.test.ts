import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, rmSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test } from "vitest";
import { announce } from "../../../cli/window/announce.ts";
import { NoticeBook } from "../../../cli/window/notice-book.ts";
import { bookOf } from "../../../cli/window/open-windows.ts";
import { settle } from "../../../cli/window/settle.ts";
import { MailServer } from "../../support/mail-server.ts";
import { WindowScene } from "./scene.ts";

let server: MailServer;
beforeAll(async () => {
  server = await MailServer.start();
});
afterAll(() => server.stop());

/**
 * A line to the mail server that lets the letter pass and then not a word back: what it hears is under TLS, but a
 * letter is the first long text after the many short ones.
 */
async function deafAfterTheLetter(): Promise<{ readonly port: number; readonly line: Server }> {
  const line = createServer((near) => {
    const far = connect(server.port, server.host);
    let texts = 0;
    let deaf = false;
    near.on("data", (chunk) => {
      deaf ||= ++texts > 4 && chunk.length > 900;
      far.write(chunk);
    });
    far.on("data", (chunk) => {
      if (!deaf) near.write(chunk);
    });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
  }).listen(0, "127.0.0.1");
  await once(line, "listening");
  return { port: (line.address() as AddressInfo).port, line };
}

const main = join(import.meta.dirname, "announce-main.ts");

function accessBy(port: number): string {
  const { host, login, certificateFile } = server;
  return JSON.stringify({ host, port, login, certificateFile });
}

function startSender(port: number): ChildProcess {
  return spawn(process.execPath, [main, accessBy(port)], { stdio: ["ignore", "pipe", "inherit"] });
}

/** Goes on at a terminal, where somebody answers each question with the next of these words. */
async function goOnAtTerminal(maintenance: string, words: readonly string[]) {
  const command = [process.execPath, main, accessBy(server.port), maintenance]
    .map((part) => `'${part}'`)
    .join(" ");
  const terminal = spawn("script", ["-qec", command, "/dev/null"], { stdio: ["pipe", "pipe", "inherit"] });
  // One that has ended reads no answer; its screen and its exit code say how far it came.
  terminal.stdin.on("error", () => {});
  const answers = [...words];
  let screen = "";
  let asked = 0;
  terminal.stdout.on("data", (chunk) => {
    screen += chunk;
    for (const seen = screen.split("[y/N] ").length - 1; asked < seen; asked++) {
      terminal.stdin.write(`${answers.shift() ?? "n"}\n`);
    }
  });
  const [code] = (await once(terminal, "close")) as [number];
  return { code, screen };
}

/** What the next runs do with what the killed one left. */
async function goOn(maintenance: string, messageId: string, letters: number): Promise<void> {
  const scene = await WindowScene.make(server);
  try {
    cpSync(maintenance, scene.maintenance, { recursive: true });
    const sent = (): Promise<readonly string[]> => server.mailbox("ratsbuero@killed.example");
    expect(await announce("abbruch", { calendar: false, yes: true }, scene)).toBe(1);
    expect(scene.text).toContain(
      "✗ hohenbrueck: nobody knows what became of the notice that was being sent at ",
    );
    expect(await sent()).toHaveLength(letters);

    const evidence = /^.*<= betrieb.*$/m.exec(server.log())?.[0].slice(0, 190) ?? "";
    const say = { tenant: "hohenbrueck", evidence };
    const early = settle("abbruch", { ...say, sentAt: "2026-01-01T00:00:00Z" }, scene);
    await expect(early).rejects.toThrow("It cannot have been sent then");
    await expect(settle("abbruch", say, scene)).rejects.toThrow(
      "Say either --sent-at <instant> or --not-sent",
    );
    const sentAt = `${new Date().toISOString().slice(0, 19)}Z`;
    const proof = await settle("abbruch", { ...say, sentAt }, scene);
    expect(proof).toMatchObject({ outcome: "sent", messageId, response: evidence.trim() });
    await expect(settle("abbruch", { ...say, notSent: true }, scene)).rejects.toThrow("is known: sent");
    expect(await announce("abbruch", { calendar: false, yes: true }, scene)).toBe(0);
    expect(await sent()).toHaveLength(letters);

    // Had the log said that the server never took it, the next run would have sent it.
    const book = bookOf(scene.open, "abbruch");
    book.settle(messageId, { outcome: "sending" });
    await settle("abbruch", { ...say, notSent: true }, scene);
    scene.writeTo("hohenbrueck", "ratsbuero@killed.example");
    expect(await announce("abbruch", { calendar: false, yes: true }, scene)).toBe(0);
    expect(await server.mailbox("ratsbuero@killed.example", letters + 1)).toHaveLength(letters + 1);
  } finally {
    scene.remove();
  }
}

test("a kill between the sending and its record is seen afterwards, and nobody gets a second letter", async () => {
  const { port, line } = await deafAfterTheLetter();
  const sender = startSender(port);
  const lines = createInterface({ input: sender.stdout ?? process.stdin });
  const [tenants] = (await once(lines, "line")) as [string];
  const maintenance = join(dirname(tenants), "maintenance");
  try {
    // The server has the letter and said so; the sender has not heard it.
    const [mail = ""] = await server.mailbox("ratsbuero@killed.example", 1);
    sender.kill("SIGKILL");
    await once(sender, "exit");
    const book = new NoticeBook(maintenance, "abbruch");
    const [proof, ...more] = book.read();
    expect(more).toEqual([]);
    expect(proof).toMatchObject({ tenant: "hohenbrueck", outcome: "sending" });
    expect(proof).not.toHaveProperty("sentAt");
    expect(mail).toContain(`Message-ID: <${proof?.messageId}>`);
    expect(server.log()).toContain(`id=${proof?.messageId}`);

    const no = await goOnAtTerminal(maintenance, ["n"]);
    expect(no.screen).toMatch(
      /\? hohenbrueck: nobody knows what became of .* \(Message-ID abbruch\.hohenbrueck\./,
    );
    expect(no.screen).toContain("Send another letter? [y/N]");
    expect(no.code).toBe(1);
    expect(await server.mailbox("ratsbuero@killed.example")).toHaveLength(1);
    const yes = await goOnAtTerminal(maintenance, ["y", "y"]);
    expect(yes.screen).toContain("Send 1 letter about window abbruch? [y/N]");
    expect(yes.code).toBe(0);
    expect(await server.mailbox("ratsbuero@killed.example", 2)).toHaveLength(2);

    await goOn(maintenance, proof?.messageId ?? "?", 2);
  } finally {
    line.close();
    rmSync(dirname(tenants), { recursive: true, force: true });
  }
});
