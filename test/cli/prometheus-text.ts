/**
 * A strict reader of the text format of Prometheus, version 0.0.4, written from its description: one group of lines a
 * metric, HELP and TYPE once and before its samples, no sample twice, every line ended, only the escapes that there are.
 */
interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface MetricFamily {
  readonly type: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

const name = '[a-zA-Z_:][a-zA-Z0-9_:]*';

/** Throws a `TypeError` that quotes the first line that is not of the format. */
export function parsePrometheus(text: string): Map<string, MetricFamily> {
  if (!text.endsWith('\n')) throw new TypeError('the last line has no end');
  const families = new Map<string, { type: string; help: string; samples: Sample[] }>();
  let help: { name: string; text: string } | undefined;
  let current: string | undefined;
  const seen = new Set<string>();
  for (const line of text.slice(0, -1).split('\n')) {
    const wrong = (why: string): TypeError => new TypeError(`${why}: ${line}`);
    const comment = new RegExp(`^# (HELP|TYPE) (${name}) (.+)$`).exec(line);
    if (comment !== null) {
      const [, kind, metric = '', rest = ''] = comment;
      if (families.has(metric)) throw wrong('a metric is described twice, or in two groups');
      if (kind === 'HELP') {
        if (/\\(?![\\n])/.test(rest)) throw wrong('an escape that there is not');
        help = { name: metric, text: rest };
        continue;
      }
      if (help?.name !== metric) throw wrong('TYPE does not follow HELP');
      if (!['counter', 'gauge', 'histogram', 'summary', 'untyped'].includes(rest)) throw wrong('no type');
      families.set(metric, { type: rest, help: help.text, samples: [] });
      current = metric;
      continue;
    }
    const sample = new RegExp(`^(${name})(?:\\{(.*)\\})? (\\S+)$`).exec(line);
    if (sample === null) throw wrong('no line of the format');
    const [, metric = '', labels = '', value = ''] = sample;
    if (metric !== current) throw wrong('a sample outside the group of its metric');
    const parsed = { labels: parseLabels(labels, wrong), value: parseValue(value, wrong) };
    const identity = JSON.stringify([metric, Object.entries(parsed.labels).sort()]);
    if (seen.has(identity)) throw wrong('a sample twice');
    seen.add(identity);
    families.get(metric)?.samples.push(parsed);
  }
  for (const [metric, { samples }] of families) {
    if (samples.length === 0) throw new TypeError(`${metric} has no sample`);
  }
  return families;
}

function parseLabels(text: string, wrong: (why: string) => TypeError): Record<string, string> {
  const labels: Record<string, string> = {};
  let rest = text;
  while (rest !== '') {
    const match = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\[\\"n])*)"(,|$)/.exec(rest);
    if (match === null) throw wrong('no label');
    const [whole, label = '', value = ''] = match;
    if (Object.hasOwn(labels, label) || label.startsWith('__')) throw wrong('a label twice, or a reserved one');
    labels[label] = value.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
    rest = rest.slice(whole.length);
  }
  return labels;
}

function parseValue(text: string, wrong: (why: string) => TypeError): number {
  if (!/^(?:[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|[+-]?Inf|NaN)$/i.test(text)) throw wrong('no number');
  return Number(text.replace(/inf/i, 'Infinity'));
}
