import { createHash } from "node:crypto";
import { sampleFiles } from "../../support/sample-reports.ts";

// The checksums of all sample files, for a process of another language and time zone to compare with.
const sums = [...sampleFiles()].map(([name, text]) => [
  name,
  createHash("sha256").update(text).digest("hex"),
]);
console.log(JSON.stringify({ zone: Intl.DateTimeFormat().resolvedOptions().timeZone, sums }));
