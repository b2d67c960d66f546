/** Elements that draw. What can run, load or style (script, style, a, image, foreignObject, animate) is not here. */
const elements = new Set(
  [
    "svg g defs symbol use title desc metadata path rect circle ellipse line polyline polygon text tspan",
    "linearGradient radialGradient stop clipPath mask pattern marker",
    "filter feGaussianBlur feOffset feBlend feColorMatrix feComposite feFlood feMerge feMergeNode",
  ]
    .join(" ")
    .split(" "),
);

const name = "[A-Za-z_][\\w.-]*(?::[A-Za-z_][\\w.-]*)?";
const attribute = `\\s+${name}\\s*=\\s*(?:"[^"<]*"|'[^'<]*')`;
const tokens = new RegExp(
  [
    "<!--(?!-?>)(?:[^-]|-(?!-))*-->",
    `<(?<open>${name})(?<attributes>(?:${attribute})*)\\s*(?<empty>/)?>`,
    `</(?<close>${name})\\s*>`,
    "(?<text>[^<&]+)",
    "&(?:amp|lt|gt|quot|apos|#\\d{1,7}|#x[0-9A-Fa-f]{1,6});",
  ].join("|"),
  "y",
);
const attributes = new RegExp(`\\s+(?<name>${name})\\s*=\\s*(?<quoted>"[^"]*"|'[^']*')`, "g");

/**
 * Why a text is no SVG picture that may stand on a page, or undefined. Everything that is not known to be
 * harmless is refused: other elements, event handlers, addresses outside the picture, document types.
 */
export function svgProblem(text: string): string | undefined {
  const body = text.replace(/^\uFEFF?(<\?xml [^<>?]*\?>)?/, "");
  const open: string[] = [];
  let roots = 0;
  tokens.lastIndex = 0;
  while (tokens.lastIndex < body.length) {
    const at = tokens.lastIndex;
    const found = tokens.exec(body)?.groups;
    if (found === undefined) return `holds something other than shapes and text: ${excerpt(body.slice(at))}`;
    if (found["open"] !== undefined) {
      const problem = elementProblem(found["open"], found["attributes"] ?? "");
      if (problem !== undefined) return problem;
      if (open.length === 0) {
        roots += 1;
        if (found["open"] !== "svg" || roots > 1) return "is no SVG picture: one <svg> must be around it all";
      }
      if (found["empty"] === undefined) open.push(found["open"]);
    } else if (found["close"] !== undefined) {
      if (open.pop() !== found["close"]) return `is not well-formed: </${found["close"]}> closes nothing`;
    } else if (open.length === 0 && found["text"]?.trim()) {
      return "is no SVG picture: there is text around it";
    }
  }
  if (open.length > 0) return `is not well-formed: <${open.at(-1)}> is not closed`;
  return roots === 1 ? undefined : "is no SVG picture: it holds no <svg>";
}

function elementProblem(element: string, text: string): string | undefined {
  if (!elements.has(element)) return `holds <${element}>, which a logo must not`;
  const seen = new Set<string>();
  for (const { groups } of text.matchAll(attributes)) {
    const key = groups?.["name"] ?? "";
    const value = groups?.["quoted"]?.slice(1, -1) ?? "";
    if (seen.has(key)) return `is not well-formed: <${element}> has ${key} twice`;
    seen.add(key);
    if (/^on/i.test(key)) return `holds the event handler ${key}`;
    if (/^(.*:)?(href|src|base)$/i.test(key) && !/^#[\w.-]+$/.test(value)) {
      return `holds an address outside the picture: ${key}=${excerpt(value)}`;
    }
    if (!key.startsWith("xmlns") && leadsOutside(value)) {
      return `holds an address outside the picture: ${key}=${excerpt(value)}`;
    }
  }
  return undefined;
}

/** True when a style or a presentation attribute may fetch something; `url(#name)` stays in the picture. */
function leadsOutside(value: string): boolean {
  const rest = value.replace(/url\(\s*#[\w.-]+\s*\)/gi, "");
  // Escapes of CSS and XML could spell the same words in another way.
  return /url\s*\(|image(-set)?\s*\(|@|\\|expression|javascript:|data:|&#/i.test(rest);
}

function excerpt(text: string): string {
  return JSON.stringify(text.length > 30 ? `${text.slice(0, 30)}…` : text);
}
