/** The table of runtimes in README.md, as the last whole run of `npm run test:runtimes -- --readme` has written it. */
import { readFileSync, writeFileSync } from 'node:fs';

const mark = /(<!-- runtimes -->\n)[\s\S]*?(<!-- \/runtimes -->)/;

/** The rows of the table: the cells of each. */
export function runtimeRows(readme) {
  const table = mark.exec(readme)?.[0] ?? '';
  return table
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\| (?:Runtime|---)/.test(line))
    .map((line) =>
      line
        .split('|')
        .map((cell) => cell.trim())
        .slice(1, -1),
    );
}

/** @param runs `[name, version, passed, skipped]` of each runtime, all of which passed. */
export function writeRuntimeTable(file, runs, date) {
  const lines = runs.map((cells) => `| ${cells.join(' | ')} |\n`).join('');
  const table = `| Runtime | Version | Passed | Beyond it |\n| --- | --- | --- | --- |\n${lines}\n`;
  const text = `\nThe run of ${date}:\n\n${table}`;
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace(mark, (_, begin, end) => `${begin}${text}${end}`),
  );
}
