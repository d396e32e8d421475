import type { ReportedEdge, ReportedGraph, ReportedRole } from '../check/reported-graph.ts';
import { escapeMarkup } from '../conformance/markup.ts';
import { plural } from './plural.ts';

/** Roles that are drawn; the table has more. */
const drawnMax = 100;
const box = { width: 268, height: 46 };
const indent = 26;
const rowHeight = 58;
const margin = 10;
/** Characters that the lines of a box have room for. */
const nameMax = 34;
const saysMax = 40;
/** Arrows on the right side that have a lane of their own. */
const lanesMax = 8;

interface Placed {
  readonly role: ReportedRole;
  /** The delegation by which a search comes here first. */
  readonly by: ReportedEdge | undefined;
  readonly x: number;
  readonly y: number;
}

/**
 * The delegation graph as inline SVG, a row for each role in the order in which a search comes to it, so that it fits a
 * phone. A delegation that leads to a role once more is a dashed arrow on the right.
 */
export function graphSvg({ roles, edges }: ReportedGraph): string {
  const placed = place(roles, edges);
  const all = [...placed.values()];
  const drawn = new Set(all.map(({ by }) => by));
  const others = edges.filter((edge) => !drawn.has(edge) && placed.has(edge.from) && placed.has(edge.to));
  const right = Math.max(...all.map(({ x }) => x)) + box.width;
  const width = right + margin + (others.length === 0 ? 0 : 14 + 9 * Math.min(others.length, lanesMax));
  const height = all.length * rowHeight + margin;
  const rest = roles.length - all.length;
  const title = `Delegations between ${all.length} roles`;
  return [
    `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${title}">`,
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto">',
    '<path d="M0 0 8 4 0 8z"/></marker></defs>',
    ...all.map((each) => branchMarkup(each, placed)),
    ...all.map(boxMarkup),
    ...others.map((edge, i) => crossMarkup(edge, right + 12 + 9 * (i % lanesMax), placed)),
    '</svg>',
    rest > 0 ? `<p class="dim">${rest} more are not drawn.</p>` : '',
  ].join('\n');
}

/** Depth first, as a search goes; each role once. */
function place(roles: readonly ReportedRole[], edges: readonly ReportedEdge[]): Map<string, Placed> {
  const byName = new Map(roles.map((role) => [role.role, role]));
  const from = new Map<string, ReportedEdge[]>();
  for (const edge of edges) from.set(edge.from, [...(from.get(edge.from) ?? []), edge]);
  const placed = new Map<string, Placed>();
  const pending: { readonly name: string; readonly by: ReportedEdge | undefined; readonly depth: number }[] = roles
    .slice(0, 1)
    .map(({ role }) => ({ name: role, by: undefined, depth: 0 }));
  for (let next = pending.pop(); next !== undefined && placed.size < drawnMax; next = pending.pop()) {
    const { name, by, depth } = next;
    const role = byName.get(name);
    if (role === undefined || placed.has(name)) continue;
    // Deeper ones stand at one depth: the picture has to end somewhere.
    placed.set(name, { role, by, x: margin + indent * Math.min(depth, 12), y: margin + placed.size * rowHeight });
    const below = (from.get(name) ?? []).map((edge) => ({ name: edge.to, by: edge, depth: depth + 1 }));
    pending.push(...below.reverse());
  }
  return placed;
}

function branchMarkup({ by, x, y }: Placed, placed: ReadonlyMap<string, Placed>): string {
  const parent = by === undefined ? undefined : placed.get(by.from);
  if (parent === undefined) return '';
  const [left, top, middle] = [parent.x + indent / 2, parent.y + box.height, y + box.height / 2];
  const ends = by?.terminating ? ' ends' : '';
  return `<g class="edge${ends}"><path d="M${left} ${top}V${middle}H${x}" marker-end="url(#tip)"/></g>`;
}

function crossMarkup(edge: ReportedEdge, lane: number, placed: ReadonlyMap<string, Placed>): string {
  const [from, to] = [placed.get(edge.from), placed.get(edge.to)] as [Placed, Placed];
  const [start, end] = [from.y + box.height * 0.65, to.y + box.height * 0.35];
  const path = `M${from.x + box.width} ${start}H${lane}V${end}H${to.x + box.width}`;
  const words = `${edge.from} delegates to ${edge.to} too`;
  return `<g class="edge cross"><title>${escapeMarkup(words)}</title><path d="${path}" marker-end="url(#tip)"/></g>`;
}

function boxMarkup({ role, by, x, y }: Placed): string {
  const { role: name, state } = role;
  const lines = [reachOf(by), heldBy(role)].filter((each) => each !== '');
  return [
    `<g class="role ${state}"><title>${escapeMarkup([name, ...lines].join(', '))}</title>`,
    `<rect x="${x}" y="${y}" width="${box.width}" height="${box.height}" rx="6"/>`,
    `<text class="name" x="${x + 10}" y="${y + 19}">${escapeMarkup(shortened(name, nameMax))}</text>`,
    `<text class="says" x="${x + 10}" y="${y + 36}">${escapeMarkup(shortened(lines.join(' · '), saysMax))}</text></g>`,
  ].join('');
}

function heldBy({ state, bins, version, targets }: ReportedRole): string {
  const held = plural(targets, 'target');
  if (state === 'unlisted') return 'not published';
  if (state === 'gone') return 'cannot be read';
  if (state === 'unread') return 'not looked at';
  return bins > 0 ? `${bins} bins, ${held}` : `version ${version ?? '?'}, ${held}`;
}

function reachOf(edge: ReportedEdge | undefined): string {
  if (edge === undefined) return '';
  const { reachKind, reach, reachCount } = edge;
  if (reachKind === 'bins') return 'by digest';
  if (reachKind === 'nothing') return 'no path';
  const more = reachCount > 1 ? ` +${reachCount - 1}` : '';
  return `${shortened(reach[0] ?? '', 22)}${reachKind === 'prefixes' ? '…' : ''}${more}`;
}

function shortened(text: string, max: number): string {
  const characters = [...text];
  return characters.length <= max ? text : `${characters.slice(0, max - 1).join('')}…`;
}
