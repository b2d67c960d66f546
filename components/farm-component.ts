import * as pulumi from "@pulumi/pulumi";

/**
 * Every component of the farm: its children's names begin with its own, so a name in a preview tells whose
 * it is, and no two administrations can collide.
 */
export abstract class FarmComponent extends pulumi.ComponentResource {
  readonly #name: string;

  protected constructor(type: string, name: string, opts?: pulumi.ComponentResourceOptions) {
    super(`farm:${type}`, name, {}, opts);
    this.#name = name;
  }

  /** The name of a child. */
  protected child(part: string): string {
    return `${this.#name}-${part}`;
  }
}
