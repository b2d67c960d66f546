/**
 * How status pages look: the reader's own font, light or dark as the reader has it; text has a contrast of 4.5 to 1 or
 * more, the parts of bars one of 3 to 1, and each kind a pattern of its own, so that nothing is told by colour alone.
 */
export const statusStyle = `:root { color-scheme: light dark; --page: #ffffff; --text: #1f2328; --link: #0550ae; --line: #b8bec6; --quiet: #57606a; --soft: #f3f4f6; --up: #1a7f37; --outage: #a40e26; --short: #bc4c00; --planned: #0550ae; --excused: #6639ba; --unknown: #57606a; }
@media (prefers-color-scheme: dark) { :root { --page: #0d1117; --text: #e6edf3; --link: #79b8ff; --line: #4b5563; --quiet: #a3adb8; --soft: #22272e; --up: #3fb950; --outage: #ff7b72; --short: #f0a04b; --planned: #79b8ff; --excused: #d2a8ff; --unknown: #a3adb8; } }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0; background: var(--page); color: var(--text); }
a { color: var(--link); }
header, main, footer { max-width: 60rem; margin: 0 auto; padding: .5rem 1rem; }
body.all header, body.all main, body.all footer { max-width: 100rem; }
th .quiet { font-weight: 400; }
h1, h2, p, summary { overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; margin: .3rem 0; }
h2 { font-size: 1.2rem; margin: 1.8rem 0 .5rem; }
.quiet, footer { color: var(--quiet); }
.languages { text-align: right; }
.now { border: 1px solid var(--line); border-left: .5rem solid var(--unknown); border-radius: .3rem; padding: .7rem 1rem; background: var(--soft); }
.now strong { font-size: 1.25rem; }
.now p { margin: .2rem 0; }
.now .quiet { color: var(--text); }
.risk { color: var(--outage); }
.now.up { border-left-color: var(--up); }
.now.partial, .now.down { border-left-color: var(--outage); }
table { border-collapse: collapse; }
caption { text-align: left; color: var(--quiet); }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); }
th[scope=row] { font-weight: 600; }
.wide { overflow-x: auto; }
.bars { display: block; width: 100%; height: auto; }
.swatch { width: 1em; height: 1em; vertical-align: -.1em; margin-right: .4em; }
.legend { list-style: none; padding: 0; margin: .5rem 0; display: flex; flex-wrap: wrap; gap: .2rem 1.4rem; }
.k-up { fill: var(--up); } .k-outage { fill: var(--outage); } .k-short { fill: url(#p-short); } .k-planned { fill: url(#p-planned); }
.k-excused { fill: url(#p-excused); } .k-unknown { fill: url(#p-unknown); stroke: var(--unknown); stroke-width: .6; } .k-none { fill: none; stroke: var(--line); }
.s-short { stroke: var(--short); } .s-planned { stroke: var(--planned); } .s-unknown { stroke: var(--unknown); } .f-excused { fill: var(--excused); }
details { border: 1px solid var(--line); border-radius: .3rem; margin: .5rem 0; padding: .3rem .7rem; }
summary { cursor: pointer; font-weight: 600; }
@media print { details::details-content { content-visibility: visible; } .languages { display: none; } svg { print-color-adjust: exact; } tr { break-inside: avoid; } }`;
