import { setTimeout as sleep } from "node:timers/promises";
import { ProberScene } from "../unit/guest/prober-scene.ts";
import type { Figure } from "./figures.ts";

const sites = 1000;
/** Seconds of settling, until each target was asked, and of measuring: two whole intervals. */
const [settling, measuring] = [20, 30];

/**
 * What 1,000 sites with three targets each cost a prober: 200 questions a second, each with a TLS handshake of its own.
 * The web server is a process's thread of its own here, so only the prober's processor time counts.
 */
export async function measureProber(progress: (line: string) => void): Promise<readonly Figure[]> {
  progress(`a prober of ${sites} sites (${settling + measuring} seconds)`);
  const scene = new ProberScene();
  try {
    await scene.serve(["t0.example"]);
    scene.write(
      {},
      Array.from({ length: sites }, (_, index) => scene.site(`t${index}`)),
    );
    scene.start();
    await sleep(settling * 1000);
    const [before, begun] = [scene.processorSeconds(), performance.now()];
    await sleep(measuring * 1000);
    const share = (scene.processorSeconds() - before) / ((performance.now() - begun) / 1000);
    await scene.end();
    const asked = scene.records().filter(({ kind }) => kind === "probe").length;
    if (asked < sites * 3)
      throw new Error(`the machine is too busy: ${asked} of ${sites * 3} targets were asked`);
    return [
      {
        name: `prober: ${sites} sites with 3 targets every 15 s, processors taken`,
        value: share,
        unit: "times",
        target: 1,
        note: "1.00× is one processor; one prober uses one at most",
      },
    ];
  } finally {
    await scene.remove();
  }
}
