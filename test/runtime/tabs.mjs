/**
 * Tabs of one profile of Chromium, on a disk, so that they share what an origin keeps. It speaks the browser's own protocol
 * over a pipe: nothing has to be installed beside the browser.
 */
import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The browser of this machine; `undefined` where there is none. */
export const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

const flags = [
  '--headless=new',
  '--no-sandbox',
  '--no-first-run',
  '--remote-debugging-pipe',
  // Of eight tabs seven are behind another one.
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
];

/** Starts the browser. `openTab(url)` opens a tab and
 * gives it when its page is loaded; `close()` ends the browser and removes its profile. */
export async function openBrowser(executablePath) {
  const profile = mkdtempSync(join(tmpdir(), 'tufa-profile-'));
  const child = spawn(executablePath, [...flags, `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const exit = once(child, 'exit');
  const connection = new Connection(child.stdio[3], child.stdio[4]);
  exit.then(
    () => connection.end('the browser has ended'),
    (error) => connection.end(String(error)),
  );
  await connection.ask('Target.setDiscoverTargets', { discover: true });

  const openTab = async (url) => {
    const { targetId } = await connection.ask('Target.createTarget', { url: 'about:blank', newWindow: true });
    const closed = new Promise((resolve) => {
      connection.on(`Target.targetDestroyed ${targetId}`, () => resolve('it was closed'));
      connection.on(`Target.targetCrashed ${targetId}`, () => resolve('it crashed'));
      connection.on('end', resolve);
    });
    const { sessionId } = await connection.ask('Target.attachToTarget', { targetId, flatten: true });
    await connection.ask('Page.enable', {}, sessionId);
    const loaded = new Promise((resolve) => connection.once(`Page.loadEventFired ${sessionId}`, resolve));
    await connection.ask('Page.navigate', { url }, sessionId);
    await Promise.race([loaded, closed]);
    return {
      closed,
      /** The value of an expression, awaited where it is a promise. It never comes where the tab is closed before. */
      async evaluate(expression) {
        const question = { expression, awaitPromise: true, returnByValue: true };
        const { result, exceptionDetails } = await connection.ask('Runtime.evaluate', question, sessionId);
        if (exceptionDetails !== undefined) throw new Error(exceptionDetails.exception?.description ?? 'it threw');
        return result.value;
      },
      async close() {
        await connection.ask('Target.closeTarget', { targetId }).catch(() => {}); // it is closed
        await closed;
      },
    };
  };

  const close = async () => {
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // it has ended
    }
    await exit;
    // Its children may still be writing.
    rmSync(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  };
  return { openTab, close };
}

/** Questions and answers, and events under their name and the tab that they are of. */
class Connection extends EventEmitter {
  #to;
  #number = 0;
  #waiting = new Map();
  #ended;

  constructor(to, from) {
    super();
    this.setMaxListeners(0);
    this.#to = to;
    to.on('error', () => {}); // the end of the browser tells
    let text = '';
    from.setEncoding('utf8').on('data', (piece) => {
      const messages = (text + piece).split('\0');
      text = messages.pop();
      for (const message of messages) this.#take(JSON.parse(message));
    });
  }

  ask(method, params = {}, sessionId = undefined) {
    if (this.#ended !== undefined) return Promise.reject(new Error(this.#ended));
    this.#number += 1;
    this.#to.write(`${JSON.stringify({ id: this.#number, method, params, sessionId })}\0`);
    return new Promise((resolve, reject) => this.#waiting.set(this.#number, { resolve, reject }));
  }

  end(why) {
    this.#ended = why;
    for (const { reject } of this.#waiting.values()) reject(new Error(why));
    this.#waiting.clear();
    this.emit('end', why);
  }

  #take({ id, result, error, method, params, sessionId }) {
    if (id === undefined) return void this.emit(`${method} ${sessionId ?? params.targetId}`);
    const { resolve, reject } = this.#waiting.get(id) ?? {};
    this.#waiting.delete(id);
    if (error === undefined) resolve?.(result);
    else reject?.(new Error(error.message));
  }
}
