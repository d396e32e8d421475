export { fetchTarget } from './fetch-target.ts';
export { findTarget, type Search } from './find-target.ts';
export type { Downloaded, Fetched, Question, UpdateEvent, Workflow } from './question.ts';
export { refresh } from './refresh.ts';
export { checkFreshness, type UpdateContext, type UpdateState } from './state.ts';
