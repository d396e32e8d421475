/**
 * The repository auditor: what is wrong with a repository or will be, from one trusted root, by stable codes.
 *
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { checkRepository } from 'tufa/check';
 * import { nodeCrypto, nodeDigest, servedFolder } from 'tufa/node';
 *
 * const place = servedFolder({ metadata: 'public/metadata', targets: 'public/targets' });
 * const root = await readFile('root.json');
 * const options = { root, crypto: nodeCrypto(), digest: nodeDigest, at: new Date() };
 * const report = await checkRepository(place, options);
 * for (const { severity, code, text, hint } of report.findings) console.log(severity, code, text, hint);
 * ```
 *
 * @module
 */
export type { AgainstReport, CopyVerdict, RoleComparison, TargetComparison } from './against.ts';
export { type CheckOptions, type CheckReport, checkRepository } from './check.ts';
export { type CheckCode, type CodeEntry, checkCodes, type Severity } from './codes.ts';
export { type CheckBounds, type CheckProgress, defaultCheckBounds } from './context.ts';
export type { CalendarEntry } from './expiry.ts';
export type { About, Finding } from './finding.ts';
export type { Ask, AskAnswer, AskRequest, Half, Listing, NoBytes, Place } from './ports.ts';
export type { ReportedEdge, ReportedGraph, ReportedRole } from './reported-graph.ts';
export { Site, type SiteExchange, type SiteNote, type SiteUrls } from './site.ts';
