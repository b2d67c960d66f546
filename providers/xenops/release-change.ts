import { setTimeout as sleep } from "node:timers/promises";
import { FarmError, messageOf } from "../../lib/farm-error.ts";
import type { Context } from "../kit/types.ts";
import { setReleaseOf } from "./custom-field.ts";
import type { ReleaseInputs } from "./release-inputs.ts";
import { GuestRelease, type GuestResult, type GuestStatus, type GuestVerb } from "./release-machine.ts";
import { type HowToLook, reasonAgainstSite } from "./release-outside.ts";
import {
  deleteSnapshot,
  expireSnapshots,
  revertTo,
  snapshotHours,
  snapshotPrefix,
  takeSnapshot,
} from "./snapshots.ts";
import type { XoClient } from "./xo-client.ts";

const ownName = `${snapshotPrefix}before `;
/** Seconds in which a VM that went back to a snapshot has to boot and answer. */
const bootSeconds = 180;

/** One change of the release of one machine. */
export class ReleaseChange {
  private readonly context: Context<XoClient>;
  private readonly inputs: ReleaseInputs;
  private readonly guest: GuestRelease;
  private readonly outsideSeconds: number;

  /** @param outsideSeconds in which an open site has to answer from outside */
  constructor(context: Context<XoClient>, inputs: ReleaseInputs, outsideSeconds: number) {
    this.context = context;
    this.outsideSeconds = outsideSeconds;
    this.inputs = inputs;
    this.guest = new GuestRelease(context, inputs.connection);
  }

  /**
   * Brings the machine to the wanted release, whatever it has.
   * @throws FarmError with the whole story; the machine then runs what it ran before
   */
  async perform(): Promise<void> {
    const { current } = await this.guest.status();
    if (current === null) await this.install();
    else if (this.isWanted(current)) await this.keep();
    else await this.update(current.version);
    await setReleaseOf(this.context.client, this.inputs.vmId, this.inputs.version, this.context.signal);
    await this.removeOldSnapshots();
  }

  private isWanted(current: GuestStatus["current"]): boolean {
    return current?.version === this.inputs.version && current.sha256 === this.inputs.sha256;
  }

  private async install(): Promise<void> {
    const result = await this.runGuest("install");
    if (!isGood(result)) throw this.failure("is not installed", result.story, "run up again");
    await this.requireAnswer();
  }

  private async keep(): Promise<void> {
    const result = await this.guest.run("update", this.request());
    if (!isGood(result)) throw this.failure("is installed, but does not answer", result.story, lookAtLog);
    await this.requireAnswer();
  }

  private async requireAnswer(): Promise<void> {
    const reason = await this.askOutside();
    if (reason === undefined) return;
    throw this.failure("is installed and answers on its machine, but not from outside", reason, lookAtNginx);
  }

  private async update(from: string): Promise<void> {
    const { version, expectedMinutes } = this.inputs;
    // What was wrong before is no fault of the release, and going back would not mend it.
    const before = await this.askOutside({ seconds: 0, anyVersion: true });
    const snapshot = await this.snapshot(from);
    this.say(`${from} → ${version}, ${expectedMinutes} minutes are expected`);
    const result = await this.runGuest("update");
    if (!isGood(result)) return this.explain(from, snapshot, result);
    const reason = await this.askOutside();
    if (reason === undefined) return;
    if (before !== undefined) {
      this.context.log("warning", `the site does not answer from outside, as before the update: ${reason}`);
      return;
    }
    await this.takeBack(from, snapshot, reason);
  }

  private async snapshot(from: string): Promise<string> {
    const { vmId, version, domain } = this.inputs;
    const started = Date.now();
    const description = `${domain} with ${from}; removed by itself after ${snapshotHours} hours`;
    const { client, signal } = this.context;
    const id = await takeSnapshot(client, { vmId, name: `${ownName}${version}`, description }, signal);
    this.say(`snapshot ${((Date.now() - started) / 1000).toFixed(1)} s`);
    return id;
  }

  /** The release runs on its machine, but its site does not: the generation before takes over again. */
  private async takeBack(from: string, snapshot: string, reason: string): Promise<never> {
    const story = `${this.inputs.version} answered on its machine, but not from outside: ${reason}`;
    const back = await this.guest.run("back", this.request());
    if (back.outcome === "stuck")
      return this.explain(from, snapshot, { ...back, story: `${story}. ${back.story}` });
    if (!isGood(back))
      throw this.failure("does not answer from outside", `${story}. ${back.story}`, lookAtNginx);
    await this.giveUp(snapshot);
    const lost = "What was written in the seconds between is in the generation that was left, for 72 hours";
    throw this.failure(`went back to ${from} with its data`, `${story}. ${lost}`, takeAnother);
  }

