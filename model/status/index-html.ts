import { escapeHtml } from "../preview/text.ts";
import { frame, pageFiles, time } from "./html.ts";
import { statusVersion } from "./status-json.ts";
import type { StatusPage } from "./status-page.ts";
import { type Language, words as wordsOf } from "./words.ts";

/**
 * The list of the administrations whose pages are public.
 * @param pages only public ones: the list never tells that there are others
 */
export function indexHtml(
  pages: readonly StatusPage[],
  { at, provider }: Pick<StatusPage, "at" | "provider">,
  language: Language,
): string {
  const words = wordsOf[language];
  const rows = pages.map(
    ({ id, name, current }) =>
      `<tr><th scope="row"><a href="${escapeHtml(id)}/${pageFiles[language]}">${escapeHtml(name)}</a></th><td>${escapeHtml(words.states[current.state])}</td></tr>`,
  );
  const list = `<table>
<thead><tr><th scope="col">${words.administration}</th><th scope="col">${words.condition}</th></tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
</table>`;
  return frame({
    language,
    title: words.title,
    robots: true,
    above: undefined,
    main: `${rows.length === 0 ? `<p>${escapeHtml(words.noAdministrations)}</p>` : list}\n<p>${words.asOf}: ${time(at, words)}</p>`,
    footer: `${escapeHtml(words.method)}</p>\n<p>${escapeHtml(`${words.answersFor}: ${provider.name}, ${provider.email}`)}`,
  });
}

/** The same for programs. */
export function indexJson(pages: readonly StatusPage[], at: number): string {
  const administrations = pages.map(({ id, name, domain, current }) => ({
    id,
    name,
    domain,
    state: current.state,
    page: `${id}/${pageFiles.de}`,
    json: `${id}/status.json`,
  }));
  return `${JSON.stringify({ version: statusVersion, at: new Date(at).toISOString(), administrations }, undefined, 2)}\n`;
}
