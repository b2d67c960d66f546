import { z } from "zod";
import type { Ring } from "./allrisnet/allrisnet-input.ts";
import { parseInstant } from "./berlin-time.ts";
import type { For } from "./fields.ts";
import { parseLine, parseName, parseSlug } from "./text.ts";
import { bad, good, textSchema } from "./value.ts";
import type { NoticeInput, RingInput, WindowInput } from "./window-input.ts";

/** The rings of administrations, in the order in which they get a change. */
export const rings = ["pilot", "standard", "late"] as const satisfies readonly Ring[];
const instant = textSchema(parseInstant);
const name = textSchema(parseName);

// Unlike a tenant's id it may begin with a digit, for most are days.
const windowId = textSchema((text) =>
  /^[a-z0-9][a-z0-9-]{1,38}[a-z0-9]$/.test(text)
    ? good(text)
    : bad("must be 3 to 40 lower-case letters, digits and hyphens"),
);

/** The fields of a window file. */
export const windowShape = {
  id: windowId,
  kind: z.enum(["technical-change", "maintenance"]),
  start: instant,
  end: instant,
  administrations: z.union([
    z.literal("all"),
    z.array(textSchema(parseSlug)).min(1).max(500),
    z.strictObject({ ring: z.enum(rings) } satisfies For<RingInput>),
  ]),
  reason: name,
  notice: z
    .strictObject({ sentAt: instant, evidence: textSchema(parseLine) } satisfies For<NoticeInput>)
    .optional(),
  expectedMinutes: z.int().min(1).max(10_080).optional(),
  acceptExcess: name.optional(),
} satisfies For<WindowInput>;
