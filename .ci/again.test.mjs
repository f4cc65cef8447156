import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MOST, runAgain } from './again.mjs'
import { normalise } from './reports.mjs'

const failedTest = (fullName) => ({ status: 'failed', fullName, failureMessages: ['AssertionError: no'] })
const vitest = {
  numPassedTests: 10,
  numFailedTests: 3,
  testResults: [
    { name: 'a.test.ts', status: 'failed', assertionResults: [failedTest('one'), failedTest('two')] },
    { name: 'b.test.ts', status: 'failed', assertionResults: [failedTest('three')] },
    { name: 'c.test.ts', status: 'passed', assertionResults: [] },
  ],
}

void test('what passes when run once more is flaky, and what fails again is red', () => {
  const asked = []
  const report = runAgain(normalise(vitest, 1), (file) => asked.push(file) && file === 'a.test.ts')
  assert.deepEqual(asked, ['a.test.ts', 'b.test.ts'])
  assert.equal(report.passed, 12)
  assert.equal(report.failed, 1)
  assert.deepEqual(
    report.flaky.map((line) => line.split(':')[0]),
    ['a.test.ts', 'a.test.ts'],
  )
  assert.match(report.failures[0], /^b\.test\.ts: three: AssertionError: no/)
})

void test('a file that did not load can be cured, too', () => {
  const broken = {
    numPassedTests: 5,
    numFailedTests: 0,
    testResults: [{ name: 'd.test.ts', status: 'failed', message: 'ENOENT' }],
  }
  assert.equal(normalise(broken, 1).failed, 1)
  assert.equal(runAgain(normalise(broken, 1), () => true).failed, 0)
  assert.equal(runAgain(normalise(broken, 1), () => false).failed, 1)
})

void test('what has no name cannot be run again and stays red', () => {
  const never = () => assert.fail('nothing to run')
  assert.equal(runAgain(normalise(undefined, 1), never).failed, 1)
  assert.equal(runAgain(normalise(undefined, 0), never).failed, 1)
  assert.equal(runAgain(normalise({ numPassedTests: 5, numFailedTests: 0, testResults: [] }, 1), never).failed, 1)
  assert.equal(runAgain(normalise({ passed: 3, failed: 1, failures: ['format'] }, 1), never).failed, 1)
})

void test('more failures than chance gives are not run again', () => {
  const names = Array.from({ length: MOST + 1 }, (_, i) => `mutant-${i}`)
  const report = normalise(
    { passed: 1, failed: names.length, failures: names.map((name) => `${name}: seen`), again: names },
    1,
  )
  assert.equal(runAgain(report, () => assert.fail('too many')).failed, names.length)
})

void test('all is well', () => {
  assert.deepEqual(normalise({ passed: 3, failed: 0, failures: [] }, 0), {
    passed: 3,
    failed: 0,
    failures: [],
    flaky: [],
    again: [],
  })
})
