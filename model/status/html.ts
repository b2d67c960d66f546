import { escapeHtml } from "../preview/text.ts";
import { statusStyle } from "./style.ts";
import { type Language, languages, type Words, words } from "./words.ts";

/** The file of a page in each language; the German one is what a folder shows. */
export const pageFiles: Readonly<Record<Language, string>> = { de: "index.html", en: "en.html" };

/** What a page consists of; the parts are HTML already. */
interface Frame {
  readonly language: Language;
  readonly title: string;
  /** Whether search engines may keep it. */
  readonly robots: boolean;
  /** The page that it belongs to. */
  readonly above: { readonly href: string; readonly text: string } | undefined;
  readonly main: string;
  readonly footer: string;
  /** @default - all of them */
  readonly inLanguages?: readonly Language[];
  /** Whether it has a table that wants the whole window. @default false */
  readonly wide?: boolean;
}

/** A whole page: nothing of it comes from elsewhere, and whoever follows a link takes no trace of it along. */
export function frame(parts: Frame): string {
  const { language, title, robots, above, main, footer, inLanguages = languages, wide = false } = parts;
  const others = inLanguages.filter((other) => other !== language);
  const links = others.map(
    (other) =>
      `<a href="${pageFiles[other]}" hreflang="${other}" lang="${other}">${escapeHtml(words[other].own)}</a>`,
  );
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="${robots ? "index, follow" : "noindex, nofollow, noarchive"}">
<link rel="icon" href="data:,">
<title>${escapeHtml(title)}</title>
<style>
${statusStyle}
</style>
</head>
<body${wide ? ' class="all"' : ""}>
<header>
${links.length === 0 ? "" : `<p class="languages">${links.join(" ")}</p>\n`}${above === undefined ? "" : `<p><a href="${escapeHtml(above.href)}">${escapeHtml(above.text)}</a></p>\n`}<h1>${escapeHtml(title)}</h1>
</header>
<main>
${main}
</main>
<footer>
<p>${footer}</p>
</footer>
</body>
</html>
`;
}

/** An instant for people, and for programs beside it. */
export function time(at: number, language: Words): string {
  return `<time datetime="${new Date(at).toISOString()}">${escapeHtml(language.instant(at))}</time>`;
}
