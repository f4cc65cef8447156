import type { Counter, Histogram, Meter } from '@opentelemetry/api'

/** Advised by the conventions, and further up: a handler may take minutes, and a task wait for hours. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
const LONG_SECONDS = [...SECONDS, 30, 60, 300, 1_800, 3_600]

export interface Instruments {
  readonly sent: Counter
  readonly sendSeconds: Histogram
  readonly consumed: Counter
  readonly runSeconds: Histogram
  readonly waitSeconds: Histogram
}

export function createInstruments(meter: Meter): Instruments {
  const seconds = (name: string, description: string, explicitBucketBoundaries: number[]): Histogram =>
    meter.createHistogram(name, { unit: 's', description, advice: { explicitBucketBoundaries } })
  const messages = (name: string, description: string): Counter =>
    meter.createCounter(name, { unit: '{message}', description })
  return {
    sent: messages('messaging.client.sent.messages', 'Tasks that were enqueued.'),
    sendSeconds: seconds('messaging.client.operation.duration', 'How long enqueueing took.', SECONDS),
    consumed: messages('messaging.client.consumed.messages', 'Runs of handlers.'),
    runSeconds: seconds('messaging.process.duration', 'How long handlers took.', LONG_SECONDS),
    waitSeconds: seconds(
      'mq.task.wait.duration',
      'From when a task was due until a worker claimed it for its first attempt.',
      LONG_SECONDS,
    ),
  }
}
