import { batches } from './cases/broker/batches.ts'
import { bounded } from './cases/broker/bounded.ts'
import { brokerLife } from './cases/broker/broker-life.ts'
import { channels } from './cases/broker/channels.ts'
import { closing } from './cases/broker/closing.ts'
import { consuming } from './cases/broker/consuming.ts'
import { enqueueing } from './cases/broker/enqueueing.ts'
import { explainingGroups } from './cases/broker/explaining-groups.ts'
import { explaining } from './cases/broker/explaining.ts'
import { failingBatches } from './cases/broker/failing-batches.ts'
import { failures } from './cases/broker/failures.ts'
import { flowsOfTasks } from './cases/broker/flows.ts'
import { forgottenFlows } from './cases/broker/forgotten-flows.ts'
import { gaps } from './cases/broker/gaps.ts'
import { handling } from './cases/broker/handling.ts'
import { interruptions } from './cases/broker/interruptions.ts'
import { keptValues } from './cases/broker/kept-values.ts'
import { listing } from './cases/broker/listing.ts'
import { taskLogs } from './cases/broker/logs.ts'
import { outcomesOfQueues } from './cases/broker/outcomes.ts'
import { messageHeaders } from './cases/broker/message-headers.ts'
import { middleware } from './cases/broker/middleware.ts'
import { once } from './cases/broker/once.ts'
import { operating } from './cases/broker/operating.ts'
import { otherPrograms } from './cases/broker/other-programs.ts'
import { patterns } from './cases/broker/patterns.ts'
import { progress } from './cases/broker/progress.ts'
import { publishing } from './cases/broker/publishing.ts'
import { redriving } from './cases/broker/redriving.ts'
import { results } from './cases/broker/results.ts'
import { retries } from './cases/broker/retries.ts'
import { orderedGroups } from './cases/broker/ordered-groups.ts'
import { running } from './cases/broker/running-groups.ts'
import { scheduling } from './cases/broker/scheduling.ts'
import { shardedChannels } from './cases/broker/sharded-channels.ts'
import { slowSubscribers } from './cases/broker/slow-subscribers.ts'
import { sharing } from './cases/broker/sharing.ts'
import { suspects } from './cases/broker/suspects.ts'
import { taskPages } from './cases/broker/task-pages.ts'
import { workerReadiness } from './cases/broker/worker-readiness.ts'
import { boundaryArguments } from './cases/port/arguments.ts'
import { cancel } from './cases/port/cancel.ts'
import { capacity } from './cases/port/capacity.ts'
import { channel } from './cases/port/channel.ts'
import { channelObliterate } from './cases/port/channel-obliterate.ts'
import { claim } from './cases/port/claim.ts'
import { deadLetters } from './cases/port/dead-letters.ts'
import { dedupe } from './cases/port/dedupe.ts'
import { delay } from './cases/port/delay.ts'
import { displace } from './cases/port/displace.ts'
import { endings } from './cases/port/endings.ts'
import { flows } from './cases/port/flows.ts'
import { flowsAgain } from './cases/port/flows-again.ts'
import { flowsWaking } from './cases/port/flows-waking.ts'
import { grants } from './cases/port/grants.ts'
import { grantsKept } from './cases/port/grants-kept.ts'
import { groupBatches } from './cases/broker/group-batches.ts'
import { groupHistory } from './cases/port/group-history.ts'
import { groupLetters } from './cases/port/group-letters.ts'
import { groupRedriving } from './cases/port/group-redriving.ts'
import { groupLife } from './cases/port/group-life.ts'
import { groupSeeking } from './cases/port/group-seeking.ts'
import { groupSuspects } from './cases/port/group-suspects.ts'
import { groupOrder } from './cases/port/group-order.ts'
import { groupOrderKept } from './cases/port/group-order-kept.ts'
import { groupOrderWoken } from './cases/port/group-order-woken.ts'
import { groupWaking } from './cases/port/group-waking.ts'
import { groups } from './cases/port/groups.ts'
import { history } from './cases/port/history.ts'
import { inbox } from './cases/port/inbox.ts'
import { inspect } from './cases/port/inspect.ts'
import { isolation } from './cases/port/isolation.ts'
import { leases } from './cases/port/leases.ts'
import { lifecycle } from './cases/port/lifecycle.ts'
import { keyCapacity } from './cases/port/key-capacity.ts'
import { keyLimits } from './cases/port/key-limits.ts'
import { limitsShown } from './cases/broker/limits-shown.ts'
import { keyedTasks } from './cases/port/keyed-tasks.ts'
import { keys } from './cases/port/keys.ts'
import { limitsLiveness } from './cases/port/limits-liveness.ts'
import { limitsWaking } from './cases/port/limits-waking.ts'
import { queueLimits } from './cases/port/queue-limits.ts'
import { logs } from './cases/port/logs.ts'
import { outcomeChannel } from './cases/port/outcome-channel.ts'
import { outcomes } from './cases/port/outcomes.ts'
import { memos } from './cases/port/memo.ts'
import { order } from './cases/port/order.ts'
import { ownIds } from './cases/port/own-ids.ts'
import { sealing } from './cases/port/sealing.ts'
import { patternPort } from './cases/port/pattern.ts'
import { keyedSchedules } from './cases/port/keyed-schedules.ts'
import { pages } from './cases/port/pages.ts'
import { pause } from './cases/port/pause.ts'
import { purge } from './cases/port/purge.ts'
import { repeatedEnqueue } from './cases/port/repeated-enqueue.ts'
import { repeatedTurn } from './cases/port/repeated-turn.ts'
import { replacing } from './cases/port/replacing.ts'
import { adjusting } from './cases/broker/adjusting.ts'
import { changing } from './cases/broker/changing.ts'
import { change } from './cases/port/change.ts'
import { retention } from './cases/port/retention.ts'
import { retry } from './cases/port/retry.ts'
import { schedules } from './cases/port/schedules.ts'
import { stale } from './cases/port/stale.ts'
import { stats } from './cases/port/stats.ts'
import { movingPages } from './cases/port/moving-pages.ts'
import { obliterate } from './cases/port/obliterate.ts'
import { suspects as portSuspects } from './cases/port/suspects.ts'
import { totals } from './cases/port/totals.ts'
import { waking } from './cases/port/waking.ts'
import { registry } from './cases/port/registry.ts'
import { watching } from './cases/port/watching.ts'
import { wrongCalls, wrongChannelCalls } from './cases/port/wrong-calls.ts'
import type { ConformanceOptions, Runner } from './runner.ts'
import { runTopic } from './topic.ts'
import type { Topic } from './topic.ts'

