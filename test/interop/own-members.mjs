/** Members that no specification knows, as an operator puts them into documents with tufa's repository library. */
import { editDocument } from 'tufa/repository';

/** The draft with a member of its own in every object that may have one. */
export function withOwnMembers(draft) {
  return editDocument(draft, addTo) ?? draft;
}

function addTo(signed) {
  const of = (name, within = signed) => [...(within.get(name)?.values() ?? [])];
  const delegations = signed.get('delegations');
  const delegated =
    delegations === undefined ? [] : [delegations, ...of('keys', delegations), ...of('roles', delegations)];
  const listed = ['keys', 'roles', 'meta', 'targets'].flatMap((name) => of(name));
  for (const object of [signed, ...delegated, ...listed]) {
    object.set(
      'x-unknown',
      new Map([
        ['who', 'an operator'],
        ['list', [1, null, true, new Map([['ü', 'ä " \\']])]],
      ]),
    );
    for (const name of ['__proto__', 'constructor']) object.set(name, new Map([['10', 10]]));
  }
}
