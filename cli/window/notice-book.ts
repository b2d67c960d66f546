import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../../lib/atomic-file.ts";
import { FarmError } from "../../lib/farm-error.ts";
import { withLock } from "../../lib/lock.ts";
import { sha256, type WrittenLetter } from "../../lib/mail/letter.ts";
import { farmFolder } from "../../lib/paths.ts";
import { noticesFolder } from "../../loading/notices.ts";
import {
  type NoticeFile,
  type NoticeProof,
  noticesText,
  parseNotices,
  readNotices,
} from "../../model/notice-proof.ts";
import { formatProblem, type Problem } from "../../model/problems.ts";
import { LetterBook } from "../letters/letter-book.ts";

/** What is written down of the letters about one window: `maintenance/notices/<id>.json`, and the letters beside it. */
export class NoticeBook extends LetterBook<NoticeProof> {
  readonly #folder: string;
  readonly #id: string;
  /** The file, relative to the checkout. */
  readonly file: string;

  /**
   * @param maintenance folder of the window files
   * @param id of the window
   * @throws FarmError for what is no id, which would name a file elsewhere
   */
  constructor(maintenance: string, id: string) {
    super();
    if (!/^[a-z0-9-]{3,40}$/.test(id))
      throw new FarmError({ what: `"${id.slice(0, 60)}" is no id of a window` });
    this.#folder = join(maintenance, noticesFolder);
    this.#id = id;
    this.file = `maintenance/${noticesFolder}/${id}.json`;
  }

  /**
   * All that is written down, the oldest first; nothing before the first letter.
   * @throws FarmError for a file that is not one of ours
   */
  read(): readonly NoticeProof[] {
    const path = this.#path();
    if (!existsSync(path)) return [];
    const problems: Problem[] = [];
    const read = readNotices(parseNotices(this.file, readFileSync(path, "utf8")), problems);
    if (read !== undefined) return read.notices;
    throw new FarmError({
      what: "What was written down of the letters cannot be read; nothing was sent",
      where: this.file,
      why: problems.map(formatProblem).join("\n"),
      next: `bring it back: git checkout -- ${this.file}`,
    });
  }

  /** Keeps a letter, and that it is about to be sent; both are on disk when this returns. */
  begin(
    letter: WrittenLetter,
    window: { readonly start: Date; readonly end: Date },
    tenant: string,
    sender: Pick<NoticeProof, "begunAt" | "stage" | "server">,
  ): void {
    const notices = this.read();
    const number = notices.filter((proof) => proof.tenant === tenant).length + 1;
    const file = `${this.#id}/${tenant}-${number}.eml`;
    mkdirSync(join(this.#folder, this.#id), { recursive: true });
    writeFileAtomic(join(this.#folder, file), letter.bytes);
    const { start, end } = window;
    const { to, messageId, hash } = letter;
    this.write([
      ...notices,
      {
        ...{ tenant, start, end, outcome: "sending", recipients: [...to], messageId },
        ...{ messageHash: hash, letter: file, ...sender },
      },
    ]);
  }

  /** Letters that are not what was sent: their file is gone, or its bytes are others. */
  findChangedLetters(): readonly NoticeProof[] {
    return this.read().filter(({ letter, messageHash }) => {
      const path = join(this.#folder, letter);
      return !existsSync(path) || sha256(readFileSync(path)) !== messageHash;
    });
  }

  /** Keeps two on this machine from sending about the same window at once. */
  exclusively<T>(say: (line: string) => void, work: () => Promise<T>): Promise<T> {
    const options = { onWait: say, doing: "sends notices" };
    return withLock(join(farmFolder, "notices", `${this.#id}.lock`), options, work);
  }

  #path(): string {
    return join(this.#folder, `${this.#id}.json`);
  }

  protected write(notices: NoticeFile["notices"]): void {
    mkdirSync(this.#folder, { recursive: true });
    writeFileAtomic(this.#path(), noticesText({ window: this.#id, notices }));
  }
}
