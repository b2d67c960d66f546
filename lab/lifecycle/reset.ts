import { run } from "../../lib/run.ts";
import { type LabPlaces, labPlaces, tryReadLab, writeLab } from "../lab-file.ts";
import { type LabDownOptions, takeDown } from "./down.ts";
import { requireRootOnLinux } from "./requirements.ts";
import { deleteMeasurements, deleteState } from "./stamps.ts";
import { inTurn } from "./turn.ts";

/**
 * Stops the lab and deletes its data together with the state of the stack `lab`: disks, simulators' data, keys,
 * logs, the probers' included. Credentials and ports stay, so that a shell with the lab's environment goes on working; other stacks'
 * state is not touched.
 */
export async function labReset(options: LabDownOptions): Promise<void> {
  requireRootOnLinux();
  const places = options.places ?? labPlaces();
  await inTurn(places, options.progress, async () => {
    await takeDown(places, options.progress);
    // State first: if this is cut off, data without state is what the next start takes up without a question.
    deleteState(places);
    deleteMeasurements(places);
    await run("rm", ["-rf", "--one-file-system", places.lab]);
    forgetExtras(places);
  });
}

/** The next lab has what it is started with, and not what somebody wanted of this one. */
function forgetExtras(places: LabPlaces): void {
  const lab = tryReadLab(places);
  if (lab === undefined) return;
  const { edgeHosts: _hosts, mail: _mail, monitoring: _monitoring, ...always } = lab;
  writeLab(places, always);
}
