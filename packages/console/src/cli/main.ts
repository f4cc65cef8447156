#!/usr/bin/env node
import { pino } from 'pino'
import process from 'node:process'
import { createCliLogger } from './cli-logger.ts'
import { runCli } from './run-cli.ts'

// Written before the call returns, so that nothing is lost at an exit.
await runCli({ host: process, logger: createCliLogger(pino.destination({ dest: 1, sync: true })) })
