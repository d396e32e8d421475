/** How the page of a check looks: light and dark as the reader's system is, and narrow enough for a phone. */
export const checkStyle: string = `
:root { color-scheme: light dark; --text: #1b1f24; --back: #ffffff; --soft: #f3f4f6; --line: #d0d5dc; --dim: #57606a;
  --good: #14682c; --error: #a31322; --warning: #7a5200; --note: #1c5a96;
  --error-back: #fde7e9; --warning-back: #fbf3d9; --note-back: #e6f0fa; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6e9ed; --back: #14171b; --soft: #1e2329; --line: #3a424c; --dim: #a3adb8;
    --good: #7ad694; --error: #ff9aa2; --warning: #e3c65b; --note: #8ec1f2;
    --error-back: #3b191d; --warning-back: #332b12; --note-back: #16283a; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 68rem; background: var(--back); color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif; }
h1, h2, h3 { line-height: 1.25; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; margin: .5rem 0; }
h2 { font-size: 1.25rem; margin: 2rem 0 .75rem; }
h3 { font-size: 1rem; margin: 0; }
code { font-family: ui-monospace, monospace; font-size: .95em; }
p { margin: .35rem 0; overflow-wrap: anywhere; }
.dim { color: var(--dim); } .where { font-size: .875rem; }
.sum { list-style: none; display: flex; flex-wrap: wrap; gap: .5rem; padding: 0; margin: 1rem 0 0; }
.sum li { padding: .4rem .8rem; border-radius: .4rem; background: var(--soft); color: var(--dim); }
.sum .is-error { background: var(--error-back); color: var(--error); }
.sum .is-warning { background: var(--warning-back); color: var(--warning); }
.sum .is-note { background: var(--note-back); color: var(--note); }
article { border: 1px solid var(--line); border-left: .3rem solid var(--note); border-radius: .4rem; padding: .7rem .9rem;
  margin: .7rem 0; }
article.error { border-left-color: var(--error); } article.warning { border-left-color: var(--warning); }
article ul { margin: .4rem 0; padding-left: 1.2rem; } article li { overflow-wrap: anywhere; margin: .15rem 0; }
.todo { font-size: .9375rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { border: 1px solid var(--line); padding: .35rem .5rem; text-align: left; vertical-align: top; font-weight: normal;
  overflow-wrap: anywhere; }
thead th { background: var(--soft); font-weight: 600; overflow-wrap: normal; }
.calendar td { font-variant-numeric: tabular-nums; }
.calendar th[scope=row], .name { min-width: 6rem; }
.date span { white-space: nowrap; }
.left { min-width: 8rem; } .left.over { color: var(--error); font-weight: 600; }
.bar { display: block; height: .35rem; border-radius: .2rem; background: var(--soft); margin-top: .25rem; }
.bar span { display: block; height: 100%; border-radius: .2rem; background: var(--good); }
.over .bar span { background: var(--error); }
.edges { min-width: 38rem; }
.graph { border: 1px solid var(--line); border-radius: .4rem; padding: .3rem; }
svg { display: block; font: 13px system-ui, sans-serif; }
svg rect { fill: var(--soft); stroke: var(--line); stroke-width: 1.2; }
svg text { fill: var(--text); } svg .says { fill: var(--dim); font-size: 12px; }
svg .edge path { fill: none; stroke: var(--dim); stroke-width: 1.4; } svg .edge.ends path { stroke: var(--text); stroke-width: 2; }
svg .edge.cross path { stroke-dasharray: 5 4; stroke: var(--warning); }
svg marker path { fill: var(--dim); }
svg .unlisted rect, svg .unread rect { stroke-dasharray: 5 4; stroke: var(--warning); fill: var(--warning-back); }
svg .gone rect { stroke: var(--error); fill: var(--error-back); }
.v-confirmed, .v-changed, .v-unknown, .v-gone, .v-rolled-back, .v-forked { white-space: nowrap; }
.v-confirmed { color: var(--good); } .v-changed, .v-unknown, .v-gone { color: var(--warning); }
.v-rolled-back, .v-forked { color: var(--error); font-weight: 600; }
summary { cursor: pointer; padding: .4rem 0; }
@media (max-width: 36rem) { body { padding: .6rem; } th, td { padding: .3rem; font-size: .875rem; } .left { min-width: 6rem; }
  article { padding: .6rem; } }
`;
