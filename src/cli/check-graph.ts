import type { ReportedEdge, ReportedGraph, ReportedRole } from '../check/reported-graph.ts';
import { escapeMarkup } from '../conformance/markup.ts';

/** Roles that are drawn; the table has all. */
const drawnMax = 150;
const box = { width: 208, height: 48 };
const gap = { x: 132, y: 18 };
const margin = 12;
/** Characters that a box or an edge has room for. */
const nameMax = 27;
const reachMax = 19;

interface Placed {
  readonly role: ReportedRole;
  readonly x: number;
  readonly y: number;
}

/**
 * The delegation graph as inline SVG: a column for each step from the top-level targets, an arrow for each delegation. One
 * that leads back or across is dashed.
 */
export function graphSvg({ roles, edges }: ReportedGraph): string {
  const placed = place(roles.slice(0, drawnMax), edges);
  const all = [...placed.values()];
  const width = Math.max(...all.map(({ x }) => x)) + box.width + margin;
  const height = Math.max(...all.map(({ y }) => y)) + box.height + margin;
  const lines = edges.map((edge) => edgeMarkup(edge, placed)).join('\n');
  const rest = roles.length - all.length;
  const title = `Delegations between ${all.length} roles${rest > 0 ? `, ${rest} more are not drawn` : ''}`;
  return [
    `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${title}">`,
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">',
    '<path d="M0 0 8 4 0 8z"/></marker></defs>',
    lines,
    all.map(boxMarkup).join('\n'),
    '</svg>',
    rest > 0 ? `<p class="dim">${rest} more are not drawn.</p>` : '',
  ].join('\n');
}

/** Columns by the number of delegations that lead there at least; rows in the order in which a search asks. */
function place(roles: readonly ReportedRole[], edges: readonly ReportedEdge[]): Map<string, Placed> {
  const from = new Map<string, string[]>();
  for (const edge of edges) from.set(edge.from, [...(from.get(edge.from) ?? []), edge.to]);
  const byName = new Map(roles.map((role) => [role.role, role]));
  const placed = new Map<string, Placed>();
  let column = roles.slice(0, 1).map(({ role }) => role);
  for (let x = margin; column.length > 0; x += box.width + gap.x) {
    let y = margin;
    for (const name of column) {
      placed.set(name, { role: byName.get(name) as ReportedRole, x, y });
      y += box.height + gap.y;
    }
    const next = column.flatMap((name) => from.get(name) ?? []).filter((name) => byName.has(name) && !placed.has(name));
    column = [...new Set(next)];
  }
  return placed;
}

function boxMarkup({ role, x, y }: Placed): string {
  const { role: name, state, targets, bins, version } = role;
  const held = `${targets} target${targets === 1 ? '' : 's'}`;
  const says = {
    there: bins > 0 ? `${bins} bins, ${held}` : `version ${version ?? '?'}, ${held}`,
    unlisted: 'not published',
    gone: 'cannot be read',
    unread: 'not looked at',
  }[state];
  return [
    `<g class="role ${state}"><title>${escapeMarkup(name)}</title>`,
    `<rect x="${x}" y="${y}" width="${box.width}" height="${box.height}" rx="6"/>`,
    `<text class="name" x="${x + 12}" y="${y + 20}">${escapeMarkup(shortened(name, nameMax))}</text>`,
    `<text class="says" x="${x + 12}" y="${y + 37}">${says}</text></g>`,
  ].join('');
}

function edgeMarkup(edge: ReportedEdge, placed: ReadonlyMap<string, Placed>): string {
  const [from, to] = [placed.get(edge.from), placed.get(edge.to)];
  if (from === undefined || to === undefined) return '';
  const start = { x: from.x + box.width, y: from.y + box.height / 2 };
  const isForward = to.x > from.x;
  const end = { x: isForward ? to.x : to.x + box.width, y: to.y + box.height / 2 };
  const bend = isForward ? (end.x - start.x) / 2 : gap.x / 2;
  const path = `M${start.x} ${start.y}C${start.x + bend} ${start.y} ${isForward ? end.x - bend : end.x + bend} ${end.y} ${end.x} ${end.y}`;
  const reach = { paths: '', prefixes: '', bins: 'by digest', nothing: 'nothing' }[edge.reachKind];
  const more = edge.reachCount > 1 ? ` +${edge.reachCount - 1}` : '';
  const label = `${reach === '' ? shortened(edge.reach[0] ?? '', reachMax - more.length) : reach}${more}`;
  // Beside its end, where arrows to different roles stand apart.
  const words = isForward ? `<text class="reach" x="${end.x - 10}" y="${end.y - 6}">${escapeMarkup(label)}</text>` : '';
  const kind = [isForward ? '' : ' back', edge.terminating ? ' ends' : ''].join('');
  return `<g class="edge${kind}"><path d="${path}" marker-end="url(#tip)"/>${words}</g>`;
}

function shortened(text: string, max: number): string {
  const characters = [...text];
  return characters.length <= max ? text : `${characters.slice(0, max - 1).join('')}…`;
}
