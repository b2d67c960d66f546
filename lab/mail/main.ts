import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { SMTPServer, type SMTPServerSession } from "smtp-server";

/*
 * node main.ts ADDRESS PORT FOLDER: the lab's mail server. It takes every letter for everybody, keeps it as a file and sends
 * nothing on. It listens on the socket that it finds as fd 3, for the farm's commands, and at the address, for machines
 * of the lab.
 */

const [address = "", port = "", folder = ""] = process.argv.slice(2);

/** Octets that one letter may have; reports travel with their PDF. */
const most = 30 * 2 ** 20;
let kept = 0;

function keep(letter: Buffer, { envelope }: SMTPServerSession): string {
  const sender = envelope.mailFrom === false ? "" : envelope.mailFrom.address;
  const recipients = envelope.rcptTo.map((recipient) => recipient.address).join(", ");
  const number = String(kept++).padStart(4, "0");
  const name = `${new Date().toISOString().replaceAll(":", "")}-${number}.eml`;
  const head = `Return-Path: <${sender}>\r\nEnvelope-To: ${recipients}\r\n`;
  const part = join(folder, `.${name}`);
  writeFileSync(part, Buffer.concat([Buffer.from(head), letter]), { mode: 0o600 });
  renameSync(part, join(folder, name));
  return `kept as ${name}`;
}

function makeServer(): SMTPServer {
  const server = new SMTPServer({
    name: "mail.lab",
    banner: "keeps what it is given",
    disabledCommands: ["AUTH", "STARTTLS"],
    size: most,
    logger: false,
    onData(stream, session, done) {
      buffer(stream).then((letter) => {
        if (stream.sizeExceeded) done(Object.assign(new Error("too large"), { responseCode: 552 }));
        else done(null, keep(letter, session));
      }, done);
    },
  });
  server.on("error", (error: Error) => process.stderr.write(`${error.message}\n`));
  return server;
}

const servers = [makeServer(), makeServer()];
servers[0]?.listen({ fd: 3 });
servers[1]?.listen(Number(port), address);

process.on("SIGTERM", () => process.exit(0));
