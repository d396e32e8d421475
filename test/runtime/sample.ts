/** A repository for the cases of the client: its first release and its current one, as a server has them. */
import { Simulator } from '../simulator/simulator.ts';

/** What a client is told of the sample. */
export interface SampleFacts {
  /** The pinned root, in base64. */
  readonly root: string;
  readonly floor: {
    readonly root: number;
    readonly timestamp: number;
    readonly snapshot: number;
    readonly time: string;
  };
}

interface Sample extends SampleFacts {
  /** Path below the server's address to bytes. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** The floor of the first release. */
  readonly firstFloor: SampleFacts['floor'];
}

const channel = { 'tufa-channel': { target: 'app-2.txt' } };

export function makeSample(): Sample {
  const simulator = new Simulator();
  const files = new Map<string, Uint8Array>();
  const keep = (name: string): void => {
    for (const [path, answer] of simulator.save()) {
      if (answer instanceof Uint8Array) files.set(`/sample/${name}/${path}`, answer);
    }
  };
  const root = Buffer.from(simulator.bytes('metadata/1.root.json')).toString('base64');
  simulator.addTarget(simulator.targets, 'app-1.txt', 'first');
  addSite(simulator, 1);
  simulator.publishTargets();
  keep('first');
  const firstFloor = floorOf(simulator);
  simulator.delegate('targets', 'plugins', { paths: ['plugins/*'] });
  simulator.addTarget(simulator.delegated.get('plugins'), 'plugins/p.txt', 'plugin');
  simulator.addTarget(simulator.targets, 'app-2.txt', 'second');
  addSite(simulator, 2);
  simulator.addTarget(simulator.targets, 'channels/stable', 'app-2.txt\n').custom = channel;
  simulator.publishDelegated();
  simulator.rotate('root', 'another');
  simulator.publishTargets();
  keep('current');
  return { root, floor: floorOf(simulator), firstFloor, files };
}

function floorOf({ root, timestamp, snapshot }: Simulator): SampleFacts['floor'] {
  return {
    root: root.version,
    timestamp: timestamp.version,
    snapshot: snapshot.version,
    time: '2030-01-01T00:00:00Z',
  };
}

/** A page and its script, which say of which release they are. */
function addSite(simulator: Simulator, release: number): void {
  const page = `<!doctype html><title>no script</title><body>${release}<script src="/app.js"></script></body>`;
  simulator.addTarget(simulator.targets, 'site/index.html', page);
  simulator.addTarget(simulator.targets, 'site/app.js', `document.title = 'release ${release}';`);
}
