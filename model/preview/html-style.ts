/** How the page looks: the reader's own font, light or dark as the reader has it; contrast of 4.5 to 1 or more. */
export const pageStyle = `:root { color-scheme: light dark; --page: #ffffff; --text: #1f2328; --link: #0550ae; --line: #b8bec6; --quiet: #57606a; --old: #a40e26; --new: #116329; --mark: #7d4e00; --soft: #f3f4f6; }
@media (prefers-color-scheme: dark) { :root { --page: #0d1117; --text: #e6edf3; --link: #79b8ff; --line: #4b5563; --quiet: #a3adb8; --old: #ff9a94; --new: #6fdd8b; --mark: #f2c14e; --soft: #22272e; } }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0; background: var(--page); color: var(--text); }
a { color: var(--link); }
main { max-width: 78rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.5rem; }
h2 { font-size: 1.15rem; margin-top: 1.5rem; }
table { border-collapse: collapse; }
th, td { text-align: left; vertical-align: top; padding: .3rem .7rem; border-bottom: 1px solid var(--line); }
th[scope=row] { font-weight: 600; }
.wide { overflow-x: auto; }
.danger { border-left: .3rem solid var(--old); padding-left: 1rem; }
.risk { color: var(--old); }
.quiet { color: var(--quiet); }
details { border: 1px solid var(--line); border-radius: .3rem; margin: .5rem 0; padding: .3rem .7rem; }
summary { cursor: pointer; font-weight: 600; }
summary .quiet { font-weight: 400; }
pre { background: var(--soft); padding: .7rem; overflow-x: auto; }
.old { color: var(--old); }
.new { color: var(--new); }
.mark { color: var(--mark); }
.name { font-weight: 600; }
@media print { details::details-content { content-visibility: visible; } }`;
