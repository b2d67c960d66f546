import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
// Loads, and only loads, the SDKs and everything else that the farm's own program loads.
import "../../components/program.ts";

class Site extends pulumi.ComponentResource {
  constructor(name: string) {
    super("noop:index:Site", name);
    this.registerOutputs({});
  }
}

class Noop extends pulumi.CustomResource {
  constructor(name: string, number: number, opts: pulumi.CustomResourceOptions) {
    super("noop:index:Noop", name, { number }, opts);
  }
}

/** How many there are of each: as many as in the state of the sites that they are measured against. */
const { custom, components } = JSON.parse(readFileSync("counts.json", "utf8")) as {
  readonly custom: number;
  readonly components: number;
};
const sites = Array.from({ length: components }, (_, index) => new Site(`site-${index}`));
// Another turn changes the first resource, and no other.
const turn = Number(process.env["FARM_BENCH_TURN"] ?? "0");
for (let index = 0; index < custom; index++) {
  const parent = sites[index % sites.length];
  new Noop(`noop-${index}`, index === 0 ? -turn : index, parent === undefined ? {} : { parent });
}
