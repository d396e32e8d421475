/** Vectors that a client on WHATWG `fetch` does not pass, by name, each with the reason. */
export const beyondFetch = new Map([
  ...['target', 'timestamp'].map((file) => [
    `transport/gzip-${file}`,
    'fetch asks for compression by itself and decodes it; lengths and digests are checked over what it gives',
  ]),
  ...['target', 'timestamp'].map((file) => [
    `transport/headers-60-kilobytes-${file}`,
    'the runtime bounds the headers of an answer, each by a limit of its own',
  ]),
]);

const hidden = 'a browser does not show where a redirect leads, so none is followed';

/** The same for browsers. */
export const beyondBrowser = new Map([
  ...beyondFetch,
  ...['301', '303', '307', '308'].map((status) => [`transport/redirect-${status}-timestamp`, hidden]),
  ...['root', 'target', 'timestamp', 'twice-timestamp'].map((name) => [`transport/redirect-${name}`, hidden]),
]);
