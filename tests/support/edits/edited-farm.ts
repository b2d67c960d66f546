import assert from "node:assert/strict";
import { playAdministrations } from "../../../cli/administrations.ts";
import type { PaperLab } from "../../bench/paper-lab.ts";
import { labTenants } from "../tenants.ts";
import type { Step } from "./edit.ts";
import { EditedFiles } from "./edited-files.ts";
import { figuresOf, isEnding } from "./edited-values.ts";
import { expectedFacts } from "./expected.ts";
import { findFacts, findIds, idsOf } from "./found.ts";
import type { Ended, Runner } from "./runner.ts";

/** A farm on paper whose files are edited at random; after each run XO and Cloudflare are compared with the files. */
export class EditedFarm {
  readonly files: EditedFiles;
  /** What was done until now, a line each. */
  readonly done: string[] = [];
  readonly #lab: Pick<PaperLab, "told">;
  readonly #runner: Runner;

  /** @param most so many administrations there are at most */
  constructor(lab: Pick<PaperLab, "told">, runner: Runner, most: number) {
    this.#lab = lab;
    this.#runner = runner;
    this.files = new EditedFiles(most);
  }

  /** Edits and runs. @throws Error when the run fails, or anything outside is not what the files say */
  async step({ edits, mayStop, loses }: Step): Promise<void> {
    this.done.push(...edits.flatMap((edit) => this.files.apply(edit) ?? []));
    if (this.files.administrations.size === 0) return;
    await playAdministrations(await labTenants());
    if (loses !== undefined) await this.#lose(loses);
    const ids = [...this.files.administrations.keys()];
    const ended = await this.#runner.run(mayStop ? { FARM_MAY_STOP: ids.join(",") } : {});
    this.done.push(mayStop ? "run, machines may stop" : "run");
    if (!ended.well) throw new Error(`the run failed:\n${ended.said}`);
    this.#note(mayStop);
    await this.#compare();
  }

  /** A further run has nothing to do. */
  async expectNothingLeft(): Promise<void> {
    if (this.files.administrations.size > 0) assert.deepEqual(await this.#runner.remains(), []);
  }

  /** Nothing is left of anything. */
  async expectNothing(): Promise<void> {
    const nothing = { machines: {}, zones: [], records: [], certificates: [], backupRepositories: [] };
    assert.deepEqual(await findFacts(this.#lab.told), nothing);
  }

  /** What is outside is what the files say, and the state knows all of it and nothing besides. */
  async #compare(): Promise<void> {
    assert.deepEqual(await findFacts(this.#lab.told), expectedFacts(this.files));
    const outside = await findIds();
    assert.deepEqual(idsOf(this.#runner.state(), Object.keys(outside)), outside);
  }

  /** A file that is gone ends the run before anything is touched. */
  async #lose(number: number): Promise<void> {
    const made = [...this.files.administrations.values()].filter(({ given }) => given !== undefined);
    const lost = made[number % made.length]?.input.id;
    if (lost === undefined) return;
    const before = await findFacts(this.#lab.told);
    const putBack = this.files.lose(lost);
    const ended: Ended = await this.#runner.run({});
    putBack();
    assert.equal(ended.well, false, `a run without the file of ${lost} was not refused`);
    assert.match(ended.said, /is missing, but its VM|There is no tenant file/);
    assert.deepEqual(await findFacts(this.#lab.told), before);
    this.done.push(`${lost} lost its file: refused`);
  }

  /** What a run that went well gave the sites: one that is being wound up stays as it is. */
  #note(mayStop: boolean): void {
    const { startDelay, ttl } = this.files;
    for (const one of this.files.administrations.values()) {
      const { input, given } = one;
      if (given !== undefined && isEnding(input)) continue;
      const figures = given === undefined || mayStop ? figuresOf(input.size) : given.figures;
      one.given = { input: structuredClone(input), figures, startDelay, ttl };
    }
  }
}
