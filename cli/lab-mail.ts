import { type Command, InvalidArgumentError } from "commander";
import { type KeptLetter, readMailbox } from "../lab/mail/mailbox.ts";
import { FarmError } from "../lib/farm-error.ts";
import { showBerlin } from "../model/berlin-time.ts";
import { outputOf, table } from "./output.ts";

/** Registers `./farm lab mail`. */
export function register(lab: Command): void {
  lab
    .command("mail")
    .description("what the lab's mail server was given; nothing of it leaves the machine")
    .argument("[number]", "the letter to read (default: a list of all)", numberOf)
    .option("--json", "the letters as JSON")
    .action(async (number: number | undefined, _options: unknown, command: Command) => {
      const letters = await readMailbox();
      const output = outputOf(command);
      if (number === undefined) output.result(letters, listOf(letters));
      else {
        const letter = letterOf(letters, number);
        output.result(letter, textOf(letter));
      }
    });
}

function numberOf(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new InvalidArgumentError("a number of the list is wanted");
}

function letterOf(letters: readonly KeptLetter[], number: number): KeptLetter {
  const letter = letters[number - 1];
  if (letter !== undefined) return letter;
  throw new FarmError({
    what: `There is no letter ${number}`,
    why: letters.length === 0 ? "the lab's mail server was given none" : `the last one is ${letters.length}`,
    next: letters.length === 0 ? "./farm lab up --mail starts that server" : "./farm lab mail",
  });
}

function listOf(letters: readonly KeptLetter[]): string {
  if (letters.length === 0) return "No letter.";
  const rows = letters.map(({ number, date, recipients, subject }) => [
    String(number),
    date === undefined ? "" : showBerlin(new Date(date)),
    recipients.join(" "),
    subject,
  ]);
  return table([["letter", "sent (Berlin)", "to", "subject"], ...rows]);
}

function textOf({ date, from, recipients, subject, text, attachments }: KeptLetter): string {
  return [
    `From: ${from}`,
    `To: ${recipients.join(", ")}`,
    ...(date === undefined ? [] : [`Date: ${showBerlin(new Date(date))} (Berlin)`]),
    `Subject: ${subject}`,
    ...attachments.map((name) => `With: ${name}`),
    "",
    text.trimEnd(),
  ].join("\n");
}
