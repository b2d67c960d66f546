import { join } from "node:path";
import { expect, test } from "vitest";
import { checkout } from "../../../../lib/paths.ts";
import { probeTargets } from "../../../../model/measurement/record.ts";
import { targetKinds } from "../../../../model/measurement/targets.ts";

test("docs/reference/measurement.md has the targets that the probers ask", async () => {
  const page = join(checkout, "docs/reference/measurement.md");
  const rows = probeTargets.map((target) => {
    const { decides, asks } = targetKinds[target];
    return `| \`${target}\` | ${decides === "setting tls" ? "setting `measurement.tls`" : decides} | ${asks} |`;
  });
  const text = `# What is measured

A prober asks each target of each site every 15 seconds and waits 10 seconds for the answer. What *decides* makes outages
of the service level; what *shows* is in the log. Of that, \`outside\` (A10) and \`tls\` (A15) play a part in the strict
reading, which is printed beside the one that decides; the rest is in nothing that is computed from the log.

| target | decides | asks |
| --- | --- | --- |
${rows.join("\n")}

What decides does not depend on the release: the mark is the text \`ALLRIS net Version\` that stands in the head of every
page before the version itself. A page that names another administration (\`farm-site\`) is no answer. The certificate is
looked at by the target \`tls\` alone, so a site that answers with an expired one is an outage only where
\`measurement.tls\` is \`decides\`.

At the edge a site is asked at its own address and not by its name: the service description promises that the web server
can be reached in the data centre. A proxied site lets nobody in but Cloudflare's edge, so it is asked by its name, as
visitors do. A site whose names are withdrawn is not asked.

A site that lets politicians in from listed networks only (\`ipAllowlist\`) shows the networks of \`askFrom\` the page of signing in
and nothing else, so that an outage behind the list is one here, too. The page about a refusal says that it does
(\`farm-lets-in\`): a 403 without that sentence comes from a site that has not heard of it yet and is an answer, one with it
is none. The outside view may stay without \`askFrom\`; then a 403 is all that it sees of such a page, and an answer.

## The raw log

\`/var/lib/farm-prober/<UTC day>.jsonl\` on the prober's host, \`<measurements>/<prober>/<UTC day>.jsonl\` where it was
fetched to. Lines of JSON that are only ever added, on the disk at most a second after they are known. Fields of each:
\`seq\` (0, 1, 2, …), \`prober\`, \`at\` (UTC, milliseconds; of a probe when the question was put), \`kind\` and what
belongs to it, \`prev\` (hash of the line before, 64 zeros in the first), and last of all \`hash\`: SHA-256 of the line
without that field. The chain goes on over files and restarts. A file is never older than the one before, also when the
clock is set back.

| kind | when | fields |
| --- | --- | --- |
| \`start\` | the prober begins, its targets changed, it was held up for longer than an interval, or lines were lost to a full disk: nothing that was known is known any more | \`intervalSec\`, \`boot\`: what the monotonic clock counts from, \`targets\` |
| \`probe\` | the first answer of a target, each change, the second failure in a row | \`tenant\`, \`target\`, \`ok\`, \`run\`, \`reason\` |
| \`alive\` | every minute, and before new targets or an orderly end: as of the oldest question without an answer | \`rounds\`: how often each target was asked at least; \`monotonicMs\` |
| \`clock\` | the wall clock went more than 2 seconds apart from the monotonic one | \`stepMs\` |
| \`witness\` | every five minutes | \`of\`, \`seenSeq\`, \`seenHash\`: the last line of another prober's log |
| \`stop\` | an orderly end | |

A question that failed while the prober itself was held up (no processor time, a frozen machine) is not asked: no site
is blamed for it, and \`rounds\` is smaller. A torn last line is put into \`<UTC day>.torn\` at the next start; a whole
line is never cut off, whatever it holds.
`;
  await expect(text).toMatchFileSnapshot(page);
});
