import type { Readable, Writable } from "node:stream";
import { cancel, confirm, isCancel, log, note, select, text } from "@clack/prompts";
import { FarmError } from "../../lib/farm-error.ts";
import {
  type Answers,
  choicesOf,
  type Question,
  type QuestionScene,
  questions,
  refusalOf,
} from "../../model/tenant-questions.ts";

/** The terminal of whoever is asked. */
export interface Terminal {
  readonly input: Readable;
  readonly output: Writable;
}

/** Whoever answers the questions of a new tenant file. */
export interface Interview {
  readonly scene: QuestionScene;
  /** Answers that are there already, from the command line. */
  readonly given: Answers;
  /** What all files together say against an answer; undefined when it fits. */
  readonly check: (answers: Answers, question: Question) => Promise<string | undefined>;
}

/** Asks for everything that the command line does not say, each answer checked before the next question. */
export async function interview({ scene, given, check }: Interview, terminal: Terminal): Promise<Answers> {
  const answers: Record<string, string> = { ...given };
  for (const question of questions) {
    if (given[question.name] !== undefined || question.needless?.(answers) === true) continue;
    for (;;) {
      answers[question.name] = await askOne(question, answers, scene, terminal);
      const problem = await check(answers, question);
      if (problem === undefined) break;
      log.error(problem, { output: terminal.output });
    }
  }
  return answers;
}

async function askOne(
  question: Question,
  answers: Answers,
  scene: QuestionScene,
  terminal: Terminal,
): Promise<string> {
  const proposal = question.propose?.(answers, scene);
  const choices = choicesOf(question, scene);
  const message = question.optional === true ? `${question.ask} (may stay empty)` : question.ask;
  if (choices.length > 0) {
    const options = choices.map(({ value, hint }) => ({
      value,
      label: value,
      ...(hint === undefined ? {} : { hint }),
    }));
    return answered(
      await select({
        ...{ message, options, ...terminal, maxItems: 12 },
        ...(proposal === undefined ? {} : { initialValue: proposal }),
      }),
      terminal,
    );
  }
  return answered(
    await text({
      ...{ message, ...terminal },
      ...(proposal === undefined ? {} : { initialValue: proposal }),
      validate: (answer) => refusalOf(question, (answer ?? "").trim()),
    }),
    terminal,
  ).trim();
}

/** Shows what would be written, and asks for the word. @throws FarmError when they say no */
export async function approve(
  { title, body, question }: { readonly title: string; readonly body: string; readonly question: string },
  terminal: Terminal,
): Promise<void> {
  note(body, title, { output: terminal.output, format: (line) => line });
  const approved = await confirm({ message: question, ...terminal });
  if (isCancel(approved)) throw cancelled(terminal);
  if (!approved) throw new FarmError({ what: "Nothing was written" });
}

function answered(answer: string | symbol | undefined, terminal: Terminal): string {
  if (typeof answer === "symbol") throw cancelled(terminal);
  return answer ?? "";
}

function cancelled({ output }: Terminal): FarmError {
  cancel("Stopped", { output });
  return new FarmError({ what: "Nothing was written" });
}
