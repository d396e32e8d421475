import { channelPath } from '../metadata/channel.ts';
import { channelsOf } from '../repository/channel.ts';
import type { StepBudget } from '../repository/delegation-reach.ts';
import type { CheckContext } from './context.ts';
import type { DelegationGraph } from './graph.ts';
import { Searcher } from './search.ts';

/** Finds channels that lead nowhere: clients that follow one are told so, and stay at what they have. @spec T33 */
export async function checkChannels(context: CheckContext, graph: DelegationGraph, budget: StepBudget): Promise<void> {
  const search = new Searcher(context, graph, budget);
  for (const { role, examined } of graph.values()) {
    if (examined?.view === undefined) continue;
    for (const { name, target } of channelsOf(role, examined.view)) {
      const about = { role, file: examined.file, path: channelPath(name) };
      const add = (text: string): void => context.findings.add('channel-broken', about, `the channel ${name} ${text}`);
      if (target === undefined) {
        add('is of no form that clients read');
        continue;
      }
      const end = await search.find(target);
      if (end === undefined) {
        return context.boundMet(
          context.isOver() ? 'time' : 'steps',
          'the search for what channels name is not finished',
        );
      }
      if (end.end !== 'found') add(`names ${JSON.stringify(target)}, which no client finds`);
    }
  }
}
