/** For workerd: work is done within a request, which names the runner. */
import { workFor } from './web.ts';

// biome-ignore lint/style/noDefaultExport: what workerd runs is the default export
export default {
  async fetch(request: Request): Promise<Response> {
    await workFor(new URL(request.url).searchParams.get('runner') as string);
    return new Response('done');
  },
};
