/** How the page of results looks: light and dark as the reader's system is, and narrow enough for a phone. */
export const reportStyle: string = `
:root { color-scheme: light dark; --text: #1b1f24; --back: #ffffff; --soft: #f3f4f6; --line: #d0d5dc; --dim: #57606a;
  --good: #14682c; --bad: #a31322; --rest: #6a5200; --good-back: #e3f5e8; --bad-back: #fde7e9; --rest-back: #fbf3d9; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6e9ed; --back: #14171b; --soft: #1e2329; --line: #3a424c; --dim: #a3adb8;
    --good: #7ad694; --bad: #ff9aa2; --rest: #e3c65b; --good-back: #16301e; --bad-back: #3b191d; --rest-back: #332b12; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 64rem; background: var(--back); color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif; }
h1, h2, h3 { line-height: 1.2; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; margin: .5rem 0; }
h2 { font-size: 1.25rem; margin: 2rem 0 .75rem; }
h3 { font-size: 1rem; margin: 0; }
p { margin: .5rem 0; overflow-wrap: anywhere; }
.sum { list-style: none; display: flex; flex-wrap: wrap; gap: .5rem; padding: 0; margin: 1rem 0 0; }
.sum li { padding: .4rem .8rem; border-radius: .4rem; }
li.passed { background: var(--good-back); } li.failed { background: var(--bad-back); } li.skipped { background: var(--rest-back); }
.passed { color: var(--good); } .failed { color: var(--bad); } .skipped { color: var(--rest); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { border: 1px solid var(--line); padding: .35rem .5rem; text-align: left; vertical-align: top; font-weight: normal; }
thead th { background: var(--soft); font-weight: 600; }
.matrix td { white-space: nowrap; font-variant-numeric: tabular-nums; }
.is-passed { background: var(--good-back); } .is-failed { background: var(--bad-back); } .is-skipped { background: var(--rest-back); }
.none { color: var(--dim); }
dl { display: grid; grid-template-columns: auto 1fr; gap: .3rem .8rem; margin: .8rem 0; color: var(--dim); }
dd { margin: 0; }
.level { border: 1px solid var(--line); border-radius: .3rem; padding: 0 .4rem; font-size: .8rem; font-weight: 600; white-space: nowrap; }
.level.must { background: var(--text); color: var(--back); }
.level.should { background: var(--soft); }
.level.decision { border-style: dashed; font-weight: normal; }
article { border: 1px solid var(--line); border-left: .3rem solid var(--bad); border-radius: .4rem; padding: .8rem; margin: .8rem 0; }
.about, .ids { color: var(--dim); font-size: .875rem; }
.problems { table-layout: fixed; min-width: 30rem; }
.problems th:first-child { width: 9rem; }
.problems td { overflow-wrap: anywhere; }
summary { cursor: pointer; padding: .25rem 0; overflow-wrap: anywhere; }
pre { background: var(--soft); padding: .6rem; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; font-size: .8125rem; margin: .3rem 0; }
.ids { columns: 18rem; padding-left: 1.2rem; overflow-wrap: anywhere; }
@media (max-width: 36rem) { body { padding: .6rem; } th, td { padding: .3rem; font-size: .9rem; } .problems { min-width: 0; }
  .problems th:first-child { width: 5.5rem; } .matrix td { white-space: normal; } }
`;
