import { setTimeout as sleep } from "node:timers/promises";
import { readLab } from "../../lab/lab-file.ts";
import { visit } from "../../lab/probe.ts";
import { editTenant, up } from "../support/project.ts";
import { type Figure, median } from "./figures.ts";
import { changeOneNoop, makeNoop } from "./noop.ts";
import { measureState } from "./state.ts";

const site = { id: "hohenbrueck", domain: "ratsinfo.hohenbrueck.example" };
/** What the tenant file says of the module, and what a visitor sees of it. */
const switched = { from: "citizens: {", to: "citizens: {\n      modules: { resolutions: false }," };
const link = 'href="/public/bs010"';

/** From the edited file to the page that shows it, and the engine alone with one changed resource among as many. */
export async function measureParameter(
  pairs: number,
  seconds: (work: () => Promise<void>) => Promise<number>,
): Promise<Figure[]> {
  const { custom, components } = measureState();
  await makeNoop({ custom, components });
  const change: number[] = [];
  const floor: number[] = [];
  for (let turn = 1; turn <= pairs; turn++) {
    const off = turn % 2 === 1;
    const parameter = async (): Promise<void> =>
      void change.push(
        await seconds(() => (off ? toggle(switched.from, switched.to) : toggle(switched.to, switched.from))),
      );
    const noop = async (): Promise<void> => void floor.push(await seconds(() => changeOneNoop(turn)));
    // In turn, so that a machine that slows down favours nobody.
    for (const measure of off ? [parameter, noop] : [noop, parameter]) await measure();
  }
  return [
    { name: "changed parameter, up to visible", value: median(change), unit: "s", samples: change },
    { name: "the engine with one changed resource", value: median(floor), unit: "s", samples: floor },
    {
      name: "changed parameter against that",
      value: median(change.map((value, index) => value / (floor[index] ?? Number.NaN))),
      unit: "times",
    },
  ];
}

async function toggle(from: string, to: string): Promise<void> {
  const shown = to === switched.from;
  editTenant(site.id, from, to);
  await up();
  for (const end = performance.now() + 10_000; ; ) {
    if ((await visit(readLab(), site.domain)).body.includes(link) === shown) return;
    if (performance.now() > end) throw new Error(`${site.domain} does not show the changed parameter`);
    await sleep(50);
  }
}