  /** @throws always */
  private async explain(from: string, snapshot: string, result: GuestResult): Promise<never> {
    if (result.outcome === "stuck" || result.outcome === "lost")
      await this.afterTheWorst(from, snapshot, result);
    await this.giveUp(snapshot);
    const untouched = result.outcome !== "back";
    const end = untouched
      ? `was not begun: the site runs ${from}`
      : `went back by itself to ${from} with its data`;
    throw this.failure(end, result.story, takeAnother);
  }

  /** The machine is as it was: the snapshot only takes space. */
  private async giveUp(snapshot: string): Promise<void> {
    const { client, signal } = this.context;
    await deleteSnapshot(client, snapshot, signal).catch((error: unknown) =>
      this.context.log("warning", `the snapshot ${snapshot} is left: ${messageOf(error)}`),
    );
  }

  private async afterTheWorst(from: string, snapshot: string, result: GuestResult): Promise<void> {
    if (result.outcome === "lost") {
      const current = await this.answering();
      if (this.isWanted(current))
        throw this.failure("was cut off behind its last step", result.story, "run up again");
      if (current !== null) {
        await this.giveUp(snapshot);
        throw this.failure(
          `was cut off: ${result.story}`,
          `the site runs ${from} with its data`,
          "run up again",
        );
      }
    }
    this.context.log("warning", `${result.story}; the machine goes back to the snapshot ${snapshot}`);
    await revertTo(this.context.client, snapshot, this.context.signal).catch((error: unknown) => {
      const all = `${result.story}. Going back to the snapshot failed as well: ${messageOf(error)}`;
      throw this.failure(
        "failed, and so did every way back",
        all,
        `revert the VM in XO to the snapshot ${snapshot} by hand`,
      );
    });
    await this.guest.reachable();
    const answer = await this.askOutside({ seconds: bootSeconds, anyVersion: true });
    const state = answer === undefined ? `it runs ${from} again` : `${from} does not answer yet: ${answer}`;
    const disks = "The disks of the VM are new ones, with other ids";
    throw this.failure(
      `failed; the VM was put back to its snapshot, ${state}`,
      `${result.story}. ${disks}`,
      `tell the state about the disks: ${this.refresh()}`,
    );
  }

  /** The release that answers on the machine after its restart, or null when none does in time. */
  private async answering(): Promise<GuestStatus["current"]> {
    const end = Date.now() + bootSeconds * 1000;
    for (;;) {
      const { current, health } = await this.guest.status();
      if (current !== null && health.version === current.version) return current;
      if (Date.now() > end) return null;
      await sleep(1000, undefined, { signal: this.context.signal });
    }
  }

  private async runGuest(verb: GuestVerb): Promise<GuestResult> {
    const { source, sha256 } = this.inputs;
    const where =
      "url" in source ? { url: source.url } : { archive: await this.guest.upload(source.file, sha256) };
    const result = await this.guest.run(verb, { ...this.request(), ...where });
    for (const note of result.notes ?? []) this.context.log("warning", note);
    if (isGood(result)) this.say(result.story);
    return result;
  }

  private request(): object {
    const { version, build, sha256, minimumBaseImage, domain, checks, window, emergency } = this.inputs;
    return { version, build, sha256, minimumBaseImage, domain, checks, window, emergency };
  }

  private askOutside(how?: HowToLook): Promise<string | undefined> {
    const wanted = { seconds: this.outsideSeconds, anyVersion: false };
    return reasonAgainstSite(this.inputs, how ?? wanted, this.context.signal);
  }

  private async removeOldSnapshots(): Promise<void> {
    const { client, signal } = this.context;
    for (const { name } of await expireSnapshots(client, [this.inputs.vmId], signal))
      this.say(`removed the snapshot "${name}", older than ${snapshotHours} hours`);
  }

  /** The command that reads the new disk ids of this machine's VM. */
  private refresh(): string {
    const [, stack = "", project = ""] = /^urn:pulumi:([^:]+)::([^:]+)::/.exec(this.context.urn) ?? [];
    const name = this.context.urn
      .split("::")
      .at(-1)
      ?.replace(/-release$/, "-vm");
    return `./farm pulumi refresh -s ${stack} --target 'urn:pulumi:${stack}::${project}::**::${name}'`;
  }

  private say(line: string): void {
    this.context.log("info", line);
  }

  private failure(what: string, why: string, next: string): FarmError {
    const { domain, version } = this.inputs;
    return new FarmError({
      what: `${domain}: release ${version} ${what}`,
      where: `machine ${this.guest.place}, VM ${this.inputs.vmId}`,
      why,
      next,
    });
  }
}

const takeAnother = "have the release mended or name another one in the tenant's file, then run up again";
const lookAtLog = "look at its log: sudo journalctl -u 'allrisnet@*'";
const lookAtNginx = "look at the certificate and at nginx: sudo tail /var/log/nginx/error.log";

function isGood({ outcome }: GuestResult): boolean {
  return outcome === "done" || outcome === "nothing";
}
