/**
 * A status in the text format of Prometheus (0.0.4), as a scraper or the text file collector of its node exporter reads it.
 * All metrics are gauges. Label values hold names that others chose: they are escaped twice, for people and for the format.
 *
 * @module
 */
import { escapeText } from './escape.ts';
import type { Status } from './status-report.ts';

/** Delegated roles with series of their own, those that end first: hash bins are thousands. */
const delegatedMax = 100;

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** @param repository the label that tells one repository from another: its folder as it was typed. */
export function prometheusText(status: Status, repository: string): string {
  return metricsOf(status, repository).flatMap(linesOf).join('');
}

function metricsOf(status: Status, repository: string): Metric[] {
  const { staged } = status;
  const roles = rolesOf(status);
  const own = { repository };
  const seconds = (text: string): number => Date.parse(text) / 1000;
  const perRole = (value: (role: Status['roles'][number]) => number): Sample[] =>
    roles.map((role) => [{ ...own, role: role.role }, value(role)]);
  const perNeed = (value: (need: Status['roles'][number]['needs'][number]) => number): Sample[] =>
    roles.flatMap(({ role, needs }) =>
      needs.map((need): Sample => [{ ...own, role, delegator: need.delegator }, value(need)]),
    );
  return [
    metric('accepted', 'Whether a client would accept what is published: 1 or 0.', [[own, status.accepted ? 1 : 0]]),
    metric('status_timestamp_seconds', 'The time that these metrics tell of.', [[own, seconds(status.at)]]),
    metric(
      'role_expiry_timestamp_seconds',
      'When the published version of a role expires.',
      perRole(({ expires }) => seconds(expires)),
    ),
    metric(
      'role_warning_timestamp_seconds',
      'From when on its end is warned of.',
      perRole(({ warnsFrom }) => seconds(warnsFrom)),
    ),
    metric(
      'role_version',
      'The published version of a role.',
      perRole(({ version }) => version),
    ),
    metric(
      'role_signatures',
      'Keys that signed the published version.',
      perNeed(({ signed }) => signed.length),
    ),
    metric(
      'role_threshold',
      'Keys that have to sign.',
      perNeed(({ threshold }) => threshold),
    ),
    metric(
      'staged_version',
      'The version of a staged draft.',
      staged.map(({ role, version }) => [{ ...own, role }, version]),
    ),
    metric(
      'staged_missing_signatures',
      'Signatures that a staged draft still needs, by the role whose keys give them.',
      staged.flatMap(({ role, needs }) =>
        needs.map(({ delegator, more }): Sample => [{ ...own, role, delegator }, more]),
      ),
    ),
    metric('publication_interrupted', 'Whether a publication was begun and not finished: 1 or 0.', [
      [own, status.interrupted ? 1 : 0],
    ]),
    metric('warnings', 'Warnings of tufa status.', [[own, status.warnings.length]]),
  ];
}

/** The top-level roles, and of the others those that end first. */
function rolesOf({ roles }: Status): Status['roles'] {
  const isTop = ({ needs }: Status['roles'][number]): boolean => needs.some(({ delegator }) => delegator === 'root');
  const delegated = roles.filter((role) => !isTop(role));
  const first = delegated.sort((a, b) => Date.parse(a.expires) - Date.parse(b.expires)).slice(0, delegatedMax);
  return [...roles.filter(isTop), ...first];
}

function metric(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name: `tufa_${name}`, help, samples };
}

function linesOf({ name, help, samples }: Metric): string[] {
  // A metric without a sample says nothing.
  if (samples.length === 0) return [];
  const lines = samples.map(
    ([labels, value]) => `${name}{${Object.entries(labels).map(labelText).join(',')}} ${value}\n`,
  );
  return [`# HELP ${name} ${help}\n`, `# TYPE ${name} gauge\n`, ...lines];
}

function labelText([name, value]: [string, string]): string {
  // Two names never become one: a series that comes twice is refused as a whole.
  const seen = escapeText(name === 'repository' ? value : value.replaceAll('\\', '\\u{5c}'));
  return `${name}="${seen.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')}"`;
}
