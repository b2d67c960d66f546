import fc from "fast-check";

/** The zone that the names lie in, or are taken to lie in. */
export const zone = "stadt.example";
const label = fc.stringMatching(/^[a-zA-Z0-9_]([a-zA-Z0-9_-]{0,10}[a-zA-Z0-9_])?$/);
const host = fc
  .tuple(fc.array(label, { minLength: 1, maxLength: 3 }), fc.constantFrom("", "."))
  .map(([labels, dot]) => `${labels.join(".")}.example${dot}`);
const name = fc.oneof(
  fc.constantFrom("@", zone, "STADT.example."),
  label,
  label.map((each) => `${each}.${zone}.`),
  host,
);
const ttl = fc.oneof(fc.constant(1), fc.integer({ min: 60, max: 86_400 }), fc.constant(undefined));
const proxy = fc.oneof(fc.record({ proxied: fc.constant(true), ttl: fc.constant(1) }), fc.record({ ttl }));
/** Any text of visible characters. */
export const printable: fc.Arbitrary<string> = fc.string({ unit: "grapheme", maxLength: 300 });
const text = fc.oneof(
  printable.filter((each) => !each.trim().startsWith('"')),
  fc
    .array(printable, { minLength: 1, maxLength: 3 })
    .map((parts) => parts.map((part) => `"${part.replaceAll(/(["\\])/g, "\\$1")}"`).join(" ")),
);
const caaData = fc.record({
  flags: fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom("0", "128")),
  tag: fc.constantFrom("issue", "ISSUEWILD", "iodef"),
  value: fc.stringMatching(/^[a-z;=. :/-]{0,40}$/),
});

/** Records as a client may send them, right or nearly right. */
export const record: fc.Arbitrary<object> = fc
  .oneof(
    fc.tuple(fc.record({ type: fc.constant("A"), content: fc.ipV4() }), proxy),
    fc.tuple(fc.record({ type: fc.constant("AAAA"), content: fc.ipV6() }), proxy),
    fc.tuple(fc.record({ type: fc.constant("CNAME"), content: host }), proxy),
    fc.tuple(fc.record({ type: fc.constant("NS"), content: host }), fc.record({ ttl })),
    fc.tuple(
      fc.record({ type: fc.constant("MX"), content: host, priority: fc.nat(65_535) }),
      fc.record({ ttl }),
    ),
    fc.tuple(fc.record({ type: fc.constant("TXT"), content: text }), fc.record({ ttl })),
    fc.tuple(fc.record({ type: fc.constant("CAA"), data: caaData }), fc.record({ ttl })),
  )
  .chain(([content, rest]) => name.map((each) => ({ ...content, ...rest, name: each })));
