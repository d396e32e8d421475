/**
 * What has happened to the users of one store, in the order in which this process heard of it, and whether it may.
 *
 * A run begins when its user has asked whether to, and before it is told so; it ends when its user has said how. So what a run
 * is compared with had ended before it began, and what it overlapped is never missed.
 */

const roles = ['root', 'timestamp', 'snapshot', 'targets'];

/** What a client never says of a store on which nobody loses anything. */
const alarming = ['baseline-lost', 're-rooted', 'local-file-ignored'];

export class StressRecord {
  problems = [];
  totals = { runs: 0, succeeded: 0, failed: 0, cutShort: 0, files: 0, codes: {} };
  /** The highest version of each role that any user has finished an update to. */
  highest = Object.fromEntries(roles.map((role) => [role, 0]));
  #moment = 0;
  #number = 0;
  #open = new Map();
  #obstacles = [];
  #contentAt;

  /** @param contentAt gives the digests by path that a version of the snapshot lists. */
  constructor(contentAt) {
    this.#contentAt = contentAt;
  }

  /**
   * The number of a run that begins.
   *
   * @param {number} user
   * @param {{ versions?: object, code?: string } | undefined} expected how it has to end, where that is known.
   */
  begin(user, expected = undefined) {
    this.#number += 1;
    this.#open.set(this.#number, { user, expected, from: ++this.#moment, floor: { ...this.highest } });
    return this.#number;
  }

  /** What happens from here on is later than what has happened. */
  get moment() {
    return this.#moment;
  }

  /** Whether a run that began before goes on. */
  goesOnSince(moment) {
    return [...this.#open.values()].some(({ from }) => from <= moment);
  }

  /** Its user has been killed: whatever it was doing is over. */
  forget(user) {
    for (const [number, run] of this.#open) {
      if (run.user !== user) continue;
      this.#open.delete(number);
      this.totals.cutShort += 1;
    }
  }

  /** Notes an obstacle that begins to be mounted. Gives what is called when nothing is left of it. */
  obstacle({ name, codes }) {
    const obstacle = { name, codes, from: ++this.#moment, to: Number.POSITIVE_INFINITY };
    this.#obstacles.push(obstacle);
    return () => {
      obstacle.to = ++this.#moment;
    };
  }

  end({ run: number, kept, versions, contents, failure, events }) {
    const run = this.#open.get(number);
    if (run === undefined) return;
    this.#open.delete(number);
    const met = this.#obstacles.filter(({ to }) => to > run.from);
    const wrong = [
      ...roles
        .filter((role) => kept?.[role] < run.floor[role])
        .map((role) => `${role} ${run.floor[role]} was lost: the store has ${kept[role]}`),
      ...this.#wrongVersions(run, versions),
      ...this.#wrongContents(versions, contents),
      ...wrongFailure(run, failure, met),
      ...events.filter((type) => alarming.includes(type)),
    ];
    // The last runs, whose end is known before, are no part of the course.
    if (run.expected === undefined) this.#count(contents, failure);
    for (const role of roles) this.highest[role] = Math.max(this.highest[role], versions?.[role] ?? 0);
    const names = met.map(({ name }) => name).join(', ') || 'nothing';
    for (const each of wrong) this.problems.push(`run ${number} of user ${run.user}, which met ${names}: ${each}`);
  }

  #count(contents, failure) {
    this.totals.runs += 1;
    this.totals[failure === undefined ? 'succeeded' : 'failed'] += 1;
    this.totals.files += Object.keys(contents).length;
    if (failure !== undefined) this.totals.codes[failure.code] = (this.totals.codes[failure.code] ?? 0) + 1;
  }

  *#wrongVersions({ floor, expected }, versions) {
    if (versions === undefined) return;
    for (const role of roles) {
      if (versions[role] < floor[role]) yield `${role} goes back from ${floor[role]} to ${versions[role]}`;
      if (expected?.versions && versions[role] !== expected.versions[role]) {
        yield `${role} is ${versions[role]} in place of ${expected.versions[role]}`;
      }
    }
  }

  *#wrongContents(versions, contents) {
    for (const [path, digest] of Object.entries(contents)) {
      const due = this.#contentAt(versions.snapshot)?.[path];
      if (digest !== due) yield `${path} of snapshot ${versions.snapshot} is ${digest} in place of ${due}`;
    }
  }
}

function* wrongFailure({ expected }, failure, met) {
  const due = expected?.code;
  if (expected !== undefined && failure?.code !== due)
    yield `ended with ${failure?.text} in place of ${due ?? 'success'}`;
  if (expected !== undefined || failure === undefined) return;
  if (!met.some(({ codes }) => codes.includes(failure.code))) yield failure.text;
}
