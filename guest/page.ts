import { letInMark } from "../model/measurement/targets.ts";

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

function page(site: PageSite, title: string, body: string, mark = ""): string {
  const { links } = site;
  const anchor = (href: string, text: string): string => `<li><a href="${escapeHtml(href)}">${text}</a></li>`;
  return `<!doctype html>
<html lang="de">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="farm-site" content="${escapeHtml(site.id)}">${mark}
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
export interface PageSite {
  readonly id: string;
  readonly name: string;
  readonly links: Readonly<Record<"imprint" | "privacy" | "accessibility" | "home", string>>;
  readonly contactEmail: string;
  /**
   * Whether a Ratsinfo that a list of networks closes shows its page of signing in to those who measure.
   * @default - false
   */
  readonly letsAskersIn?: boolean;
}

/** Pages that stand in for ALLRIS net: title, and what to do, as markup. */
const refusals: Readonly<Record<string, readonly [title: string, text: string]>> = {
  "403.html": [
    "Zugriff nicht erlaubt",
    "Diese Seite ist von hier aus nicht erreichbar oder nimmt diese Anfrage nicht an.",
  ],
  "404.html": ["Seite nicht gefunden", "Diese Seite gibt es nicht oder sie ist abgeschaltet."],
  "413.html": ["Anfrage zu groß", "Die Datei oder Eingabe ist größer, als diese Seite sie annimmt."],
  "429.html": [
    "Zu viele Anfragen",
    "Von Ihrer Adresse kamen in kurzer Zeit sehr viele Anfragen. Bitte versuchen Sie es in einer Minute noch einmal.",
  ],
  "503.html": [
    "Wartungsarbeiten",
    "Das Ratsinformationssystem wird gerade aktualisiert. Bitte versuchen Sie es in einigen Minuten noch einmal.",
  ],
  "50x.html": ["Vorübergehende Störung", "Bitte versuchen Sie es in einigen Minuten noch einmal."],
};

/** The pages that a machine shows itself, before ALLRIS net is installed or in its place, by file name. */
export function sitePages(site: PageSite): Readonly<Record<string, string>> {
  const name = escapeHtml(site.name);
  const mail = escapeHtml(site.contactEmail);
  const contact = `<p>Fragen beantwortet <a href="mailto:${mail}">${mail}</a>.</p>`;
  const refused = Object.entries(refusals).map(([file, [title, text]]) => {
    const body = `<h1>${title}</h1>\n<p>${text}</p>\n<p><a href="/">Zur Startseite</a></p>\n${contact}`;
    // A prober that meets this refusal knows by it that the page of signing in was to be shown.
    const mark = file === "403.html" && site.letsAskersIn === true ? `\n${letInMark} content="askers">` : "";
    return [file, page(site, `${title}: ${site.name}`, body, mark)];
  });
  return {
    ...Object.fromEntries(refused),
    "farm.css": style,
    "index.html": page(
      site,
      `Ratsinformationssystem: ${site.name}`,
      `<h1>Ratsinformationssystem: ${name}</h1>
<p>Hier entsteht das Ratsinformationssystem. Der Webserver ist eingerichtet und verschlüsselt erreichbar.</p>
${contact}`,
    ),
    "pending.html": page(
      site,
      `Noch nicht erreichbar: ${site.name}`,
      `<h1>${name}: noch nicht erreichbar</h1>
<p>Das TLS-Zertifikat dieser Adresse ist noch nicht ausgestellt. Bis dahin werden keine Inhalte übertragen.
Bitte versuchen Sie es in einigen Minuten noch einmal.</p>`,
    ),
  };
}
