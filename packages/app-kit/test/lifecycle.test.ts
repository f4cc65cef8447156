import { EventEmitter } from 'node:events'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createAppLogger } from '../src/app-logger.ts'
import { StartError, live } from '../src/lifecycle.ts'
import type { HostProcess, Service } from '../src/lifecycle.ts'

describe('the life of a process', () => {
  it('ends with 0 once the service is closed', async () => {
    const { host, signal, exitCode, close } = begin()
    signal('SIGTERM')
    expect(await exitCode).toBe(0)
    expect(close).toHaveBeenCalledExactlyOnceWith({ deadlineMs: 8_000 })
    expect(host.exit).toHaveBeenCalledTimes(1)
  })

  it('exits at once on a second SIGTERM', async () => {
    const { signal, exitCode } = begin({ close: () => new Promise(() => {}) })
    signal('SIGTERM')
    signal('SIGTERM')
    expect(await exitCode).toBe(1)
  })

  it('exits with 130 on a second Ctrl-C, but takes one that comes twice at once for one', async () => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout'] })
    const { host, signal, exitCode } = begin({ close: () => new Promise(() => {}) })
    signal('SIGINT')
    vi.advanceTimersByTime(5)
    signal('SIGINT')
    expect(host.exit).not.toHaveBeenCalled()
    vi.advanceTimersByTime(500)
    signal('SIGINT')
    expect(await exitCode).toBe(130)
    vi.useRealTimers()
  })

  it('exits with 1 when the grace period is over', async () => {
    const { signal, exitCode, logged } = begin({ close: () => new Promise(() => {}), gracePeriodMs: 20 })
    signal('SIGTERM')
    expect(await exitCode).toBe(1)
    expect(logged()).toContain('did not stop within the grace period')
  })

  it('goes on for a while after SIGTERM, not ready, before it is closed; not after Ctrl-C, and not after a second signal', async () => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const drained = begin({ drainMs: 5_000 })
    await vi.advanceTimersByTimeAsync(1)
    drained.signal('SIGTERM')
    await vi.advanceTimersByTimeAsync(4_999)
    expect(drained.stopping()).toBe(true)
    expect(drained.close).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(drained.close).toHaveBeenCalledExactlyOnceWith({ deadlineMs: 8_000 })
    expect(await drained.exitCode).toBe(0)

    const pressed = begin({ drainMs: 5_000 })
    await vi.advanceTimersByTimeAsync(1)
    pressed.signal('SIGINT')
    await vi.advanceTimersByTimeAsync(0)
    expect(pressed.close).toHaveBeenCalledTimes(1)

    const hurried = begin({ drainMs: 5_000 })
    await vi.advanceTimersByTimeAsync(1)
    hurried.signal('SIGTERM')
    hurried.signal('SIGTERM')
    expect(await hurried.exitCode).toBe(1)
  })

  it('has its whole grace period after that', async () => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const { host, signal, exitCode } = begin({ drainMs: 5_000, close: () => new Promise(() => {}) })
    await vi.advanceTimersByTimeAsync(1)
    signal('SIGTERM')
    await vi.advanceTimersByTimeAsync(14_999)
    expect(host.exit).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(await exitCode).toBe(1)
  })

  it('ends with 0 when its service has nothing left to do, once that is closed', async () => {
    let ended = (): void => undefined
    const close = vi.fn(async () => undefined)
    const { exitCode, logged } = begin({
      start: async () => ({ close, ended: new Promise<void>((resolve) => (ended = resolve)) }),
    })
    await new Promise((resolve) => setTimeout(resolve))
    expect(close).not.toHaveBeenCalled()
    ended()
    expect(await exitCode).toBe(0)
    expect(close).toHaveBeenCalledExactlyOnceWith({ deadlineMs: 8_000 })
    expect(logged()).toContain('stopping: its workers were stopped by operators')
  })

  it('takes a SIGTERM that comes while it ends by itself for the first one, and closes once', async () => {
    let closed = (): void => undefined
    const close = vi.fn(() => new Promise<void>((resolve) => (closed = resolve)))
    const { host, signal, exitCode } = begin({ start: async () => ({ close, ended: Promise.resolve() }) })
    await vi.waitFor(() => expect(close).toHaveBeenCalledTimes(1))
    signal('SIGTERM')
    await new Promise((resolve) => setTimeout(resolve))
    expect(host.exit).not.toHaveBeenCalled()
    closed()
    expect(await exitCode).toBe(0)
    expect(close).toHaveBeenCalledTimes(1)
  })

  it('stops while it is still starting, and tells the start so', async () => {
    const { signal, exitCode, logged } = begin({
      start: (stopping) =>
        new Promise((_, reject) => stopping.addEventListener('abort', () => reject(stopping.reason))),
    })
    signal('SIGTERM')
    expect(await exitCode).toBe(0)
    expect(logged()).not.toContain('could not start')
  })

  it('tells a StartError in one line, without a stack, and exits with 1', async () => {
    const { exitCode, logged } = begin({ start: () => Promise.reject(new StartError('port 5000 is taken: set PORT')) })
    expect(await exitCode).toBe(1)
    expect(logged()).toContain('"msg":"port 5000 is taken: set PORT"')
    expect(logged()).not.toContain('stack')
  })

  it.each(['uncaughtException', 'unhandledRejection'])('logs an %s and exits with 1', async (event) => {
    const { host, exitCode, logged } = begin()
    host.emit(event, new Error('nobody caught me'))
    expect(await exitCode).toBe(1)
    expect(logged()).toContain('nobody caught me')
  })
})

interface Begin {
  readonly close?: Service['close']
  readonly start?: (signal: AbortSignal) => Promise<Service>
  readonly gracePeriodMs?: number
  readonly drainMs?: number
}

function begin({ close = async () => undefined, start, gracePeriodMs = 10_000, drainMs }: Begin = {}) {
  const lines: string[] = []
  const spy = vi.fn(close)
  let exited = (_code: number): void => undefined
  const exitCode = new Promise<number>((resolve) => (exited = resolve))
  const exit = vi.fn((code: number) => exited(code))
  let stopping: AbortSignal | undefined
  const host = Object.assign(new EventEmitter(), { env: {}, pid: 1, stderr: { write: () => true }, exit })
  live(host as unknown as HostProcess, {
    logger: createAppLogger({ app: 'test', level: 'info', destination: { write: (line) => lines.push(line) } }),
    gracePeriodMs,
    drainMs,
    start: (signal) => {
      stopping = signal
      return start?.(signal) ?? Promise.resolve({ close: spy })
    },
  })
  return {
    host,
    close: spy,
    stopping: () => stopping?.aborted,
    exitCode,
    logged: () => lines.join(''),
    signal: (name: NodeJS.Signals) => host.emit(name, name),
  }
}
