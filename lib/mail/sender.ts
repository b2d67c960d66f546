import { Readable } from "node:stream";
import type SMTPConnection from "nodemailer/lib/smtp-connection";
import type { SentMessageInfo } from "nodemailer/lib/smtp-connection";
import { FarmError, messageOf } from "../farm-error.ts";
import type { WrittenLetter } from "./letter.ts";

/** A mail server that takes letters (RFC 6409). */
export interface MailServer {
  readonly host: string;
  readonly port: number;
  /** "starttls" refuses a server that does not offer it; "none" is for a lab. */
  readonly security: "starttls" | "tls" | "none";
  /** @default - nobody signs in */
  readonly login?: { readonly user: string; readonly password: string };
  /** Authorities that its certificate is verified against, PEM. @default - those of the system */
  readonly authorities?: string;
  /** How the sender calls itself (EHLO). @default - the machine's name */
  readonly name?: string;
  /** Milliseconds until the connection stands and the server greets. @default - 30,000 */
  readonly patience?: number;
  /**
   * Milliseconds without a word from the server after that.
   * @default - 600,000: servers look through a letter before they take it (RFC 5321, 4.5.3.2.6)
   */
  readonly answerPatience?: number;
}

/** A recipient that the server did not take, with its words. */
export interface Refusal {
  readonly recipient: string;
  readonly response: string;
}

/** What became of a letter. */
export type Delivery =
  /** The server took the letter for at least one recipient, and is answerable for it from `at` on (RFC 5321, 4.2.5). */
  | {
      readonly outcome: "taken";
      readonly at: Date;
      /** The server's last words, as a rule with its number of the letter. */
      readonly response: string;
      readonly accepted: readonly string[];
      readonly refused: readonly Refusal[];
    }
  /** Nobody got it. */
  | { readonly outcome: "refused"; readonly response: string; readonly refused: readonly Refusal[] }
  /** The connection broke after the letter and before the server's answer: perhaps it was taken. */
  | { readonly outcome: "unknown"; readonly why: string };

type SmtpError = Error & {
  readonly code?: string | undefined;
  readonly response?: string | undefined;
  readonly responseCode?: number | undefined;
  readonly rejectedErrors?: readonly SmtpError[] | undefined;
  readonly recipient?: string | undefined;
};

/**
 * Gives a letter to a mail server, over a connection of its own.
 * @throws FarmError when the server cannot be reached, is not the one that it should be, or refuses the sign-in:
 * then nothing was sent, and the next letter would fare the same
 */
export async function sendLetter(server: MailServer, letter: WrittenLetter): Promise<Delivery> {
  const connection = await connectionTo(server);
  try {
    await connect(connection, server);
    if (server.login !== undefined) await signIn(connection, server);
    return await transfer(connection, letter);
  } finally {
    // Says goodbye where somebody still listens, and closes.
    connection.quit();
  }
}

/**
 * One step with the server. What ends the connection meanwhile is told by an event and not to the step's callback.
 * @throws the step's error, or the connection's
 */
function step<T>(
  connection: SMTPConnection,
  begin: (done: (error?: Error | null, value?: T) => void) => void,
): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const ended = (): void => reject(new Error("the connection ended"));
    connection.once("error", reject);
    connection.once("end", ended);
    begin((error, value) => {
      connection.off("end", ended);
      if (error) reject(error);
      else resolve(value);
    });
  });
}

async function connectionTo(server: MailServer): Promise<SMTPConnection> {
  // Brought when it is needed: every command would load it.
  const { default: Connection } = await import("nodemailer/lib/smtp-connection");
  const { host, port, security, authorities, name, patience = 30_000, answerPatience = 600_000 } = server;
  return new Connection({
    host,
    port,
    secure: security === "tls",
    requireTLS: security === "starttls",
    ignoreTLS: security === "none",
    tls: { minVersion: "TLSv1.2", ...(authorities === undefined ? {} : { ca: authorities }) },
    connectionTimeout: patience,
    greetingTimeout: patience,
    socketTimeout: answerPatience,
    ...(name === undefined ? {} : { name }),
  });
}

async function connect(connection: SMTPConnection, server: MailServer): Promise<void> {
  try {
    await step<undefined>(connection, (done) => connection.connect(done));
  } catch (error) {
    throw unreachable(server, error);
  }
}

function unreachable({ host, port, security }: MailServer, error: unknown): FarmError {
  return new FarmError(
    {
      what: "The mail server cannot be used; nothing was sent",
      where: `${host}:${port} (${security})`,
      why: oneLine(messageOf(error)),
      next: "check mail.host, mail.port, mail.security and mail.caFile of the settings",
    },
    { cause: error },
  );
}

async function signIn(connection: SMTPConnection, { host, port, login }: MailServer): Promise<void> {
  const { user = "", password = "" } = login ?? {};
  try {
    await step<boolean>(connection, (done) =>
      connection.login({ credentials: { user, pass: password } }, done),
    );
  } catch (error) {
    const { responseCode } = error as SmtpError;
    throw new FarmError({
      what: "The mail server refuses the sign-in; nothing was sent",
      where: `${user} at ${host}:${port}`,
      // The server's words may repeat what it was given; its code does not.
      why: responseCode ? `it answers ${responseCode}` : "it offers none, or went away",
      next: "check mail.user, and the value of the variable that mail.passwordVariable names",
    });
  }
}

async function transfer(connection: SMTPConnection, letter: WrittenLetter): Promise<Delivery> {
  const { from, to, messageId, bytes } = letter;
  let begun = false;
  const message = new Readable({
    read() {
      // Asked for only when the server has said that it waits for the letter.
      begun = true;
      this.push(bytes);
      this.push(null);
    },
  });
  // Where the server can (RFC 3461), a notice about a failed delivery carries our name of the letter.
  const dsn = { ret: "HDRS", envid: messageId, notify: ["FAILURE"] };
  const envelope = { from, to: [...to], size: bytes.length, dsn };
  try {
    const info = await step<SentMessageInfo>(connection, (done) => connection.send(envelope, message, done));
    const { response = "", accepted = [], rejectedErrors = [] } = info ?? {};
    return {
      outcome: "taken",
      at: new Date(),
      response: oneLine(response),
      accepted,
      refused: rejectedErrors.map(refusalOf),
    };
  } catch (error) {
    const { response, responseCode, rejectedErrors } = error as SmtpError;
    if (begun && !responseCode) return { outcome: "unknown", why: oneLine(messageOf(error)) };
    const words = oneLine(response ?? messageOf(error));
    const refused = rejectedErrors?.map(refusalOf) ?? to.map((recipient) => ({ recipient, response: words }));
    return { outcome: "refused", response: words, refused };
  }
}

function refusalOf(error: SmtpError): Refusal {
  return { recipient: error.recipient ?? "", response: oneLine(error.response ?? error.message) };
}

/** A server's words in one line of at most 300 characters. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim().slice(0, 300);
}
