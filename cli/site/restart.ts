import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { FarmError, messageOf } from "../../lib/farm-error.ts";
import type { GuestWay } from "../guest-backup.ts";
import { onMachine } from "./on-machine.ts";

/** What of a site can be started anew while its machine runs on. */
export const restartables = {
  /** ALLRIS net in its Tomcat: visitors get the page of the maintenance for some seconds. */
  application: "allrisnet@*.service",
  /** nginx: requests that are under way come to their end. */
  web: "nginx.service",
} as const;

/** Milliseconds that an application has to answer again. */
const patience = 180_000;

const status = z.looseObject({
  health: z.looseObject({ error: z.string().optional() }),
  running: z.array(z.number()).default([]),
});

/**
 * Starts a part of a site anew and waits until the site answers.
 * @returns seconds from the order to the answer
 * @throws FarmError when it does not come back
 */
export async function restartPart(
  way: GuestWay,
  part: keyof typeof restartables,
  signal: AbortSignal,
): Promise<number> {
  const begun = Date.now();
  // A reload that nginx refuses would leave the old one running; a restart would leave none.
  const order =
    part === "web" ? "sudo -n nginx -t -q && sudo -n systemctl restart" : "sudo -n systemctl restart";
  await onMachine(way, `${order} '${restartables[part]}'`, signal);
  for (;;) {
    const fault = await healthOf(way, signal);
    const seconds = Math.round((Date.now() - begun) / 100) / 10;
    if (fault === undefined) return seconds;
    if (Date.now() - begun > patience) {
      throw new FarmError({
        what: `The site does not answer ${seconds} s after its ${part} was started anew`,
        where: `${way.machine.host}: ${restartables[part]}`,
        why: fault,
        next: "look at its logs: ./farm site logs <id>",
      });
    }
    await sleep(1000, undefined, { signal });
  }
}

/** What is wrong with the application on its machine; undefined when it answers. */
async function healthOf(way: GuestWay, signal: AbortSignal): Promise<string | undefined> {
  try {
    const said = await onMachine(way, "sudo -n /usr/local/lib/farm/release status", signal);
    const { health, running } = status.parse(JSON.parse(said.trim().split("\n").at(-1) ?? ""));
    return running.length === 0 ? "no application runs" : health.error;
  } catch (error) {
    signal.throwIfAborted();
    return messageOf(error).split("\n", 1).join("");
  }
}