/** All cases: first those that show that the ports keep their laws, then those that run programs on it. */
const TOPICS: readonly Topic[] = [
  { title: 'storage: isolation', cases: isolation },
  { title: 'storage: its life', cases: lifecycle },
  { title: 'queue port: order', cases: order },
  { title: 'queue port: repeated batches', cases: repeatedEnqueue },
  { title: 'queue port: replacing', cases: replacing },
  { title: 'queue port: own ids', cases: ownIds },
  { title: 'queue port: sealing', cases: sealing },
  { title: 'queue port: capacity', cases: capacity },
  { title: 'queue port: claims', cases: claim },
  { title: 'queue port: repeated turns', cases: repeatedTurn },
  { title: 'queue port: stale settlements', cases: stale },
  { title: 'queue port: leases', cases: leases },
  { title: 'queue port: suspects', cases: portSuspects },
  { title: 'queue port: obliteration', cases: obliterate },
  { title: 'queue port: retries', cases: retry },
  { title: 'queue port: delays', cases: delay },
  { title: 'queue port: endings', cases: endings },
  { title: 'queue port: retention', cases: retention },
  { title: 'queue port: watching', cases: watching },
  { title: 'queue port: cancellation', cases: cancel },
  { title: 'queue port: changes', cases: change },
  { title: 'queue port: pauses', cases: pause },
  { title: 'queue port: dead letters', cases: deadLetters },
  { title: 'queue port: purges', cases: purge },
  { title: 'queue port: deduplication', cases: dedupe },
  { title: 'queue port: displacement', cases: displace },
  { title: 'queue port: memos', cases: memos },
  { title: 'queue port: inspection', cases: inspect },
  { title: 'queue port: logs', cases: logs },
  { title: 'queue port: pages', cases: pages },
  { title: 'queue port: pages while tasks move', cases: movingPages },
  { title: 'queue port: waking', cases: waking },
  { title: 'queue port: grants', cases: grants },
  { title: 'queue port: grants that are kept', cases: grantsKept },
  { title: 'queue port: keys', cases: keys },
  { title: 'queue port: tasks with keys', cases: keyedTasks },
  { title: 'queue port: limits of keys', cases: keyLimits },
  { title: 'queue port: capacity of keys', cases: keyCapacity },
  { title: 'queue port: limits', cases: queueLimits },
  { title: 'queue port: limits and whom they wake', cases: limitsWaking },
  { title: 'queue port: limits and nobody forgotten', cases: limitsLiveness },
  { title: 'queue port: stats', cases: stats },
  { title: 'queue port: totals', cases: totals },
  { title: 'queue port: history', cases: history },
  { title: 'queue port: schedules', cases: schedules },
  { title: 'queue port: schedules with keys', cases: keyedSchedules },
  { title: 'queue port: flows', cases: flows },
  { title: 'queue port: flows whose parents are looked for again', cases: flowsAgain },
  { title: 'queue port: flows and whom they wake', cases: flowsWaking },
  { title: 'queue port: inboxes', cases: inbox },
  { title: 'queue port: outcomes', cases: outcomes },
  { title: 'queue port: the channel of outcomes', cases: outcomeChannel },
  { title: 'queue port: arguments', cases: boundaryArguments },
  { title: 'queue port: wrong calls', cases: wrongCalls },
  { title: 'channel port', cases: channel },
  { title: 'channel port: obliteration', cases: channelObliterate },
  { title: 'channel port: wrong calls', cases: wrongChannelCalls },
  { title: 'pattern port', cases: patternPort },
  { title: 'group port', cases: groups },
  { title: 'group port: order by key', cases: groupOrder },
  { title: 'group port: order by key, operated and kept', cases: groupOrderKept },
  { title: 'group port: order by key, waking', cases: groupOrderWoken },
  { title: 'group port: waking', cases: groupWaking },
  { title: 'group port: its life', cases: groupLife },
  { title: 'group port: seeking', cases: groupSeeking },
  { title: 'group port: suspects', cases: groupSuspects },
  { title: 'group port: dead letters', cases: groupLetters },
  { title: 'group port: redriving', cases: groupRedriving },
  { title: 'group port: what is kept', cases: groupHistory },
  { title: 'registry port', cases: registry },
  { title: 'broker: its life', cases: brokerLife },
  { title: 'queue: enqueueing', cases: enqueueing },
  { title: 'broker: values that JSON would change', cases: keptValues },
  { title: 'queue: handling', cases: handling },
  { title: 'queue: middleware and headers', cases: middleware },
  { title: 'queue: batches', cases: batches },
  { title: 'queue: batches that fail', cases: failingBatches },
  { title: 'queue: results', cases: results },
  { title: 'queue: failures', cases: failures },
  { title: 'queue: which failures are retried, and when', cases: retries },
  { title: 'queue: timeouts and cancellation', cases: interruptions },
  { title: 'queue: delay, priority and expiry', cases: scheduling },
  { title: 'queue: a bounded one', cases: bounded },
  { title: 'queue: progress', cases: progress },
  { title: 'queue: logs of tasks', cases: taskLogs },
  { title: 'queue: outcomes', cases: outcomesOfQueues },
  { title: 'queue: suspects', cases: suspects },
  { title: 'queue: keys and limits', cases: sharing },
  { title: 'queue: keys and limits, as they are shown', cases: limitsShown },
  { title: 'queue: an operator’s words', cases: operating },
  { title: 'queue: tasks that are changed', cases: changing },
  { title: 'queue: dead letters', cases: redriving },
  { title: 'queue: pages of tasks', cases: taskPages },
  { title: 'queue: steps done once', cases: once },
  { title: 'queue: flows', cases: flowsOfTasks },
  { title: 'queue: flows, when a storage forgets', cases: forgottenFlows },
  { title: 'queue: explanations', cases: explaining },
  { title: 'worker: whether it is ready', cases: workerReadiness },
  { title: 'worker: quiet and close', cases: closing },
  { title: 'worker: changed while it runs', cases: adjusting },
  { title: 'channel: publishing', cases: publishing },
  { title: 'channel: subscribers', cases: channels },
  { title: 'channel: slow subscribers and bad messages', cases: slowSubscribers },
  { title: 'channel: gaps', cases: gaps },
  { title: 'channel: consumer groups', cases: consuming },
  { title: 'channel: consumer groups that take batches', cases: groupBatches },
  { title: 'channel: consumer groups that are ordered by key', cases: orderedGroups },
  { title: 'channel: headers of what groups consume', cases: messageHeaders },
  { title: 'channel: consumer groups, and those who run them', cases: running },
  { title: 'channel: explanations of a consumer group', cases: explainingGroups },
  { title: 'channel: patterns', cases: patterns },
  { title: 'channel: sharded ones', cases: shardedChannels },
  { title: 'broker: other programs', cases: otherPrograms },
  { title: 'broker: what there is and who works', cases: listing },
]

/**
 * Tests an adapter: declares some hundred tests with the given runner, each on a fresh storage. Call it at the top
 * level of a test file, with `describe` and `it` of vitest, `node:test` or jest. Asserts with `node:assert`.
 */
export function testAdapter(runner: Runner, options: ConformanceOptions): void {
  runner.describe(`${options.name} conforms`, () => {
    for (const topic of TOPICS) runTopic(topic, runner, options)
  })
}
