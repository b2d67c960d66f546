import type { SiteValues } from "./site-values.ts";

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text as it stands in HTML, in elements and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

const style = `:root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.6; }
body { margin: 0 auto; max-width: 42rem; padding: 2rem 1.25rem; }
h1 { line-height: 1.25; }
nav ul { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; list-style: none; padding: 0; }
footer { border-top: 1px solid; margin-top: 3rem; padding-top: 1rem; }
`;

function page(site: PageSite, title: string, body: string): string {
  const { links } = site;
  const anchor = (href: string, text: string): string => `<li><a href="${escapeHtml(href)}">${text}</a></li>`;
  return `<!doctype html>
<html lang="de">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="farm-site" content="${escapeHtml(site.id)}">
<title>${escapeHtml(title)}</title>
<link rel="stylesheet" href="/farm.css">
</head>
<body>
<main>
${body}
</main>
<footer>
<nav aria-label="Rechtliches">
<ul>
${anchor(links.imprint, "Impressum")}
${anchor(links.privacy, "Datenschutz")}
${anchor(links.accessibility, "Barrierefreiheit")}
${anchor(links.home, "Startseite der Verwaltung")}
</ul>
</nav>
</footer>
</body>
</html>
`;
}

/** What the pages of a site name. */
export type PageSite = Pick<SiteValues, "id" | "name" | "links" | "contactEmail">;

/** The pages that a machine shows before ALLRIS net is installed on it, by file name below the web root. */
export function sitePages(site: PageSite): Readonly<Record<string, string>> {
  const name = escapeHtml(site.name);
  const mail = escapeHtml(site.contactEmail);
  return {
    "farm.css": style,
    "index.html": page(
      site,
      `Ratsinformationssystem: ${site.name}`,
      `<h1>Ratsinformationssystem: ${name}</h1>
<p>Hier entsteht das Ratsinformationssystem. Der Webserver ist eingerichtet und verschlüsselt erreichbar.</p>
<p>Fragen beantwortet <a href="mailto:${mail}">${mail}</a>.</p>`,
    ),
    "pending.html": page(
      site,
      `Noch nicht erreichbar: ${site.name}`,
      `<h1>${name}: noch nicht erreichbar</h1>
<p>Das TLS-Zertifikat dieser Adresse ist noch nicht ausgestellt. Bis dahin werden keine Inhalte übertragen.
Bitte versuchen Sie es in einigen Minuten noch einmal.</p>`,
    ),
    "404.html": page(
      site,
      `Nicht gefunden: ${site.name}`,
      `<h1>Seite nicht gefunden</h1>\n<p><a href="/">Zur Startseite</a></p>`,
    ),
    "50x.html": page(
      site,
      `Störung: ${site.name}`,
      `<h1>Vorübergehende Störung</h1>\n<p>Bitte versuchen Sie es in einigen Minuten noch einmal.</p>`,
    ),
  };
}
