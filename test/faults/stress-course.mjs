/**
 * Two minutes in the life of a store that several users share: releases, new keys, attacks that need no key, faults of the
 * network, and users that are killed. All that is chosen follows from a seed; in which order things meet does not.
 */
import { createHash } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { TestRepository } from 'tufa/testing';
import { obstacles } from './stress-obstacles.mjs';
import { StressRecord } from './stress-record.mjs';
import { serve } from './stress-server.mjs';

const usersCount = 8;

/** No release waits longer for users to get on, on a machine however slow. */
const patienceMs = 5000;

export class StressCourse {
  totals = { releases: 0, rotations: 0, attacks: 0, faults: 0, kills: 0 };
  record = new StressRecord((snapshot) => this.#contents.findLast(({ since }) => since <= snapshot)?.digests);
  #repository;
  #server;
  #random;
  #contents = [];
  #ends = new EventEmitter();
  #users = new Map();
  #started = 0;
  /** When the last release with new keys was published. */
  #rotated = 0;
  #stalling = 0;
  #isOver = false;
  /** Which runs are still to come of a user that shows what is kept in the end, and how each is to end. */
  #proof = [];

  /** @param pages what the server has beside the repository, by path: functions that give `{ type, body }`. */
  static async open(seed, pages = {}) {
    const course = new StressCourse();
    course.#random = randomFrom(seed);
    const lasting = { days: 3650 };
    course.#repository = await TestRepository.create({
      seed,
      time: new Date(),
      // An attack that freezes moves the clock by as long as a timestamp lasts: nothing else is to expire by it.
      lifetimes: { root: lasting, targets: lasting, snapshot: lasting },
      delegations: { plugins: { paths: ['plugins/*'] } },
    });
    course.#server = await serve(course.#repository, {
      ...pages,
      '/pinned': () => ({ type: 'application/octet-stream', body: course.#repository.root }),
      '/begin': ({ user }) => course.#begin(user),
      '/end': (report) => course.#end(report),
    });
    await course.#release();
    return course;
  }

  get origin() {
    return this.#server.origin;
  }

  /** Everything that was counted, in a line. */
  get summary() {
    const { runs, succeeded, failed, cutShort, files, codes } = this.record.totals;
    const { releases, rotations, attacks, faults, kills } = this.totals;
    const met = `${releases} releases, ${rotations} new keys, ${attacks} attacks, ${faults} faults, ${kills} users killed`;
    const ended = `${succeeded} succeeded, ${failed} failed, ${cutShort} cut short by a kill`;
    return `${met}; ${runs} runs: ${ended}; ${files} files; ${JSON.stringify(codes)}`;
  }

  /**
   * Lets users at the store for some seconds, and then one that shows what is kept.
   *
   * @param start starts a user by its number, and gives `{ ended, kill }`: a promise of how it ended, `undefined` where all went
   * well, and what ends it at once, whatever it is doing.
   */
  async run(seconds, start) {
    const end = performance.now() + seconds * 1000;
    for (let i = 0; i < usersCount; i++) this.#start(start);
    await this.#ended(usersCount, Number.POSITIVE_INFINITY);
    while (performance.now() < end && this.#users.size > 0) {
      await this.#ended(1 + this.#below(8), patienceMs);
      const step = this.#oneOf(['release', 'release', 'rotate', 'later', 'hinder', 'hinder', 'kill', 'kill']);
      if (step === 'release') await this.#release();
      else if (step === 'rotate') await this.#rotate();
      else if (step === 'later') await this.#later();
      else if (step === 'kill') await this.#kill(start);
      else await this.#hinder(start);
    }
    this.#isOver = true;
    await this.#allEnded();
    await this.#prove(start);
  }

  async stop() {
    for (const { kill } of this.#users.values()) kill();
    await this.#server.stop();
  }

  #start(start) {
    this.#started += 1;
    const number = this.#started;
    const user = { ...start(number), isKilled: false };
    this.#users.set(number, user);
    const noteEnd = (how) => {
      this.#users.delete(number);
      this.record.forget(number);
      if (how !== undefined && !user.isKilled) this.record.problems.push(`user ${number} ended: ${how}`);
      this.#ends.emit('user');
    };
    user.ended.then(noteEnd, (error) => noteEnd(String(error)));
  }

  async #kill(start) {
    // At any moment of its work, not only when another's has ended.
    await setTimeout(this.#below(100));
    const number = this.#oneOf([...this.#users.keys()]);
    const user = this.#users.get(number);
    if (user === undefined) return;
    user.isKilled = true;
    user.kill();
    await user.ended;
    this.totals.kills += 1;
    this.#start(start);
  }

  #begin(user) {
    // One that has been killed is still heard for a moment.
    if (!this.#users.has(user) || (this.#isOver && this.#proof.length === 0)) return { stop: true };
    const expected = this.#proof.shift();
    expected?.prepare();
    return {
      run: this.record.begin(user, expected),
      time: this.#repository.clock.now().getTime(),
      isNew: expected !== undefined || this.#random() < 0.4,
      toFile: this.#random() < 0.5,
      isHasty: this.#stalling > 0,
    };
  }

  #end(report) {
    this.record.end(report);
    this.#ends.emit('run');
    return {};
  }

  /** New content, and perhaps new keys as well. */
  async #release(more = {}) {
    const number = this.totals.releases + 1;
    const [app, plugin] = ['app', 'plugin'].map((name) => `${name} ${number}\n`.repeat(1 + this.#below(500)));
    const digests = { 'app.txt': sha256(app), 'plugins/plugin.txt': sha256(plugin) };
    // Noted ahead, since a user may have it before its publisher knows that it is published.
    this.#contents.push({ since: this.#repository.versions.snapshot + 1, digests });
    const delegations = { plugins: { targets: { 'plugins/plugin.txt': plugin } } };
    await this.#repository.publish({ targets: { 'app.txt': app }, delegations, ...more });
    this.totals.releases += 1;
  }

  /**
   * A release with new keys is signed with the former ones, too, for a client that has asked for the next root and not for the
   * timestamp. For a client that meets two such releases there is no help, so the second waits for it.
   */
  async #rotate() {
    await this.#until('run', () => !this.record.goesOnSince(this.#rotated), Number.POSITIVE_INFINITY);
    const roles = ['root', 'timestamp', 'snapshot', 'targets', 'plugins'].filter(() => this.#random() < 0.4);
    await this.#release({ rotate: roles });
    this.#rotated = this.record.moment;
    this.totals.rotations += roles.length;
  }

  /** Time passes, far from the expiry of anything, and the operator's timer renews the timestamp. */
  async #later() {
    this.#repository.clock.advance({ hours: 1 + this.#below(6) });
    await this.#repository.publish();
  }

  /** One or two attacks or faults, while users go on, releases come and a user may be killed. */
  async #hinder(start) {
    const mounted = [];
    for (let i = this.#random() < 0.3 ? 2 : 1; i > 0; i--) {
      const obstacle = this.#oneOf(obstacles);
      const over = this.record.obstacle(obstacle);
      if (obstacle.stalls) this.#stalling += 1;
      const end = await obstacle.mount(this.#repository, this.#random);
      mounted.push({ ...obstacle, end, over });
      this.totals[obstacle.isAttack ? 'attacks' : 'faults'] += 1;
    }
    await this.#ended(1 + this.#below(6), patienceMs);
    if (this.#random() < 0.3) await this.#release();
    if (this.#random() < 0.3) await this.#kill(start);
    await this.#ended(1 + this.#below(6), patienceMs);
    for (const { end, over, stalls } of mounted) {
      end();
      if (stalls) this.#stalling -= 1;
      // Nobody waits on for what will never come.
      if (stalls) this.#server.disconnect();
      over();
    }
  }

  /** A user finds the newest release in the store that all have left, and refuses the one before. */
  async #prove(start) {
    const { network } = this.#repository;
    const older = await (await network.fetch('https://updates.test/metadata/timestamp.json')).text();
    await this.#release();
    const replay = () => void network.replace('timestamp.json', older);
    this.#proof = [
      { prepare: () => {}, versions: this.#repository.versions },
      { prepare: replay, code: 'ERR_TUF_ROLLBACK' },
      { prepare: () => network.restore(), versions: this.#repository.versions },
    ];
    this.#start(start);
    await this.#allEnded();
    if (this.#proof.length > 0) this.record.problems.push(`${this.#proof.length} of the last runs have not begun`);
  }

  #allEnded() {
    return this.#until('user', () => this.#users.size === 0, Number.POSITIVE_INFINITY);
  }

  /** Until so many runs have ended; a user that ends is as good as one. */
  #ended(count, ms) {
    let left = count;
    return this.#until('run', () => this.#users.size === 0 || left-- <= 0, ms);
  }

  #until(event, isDone, ms) {
    return new Promise((resolve) => {
      const stop = () => {
        clearTimeout(timer);
        for (const each of ['user', event]) this.#ends.off(each, look);
        resolve();
      };
      const look = () => void (isDone() && stop());
      const timer = ms === Number.POSITIVE_INFINITY ? undefined : globalThis.setTimeout(stop, ms);
      for (const each of new Set(['user', event])) this.#ends.on(each, look);
      look();
    });
  }

  #below(count) {
    return Math.floor(this.#random() * count);
  }

  #oneOf(list) {
    return list[this.#below(list.length)];
  }
}

function sha256(text) {
  return createHash('sha256').update(text).digest('hex');
}

function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
