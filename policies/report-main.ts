import { join } from "node:path";
import { writeFileAtomic } from "../lib/atomic-file.ts";
import { checkout } from "../lib/paths.ts";
import { policyReport } from "./report.ts";
import { rules } from "./rules.ts";

const page = join("docs", "reference", "policies.md");
writeFileAtomic(join(checkout, page), policyReport(rules));
console.log(`${page}: ${rules.length} rules`);
