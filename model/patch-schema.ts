import { z } from "zod";
import type { For } from "./fields.ts";
import type { PatchLevelInput } from "./patch-input.ts";
import { debianVersion } from "./patch-version.ts";
import { parseName } from "./text.ts";
import { bad, good, textSchema } from "./value.ts";
import { rings } from "./window-schema.ts";

const packageName = textSchema((text) =>
  /^[a-z0-9][a-z0-9+.-]{1,99}$/.test(text) ? good(text) : bad("must be the name of a Debian package"),
);
const version = textSchema((text) =>
  debianVersion.test(text)
    ? good(text)
    : bad('must be the version of a Debian package such as "1.22.1-9+deb12u4"'),
);

/** The fields of a patch file. */
export const patchLevelShape = {
  ring: z.enum(rings),
  reason: textSchema(parseName),
  expectedMinutes: z.int().min(1).max(600),
  packages: z.record(packageName, version),
} satisfies For<PatchLevelInput>;
