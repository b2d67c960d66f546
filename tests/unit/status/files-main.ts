import { statusFiles } from "../../../model/status/files.ts";
import { statusPageOf } from "../../../model/status/status-page.ts";
import { sampleAt, sampleProvider, sampleStatus } from "../../support/status-pages.ts";

// All files of the sample pages on standard output, for a test that gives this process another clock and language.
const pages = sampleStatus().flatMap((input) => statusPageOf(input) ?? []);
const about = { at: sampleAt, provider: sampleProvider, key: "a".repeat(64) };
process.stdout.write(JSON.stringify(statusFiles(pages, about)));
