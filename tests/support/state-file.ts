import { readFileSync } from "node:fs";
import { join } from "node:path";
import { farmFolder } from "../../lib/paths.ts";
import { nameOf } from "../../model/stack-state.ts";

/** The file in which the engine keeps the state of the tests' stack. */
export const stateFile: string = join(farmFolder, "state", ".pulumi", "stacks", "allris-farm", "lab.json");

interface Checkpoint {
  readonly checkpoint: {
    readonly latest?: {
      readonly resources?: readonly { readonly type: string; readonly id?: string }[];
      readonly pending_operations?: readonly {
        readonly type: string;
        readonly resource: { readonly urn: string };
      }[];
    };
  };
}

/** As the file has it: the engine itself may not be able to read what it left. */
export function readCheckpoint(): Checkpoint {
  return JSON.parse(readFileSync(stateFile, "utf8")) as Checkpoint;
}

/** Operations under way, as the state's file has them: "creating gemeinde-003-vm". */
export function pendingOperations(): string[] {
  const pending = readCheckpoint().checkpoint.latest?.pending_operations ?? [];
  return pending.map(({ type, resource }) => `${type} ${nameOf(resource.urn)}`);
}
