import { setUplink } from "../network/network.ts";
import { panic } from "./guest-run.ts";
import { setCables } from "./nics.ts";
import { NspawnBase } from "./nspawn-base.ts";
import { interrupt, release, stall } from "./stall.ts";
import type { HypervisorFaults } from "./types.ts";

/** What can break below guests that boot. */
export abstract class NspawnFaults extends NspawnBase implements HypervisorFaults {
  stallRepository(repository: string): Promise<void> {
    return stall(this.places, repository);
  }

  releaseRepository(repository: string): Promise<void> {
    return release(this.places, repository);
  }

  interruptRepository(repository: string, milliseconds: number): Promise<number> {
    return interrupt(this.places, repository, milliseconds);
  }

  async setUplink(host: string, up: boolean): Promise<void> {
    await setUplink(this.places.namespace, this.shortHost(host), up);
  }

  async setCables(id: string, up: boolean): Promise<void> {
    await setCables(this.places, id, this.known(id).spec.nics, up);
  }

  async crash(id: string): Promise<void> {
    panic(this.places, this.known(id));
  }
}
