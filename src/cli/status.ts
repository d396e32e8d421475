import { type Command, Option } from 'commander';
import { addCommand, type GlobalOptions, type Outcome } from './command.ts';
import { parseDate, parseDuration, type Span } from './duration.ts';
import { UsageError } from './failure.ts';
import type { Io } from './io.ts';
import { prometheusText } from './prometheus.ts';
import { needWords } from './review-words.ts';
import { signerWorld } from './signers.ts';
import { firstEnd, type RoleStatus, type Status, type StatusWarning, statusOf } from './status-report.ts';
import type { StagedStatus } from './status-staged.ts';
import { openWorkspace } from './workspace.ts';

/** Lines for delegated roles with which all is well; there may be thousands. */
const wellLinesMax = 50;

interface StatusCommandOptions extends GlobalOptions {
  readonly at?: Date;
  readonly warnBefore?: ReadonlyMap<string, Span>;
  readonly prometheus?: boolean;
}

export function statusCommand(parent: Command, io: Io, outcome: Outcome): void {
  addCommand<StatusCommandOptions>(
    parent,
    {
      usage: 'status <dir>',
      summary: 'say what clients see and until when, who has to sign, and what comes next',
      options: [
        new Option('--at <date>', 'as it will be then, if nobody does anything').argParser(parseDate),
        new Option(
          '--warn-before <role=duration>',
          'how long before its end to warn of a role (the last quarter of its lifetime); may be repeated',
        ).argParser(spans),
        new Option('--prometheus', 'print metrics for a monitor, in place of words'),
      ],
      exits: ['1 here: clients would refuse what is published, now or at --at'],
      json: ['accepted', 'at', 'acceptedUntil', 'error', 'roles', 'staged', 'interrupted', 'warnings'],
      examples: [
        'status repository',
        'status repository --at 2030-01-31',
        'status repository --warn-before root=60d --prometheus',
      ],
      action: async (session, { at = session.now(), warnBefore, prometheus }, [dir]) => {
        if (prometheus === true && session.voice.json) {
          throw new UsageError('--prometheus and --json are two formats of one result', 'give one of them');
        }
        const world = signerWorld(session);
        const status = await statusOf(await openWorkspace(dir as string), { at, warnBefore, world });
        if (prometheus === true) session.voice.text(prometheusText(status, dir as string));
        else session.voice.result(status, linesOf(status));
        return status.accepted ? 0 : 1;
      },
    },
    io,
    outcome,
  );
}

function spans(text: string, before: ReadonlyMap<string, Span> | undefined): ReadonlyMap<string, Span> {
  const at = text.indexOf('=');
  if (at < 1) throw new UsageError(`${JSON.stringify(text)} is not of the form ROLE=DURATION`, 'write root=60d');
  return new Map(before).set(text.slice(0, at), parseDuration(text.slice(at + 1)));
}

/** Drafts that are told one by one; hash bins are thousands. */
const stagedShown = 10;

function linesOf(status: Status): string[] {
  const { roles, staged, warnings, error, at } = status;
  const well = roles.filter((role, i) => i > 3 && !role.expired && Date.parse(role.warnsFrom) > Date.parse(at));
  const hidden = new Set(well.slice(wellLinesMax));
  const shown = roles.filter((role) => !hidden.has(role));
  return [
    verdictOf(status),
    ...(error === null || error.hint === null ? [] : [`  hint: ${error.hint}`]),
    ...(error?.next ?? []).map(nextWords),
    ...warnings.flatMap(({ text, next }: StatusWarning) => [`warning: ${text}`, ...next.map(nextWords)]),
    ...shown.map((role) => roleWords(role, at)),
    ...(hidden.size > 0 ? [`and ${hidden.size} delegated roles more: see them with --json`] : []),
    ...staged.slice(0, stagedShown).flatMap((each, i) => stagedWords(each, staged[i + 1])),
    ...(staged.length > stagedShown ? [`and ${staged.length - stagedShown} roles more are staged: see --json`] : []),
  ];
}

function verdictOf({ error, acceptedUntil, roles, at }: Status): string {
  if (error !== null) return `refused: ${error.message}`;
  return `accepted until ${acceptedUntil}, ${distance(at, acceptedUntil as string)}, when ${firstEnd(roles)?.role} expires`;
}

function nextWords(next: string): string {
  return `  next: ${next}`;
}

function roleWords({ role, version, expires, expired, needs }: RoleStatus, at: string): string {
  const signed = needs.map(({ signed, missing, threshold }) => {
    return `signed by ${signed.length} of ${signed.length + missing.length} keys, ${threshold} needed`;
  });
  const end = `${expired ? 'expired' : 'expires'} ${expires}, ${distance(at, expires)}`;
  return [`${role}: version ${version}, ${end}`, ...signed].join('; ');
}

/** What comes next is said once where it is the same for the draft after it. */
function stagedWords({ role, version, needs, next }: StagedStatus, after: StagedStatus | undefined): string[] {
  const missing = needs.filter(({ more }) => more > 0);
  return [
    `staged: ${role} version ${version}, ${missing.length === 0 ? 'signed' : 'signatures are missing'}`,
    ...missing.map((need) => `  ${needWords(need)}`),
    ...(JSON.stringify(next) === JSON.stringify(after?.next) ? [] : next.map(nextWords)),
  ];
}

/** From one time to another in whole units: `in 6 hours`, `2 days ago`. */
function distance(from: string, to: string): string {
  const seconds = Math.trunc((Date.parse(to) - Date.parse(from)) / 1000);
  const ahead = Math.abs(seconds);
  const [size, unit] =
    ahead >= 2 * 86_400
      ? [86_400, 'days']
      : ahead >= 2 * 3600
        ? [3600, 'hours']
        : ahead >= 120
          ? [60, 'minutes']
          : [1, 'seconds'];
  const text = `${Math.trunc(ahead / (size as number))} ${unit}`;
  return seconds >= 0 ? `in ${text}` : `${text} ago`;
}
