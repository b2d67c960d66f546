import { FarmError, messageOf } from "../../lib/farm-error.ts";
import { comparePlain } from "../kit/compare.ts";
import type { Context, Properties, ResourceType } from "../kit/types.ts";
import { ReleaseChange } from "./release-change.ts";
import { checkRelease, type ReleaseInputs, releaseInputs, requireArchive } from "./release-inputs.ts";
import { GuestRelease, type GuestStatus } from "./release-machine.ts";
import type { XoClient } from "./xo-client.ts";

/** What a change of makes a difference; everything else says how to get there. */
const compared = ["vmId", "version", "build", "sha256"];

/** What the state keeps: which release is on which machine. */
function outputsOf(inputs: Properties): Properties {
  return Object.fromEntries(compared.map((name) => [name, inputs[name] ?? ""]));
}

/** One line of the preview: what an update will do, and how long visitors wait. */
function plannedUpdate(from: string, inputs: ReleaseInputs): string {
  const { version, expectedMinutes, window, emergency } = inputs;
  const minutes = `${expectedMinutes} minute${expectedMinutes === 1 ? "" : "s"}`;
  const reason =
    emergency === undefined ? window && `in the window ${window}` : `as an emergency: ${emergency}`;
  const steps =
    "snapshot, wait for running requests, install beside, copy and migrate the data, start, check";
  const end = "back to the old release and its data by itself when a step fails";
  return `${from} → ${version}${reason ? ` ${reason}` : ""}: ${steps}; about ${minutes} away; ${end}`;
}

/** Refuses what can be known before anything is touched, and shows what will be done. */
async function plan(context: Context<XoClient>, inputs: Properties, line: string): Promise<void> {
  if (typeof inputs.sha256 === "string" && typeof inputs.source === "object")
    await requireArchive(releaseInputs(inputs));
  context.log("info", line);
}

async function tryStatus(
  context: Context<XoClient>,
  connection: Properties,
): Promise<GuestStatus | undefined> {
  try {
    // A refresh of many machines must not wait minutes for one that is off.
    return await new GuestRelease(context, { ...connection, dialErrorLimit: 2 }).status();
  } catch (error) {
    if (context.signal.aborted) throw error;
    context.log("warning", `cannot be asked for its release, what is known stays: ${messageOf(error)}`);
    return undefined;
  }
}

/**
 * The release of ALLRIS net on one machine. An update is one operation over XO and ssh: it ends with the new
 * release or with the old one and its data. A rebuilt VM gets a new installation; nothing is ever uninstalled,
 * since the machine goes as a whole.
 * @param outsideSeconds in which an open site has to answer from outside
 */
export function releaseWith(outsideSeconds: number): ResourceType<XoClient> {
  return {
    check: (_context, news) => checkRelease(news),

    diff: (_context, _id, olds, news) => ({
      differences: comparePlain(olds, news, { inputs: compared, replace: ["vmId"] }),
    }),

    async create(context, inputs) {
      const { version, checks } = releaseInputs(inputs);
      if (context.preview) {
        const pages = Object.keys(checks ?? {}).join(", ");
        await plan(context, inputs, `installs ${version}, then checks: ${pages}`);
        return { id: "", outputs: outputsOf(inputs) };
      }
      await requireArchive(releaseInputs(inputs));
      await new ReleaseChange(context, releaseInputs(inputs), outsideSeconds).perform();
      return { id: String(inputs.vmId), outputs: outputsOf(inputs) };
    },

    async read(context, _id, olds, oldInputs) {
      const connection = oldInputs.connection as Properties | undefined;
      if (connection === undefined) {
        throw new FarmError({
          what: "an installed release cannot be imported",
          next: "declare the resource: it recognises a release that is there and changes nothing",
        });
      }
      const status = await tryStatus(context, connection);
      if (status === undefined) return { outputs: olds, inputs: oldInputs };
      const { current, health } = status;
      if (current === null) return undefined;
      if (health.error !== undefined)
        context.log("warning", `${current.version} is installed, but does not answer: ${health.error}`);
      const { version, build, sha256 } = current;
      return { outputs: { ...olds, version, build, sha256 }, inputs: oldInputs };
    },

    async update(context, _id, olds, news) {
      const inputs = releaseInputs(news);
      if (context.preview) await plan(context, news, plannedUpdate(String(olds.version), inputs));
      else {
        await requireArchive(inputs);
        await new ReleaseChange(context, inputs, outsideSeconds).perform();
      }
      return outputsOf(news);
    },

    async delete() {
      // The release goes with its machine.
    },
  };
}

/** `xenops:index:Release`. nginx and the application's first page are slow at first. */
export const release: ResourceType<XoClient> = releaseWith(45);
