import { parseEnvelope } from "../../model/preview/envelope.ts";
import { toHtml } from "../../model/preview/html.ts";
import { longestComment, toMarkdown } from "../../model/preview/markdown.ts";
import { reportOf } from "../../model/preview/report.ts";
import { fleetEnvelope } from "../support/preview-envelopes.ts";
import { type Figure, median } from "./figures.ts";

/** Administrations that one pull request changes, each in three resources. */
const administrations = 300;

/** From the preview's file to the comment and the page. @throws Error when the comment is too long */
export function measureReport(pairs: number): Figure[] {
  const file = JSON.stringify(fleetEnvelope(administrations));
  let length = 0;
  const samples = Array.from({ length: pairs }, () => {
    const begun = performance.now();
    const report = reportOf([parseEnvelope(JSON.parse(file))]);
    length = toMarkdown(report).length;
    toHtml(report);
    return (performance.now() - begun) / 1000;
  });
  if (length > longestComment) throw new Error(`the comment has ${length} characters`);
  return [
    {
      name: `comment and page of ${administrations} changed administrations`,
      value: median(samples),
      unit: "s",
      target: 2,
      samples,
      note: `the comment has ${length} of 65,000 characters`,
    },
  ];
}
