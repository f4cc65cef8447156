import { EventEmitter } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
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
}

function begin({ close = async () => undefined, start, gracePeriodMs = 10_000 }: Begin = {}) {
  const lines: string[] = []
  const spy = vi.fn(close)
  let exited = (_code: number): void => undefined
  const exitCode = new Promise<number>((resolve) => (exited = resolve))
  const exit = vi.fn((code: number) => exited(code))
  const host = Object.assign(new EventEmitter(), { env: {}, pid: 1, stderr: { write: () => true }, exit })
  live(host as unknown as HostProcess, {
    logger: createAppLogger({ app: 'test', level: 'info', destination: { write: (line) => lines.push(line) } }),
    gracePeriodMs,
    start: start ?? (async () => ({ close: spy })),
  })
  return {
    host,
    close: spy,
    exitCode,
    logged: () => lines.join(''),
    signal: (name: NodeJS.Signals) => host.emit(name, name),
  }
}
