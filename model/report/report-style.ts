/** How reports look: the reader's own font, light or dark as the reader has it, black on white on paper. */
export const reportStyle = `:root { color-scheme: light dark; --page: #ffffff; --text: #1f2328; --line: #b8bec6; --quiet: #57606a; --bad: #a40e26; --good: #116329; --open: #7d4e00; --soft: #f3f4f6; --counted: #a40e26; --excused: #57606a; --planned: #0550ae; --window: #cfe3fb; --unknown: #7d4e00; --st1: #eceef1; }
@media (prefers-color-scheme: dark) { :root { --page: #0d1117; --text: #e6edf3; --line: #4b5563; --quiet: #a3adb8; --bad: #ff9a94; --good: #6fdd8b; --open: #f2c14e; --soft: #22272e; --counted: #ff7b72; --excused: #a3adb8; --planned: #79b8ff; --window: #1b3a5e; --unknown: #f2c14e; --st1: #1c2128; } }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0; background: var(--page); color: var(--text); }
a { color: var(--planned); }
main { max-width: 62rem; margin: 0 auto; padding: 1rem; }
main.breit { max-width: 100rem; page: breit; }
h1 { font-size: 1.5rem; margin-bottom: .2rem; }
h2 { font-size: 1.15rem; margin-top: 1.8rem; }
h3 { font-size: 1rem; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; color: var(--quiet); padding: .2rem 0; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid var(--line); }
th[scope=row] { font-weight: 600; }
.zahl { text-align: right; font-variant-numeric: tabular-nums; }
.satz { width: 40%; }
.wide { overflow-x: auto; }
.still { color: var(--quiet); }
.urteil { border-left: .4rem solid var(--open); padding: .5rem 1rem; background: var(--soft); font-weight: 600; }
.urteil.ja { border-color: var(--good); }
.urteil.nein { border-color: var(--bad); }
.ja { color: var(--good); }
.nein { color: var(--bad); }
.offen { color: var(--open); }
.urteil.ja, .urteil.nein, .urteil.offen { color: var(--text); }
.hinweis { border-left: .3rem solid var(--open); padding-left: 1rem; }
dl.kopf { display: grid; grid-template-columns: minmax(0, max-content) minmax(0, 1fr); gap: .1rem 1rem; }
dl.kopf dt { color: var(--quiet); }
dl.kopf dd { margin: 0; overflow-wrap: anywhere; }
code { overflow-wrap: anywhere; }
td ul { margin: 0; padding-left: 1.1rem; }
.zeitverlauf { width: 100%; height: auto; }
.zeitverlauf text { font: 9px system-ui, sans-serif; fill: var(--text); }
.zeitverlauf .tag { fill: none; stroke: var(--line); stroke-width: .5; }
.zeitverlauf .stunde { stroke: var(--line); stroke-width: .5; fill: none; }
.zeitverlauf .st1 { fill: var(--st1); }
.zeitverlauf g rect { fill: var(--page); stroke-width: .8; }
.zeitverlauf g path { fill: none; }
.zeitverlauf .counted rect { fill: var(--counted); stroke: var(--counted); }
.zeitverlauf .excused rect { stroke: var(--excused); }
.zeitverlauf .excused path { stroke: var(--excused); stroke-width: 11; stroke-dasharray: 1.2 2; }
.zeitverlauf .planned rect { fill: var(--window); stroke: var(--planned); }
.zeitverlauf .planned path { stroke: var(--planned); stroke-width: 1.4; }
.zeitverlauf .window rect { fill: var(--window); stroke: var(--planned); }
.zeitverlauf .unknown rect { stroke: var(--unknown); stroke-dasharray: 2 1; }
.zeitverlauf .unknown path { stroke: var(--unknown); stroke-width: 3; stroke-dasharray: 2 3; }
@page { size: A4; margin: 16mm 14mm; }
@page breit { size: A4 landscape; }
@media print {
:root { color-scheme: light; --page: #ffffff; --text: #000000; --line: #8c959f; --quiet: #3d444d; --bad: #a40e26; --good: #116329; --open: #7d4e00; --soft: #f3f4f6; --counted: #a40e26; --excused: #57606a; --planned: #0550ae; --window: #cfe3fb; --unknown: #7d4e00; --st1: #eceef1; }
body { font-size: 9.5pt; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
main { max-width: none; padding: 0; }
.wide { overflow: visible; }
h2, h3, caption { break-after: avoid; }
tr, svg, .urteil, .hinweis { break-inside: avoid; }
thead { display: table-header-group; }
tfoot { display: table-row-group; }
th, td { padding: .2rem .35rem; }
}`;
