import { afterAll, expect, it } from "vitest";
import { readLab } from "../../lab/lab-file.ts";
import { visit } from "../../lab/probe.ts";
import { removeTenants } from "../support/heal.ts";
import { addTenant, plan, up } from "../support/project.ts";
import { eventually } from "../support/wait.ts";

const id = "messdorf";
const domain = `ratsinfo.${id}.hohenbrueck.example`;

/** Seconds from a new tenant's file to the first answer over HTTPS. */
const promised = 45;

afterAll(async () => {
  await removeTenants(id);
  expect(await plan()).toEqual([]);
});

it(`a new tenant's file is a site with a valid chain within ${promised} s`, async () => {
  const begun = Date.now();
  addTenant(id, "198.18.10.70");
  const answering = eventually(
    "the site answers",
    async () => {
      const answer = await visit(readLab(), domain);
      return answer.status === 200 && { ...answer, seconds: (Date.now() - begun) / 1000 };
    },
    { pause: 200 },
  );
  const [answer] = await Promise.all([answering, up()]);
  process.stderr.write(`a new tenant's site answers after ${answer.seconds.toFixed(1)} s\n`);
  expect(answer.body).toContain(`<meta name="farm-site" content="${id}">`);
  expect(answer.issuer).toMatch(/^Pebble/);
  expect(answer.seconds).toBeLessThan(promised);
});
