// What a run of the cache test-suite found: the score of each group, what did not pass, and what changed since it was
// recorded. The verdict on each test is the suite's own. Exit codes: 0, 2 where a file can't be read, and
//
//   score.mjs score SUITE_DIR RESULTS [--expect FILE] [--record FILE]    1 if an outcome is worse
//   score.mjs has SUITE_DIR TESTID                                       1 if it has no such test
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'

const KINDS = { required: 'required', optimal: 'optional', check: 'checks' }

/** The words of the recorded outcomes, by the suite's symbols, which are all that its versions have in common. */
const OUTCOMES = {
  '✅': 'pass',
  '⛔️': 'fail',
  '⚠️': 'fail',
  Y: 'yes',
  N: 'no',
  '⚪️': 'dependency',
  '🔹': 'setup',
  '⁉️': 'harness',
  '↻': 'retry',
  '-': 'untested'
}
const ANSWERS = ['pass', 'yes', 'no']

const colour = process.stdout.isTTY && !process.env.NO_COLOR
const bold = text => (colour ? `\x1b[1m${text}\x1b[0m` : text)
const red = text => (colour ? `\x1b[31m${text}\x1b[0m` : text)

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { expect: { type: 'string' }, record: { type: 'string' } }
})
const [verb, dir, argument] = positionals
const suite = await load(dir)
process.exitCode = verb === 'has' ? has(argument) : score(argument)

async function load (dir) {
  const read = file => import(pathToFileURL(join(dir, file)))
  const isPackage = !existsSync(join(dir, 'test-engine'))
  const groups = [...(await read('tests/index.mjs')).default]
  // The client of the package adds this group, which the index lacks.
  if (isPackage) groups.push((await read('tests/surrogate-control.mjs')).default)
  const { determineTestResult } = await read(isPackage ? 'lib/display.mjs' : 'test-engine/lib/results.mjs')
  return { groups, outcome: (id, results) => OUTCOMES[determineTestResult(groups, id, results)[2]] }
}

function readJson (file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    console.error(`conformance: ${file}: ${error.message}`)
    process.exit(2)
  }
}

function has (id) {
  return countedTests().some(test => test.id === id) ? 0 : 1
}

function countedTests (groups = suite.groups) {
  return groups.flatMap(group => group.tests).filter(test => !test.browser_only)
}

function score (file) {
  const results = readJson(file)
  const tests = countedTests().map(test => ({
    id: test.id,
    kind: test.kind ?? 'required',
    passed: results[test.id] === true,
    outcome: suite.outcome(test.id, results),
    needs: (test.depends_on ?? []).filter(id => !['pass', 'yes'].includes(suite.outcome(id, results))),
    reason: results[test.id]?.[1] ?? ''
  }))
  const byId = new Map(tests.map(test => [test.id, test]))

  const width = Math.max(...suite.groups.map(group => group.name.length))
  for (const group of suite.groups) {
    console.log(line(group.name.padEnd(width), countedTests([group]).map(test => byId.get(test.id))))
  }
  console.log(bold(line('Total'.padEnd(width), tests)))
  printFailed(tests)

  const outcomes = Object.fromEntries(tests.map(test => [test.id, test.outcome]).sort(([a], [b]) => (a < b ? -1 : 1)))
  const worse = values.expect ? compare(readJson(values.expect), outcomes, byId) : 0
  if (values.record) writeFileSync(values.record, JSON.stringify(outcomes, null, 2) + '\n')
  return worse ? 1 : 0
}

/** For checks the first number is how often the answer is yes. */
function line (name, tests) {
  const scores = Object.entries(KINDS).map(([kind, label]) => {
    const ofKind = tests.filter(test => test.kind === kind)
    const score = `${ofKind.filter(test => test.passed).length}/${ofKind.length}`
    return ofKind.length ? `${label} ${score.padEnd(7)}` : ' '.repeat(label.length + 8)
  })
  return `${name}  ${scores.join('  ')}`.trimEnd()
}

function printFailed (tests) {
  const failed = tests.filter(test => test.kind !== 'check' && !test.passed)
  if (!failed.length) return
  const width = Math.max(...failed.map(test => test.id.length))
  console.log(`\n${bold('Not passed')}`)
  for (const kind of Object.keys(KINDS)) {
    for (const test of failed.filter(test => test.kind === kind)) {
      console.log(`  ${KINDS[kind]}  ${test.id.padEnd(width)}  ${why(test)}`)
    }
  }
}

function why (test) {
  if (test.outcome === 'dependency') return `needs ${test.needs.join(', ')}`
  return test.outcome === 'fail' ? test.reason : `${test.outcome}: ${test.reason}`
}

/** Prints what is not as recorded; how many are worse. */
function compare (recorded, outcomes, byId) {
  const changes = { worse: [], better: [], changed: [] }
  for (const id of new Set([...Object.keys(recorded), ...Object.keys(outcomes)])) {
    const [was, is] = [recorded[id] ?? 'not recorded', outcomes[id] ?? 'untested']
    if (was !== is) changes[direction(was, is)].push(`${id}: ${was} -> ${is}  ${byId.get(id)?.reason ?? ''}`.trimEnd())
  }
  const { worse, better, changed } = changes
  console.log(`\n${bold('Against what was recorded')}: ${worse.length} worse, ${better.length} better, ` +
    `${changed.length} otherwise changed`)
  for (const [word, texts] of Object.entries(changes)) {
    for (const text of texts) console.log(`  ${word === 'worse' ? red(word) : word}  ${text}`)
  }
  if (better.length + changed.length) console.log('Review these, then record them with --record.')
  return worse.length
}

/** A check has an answer, and no answer is the better one. What nobody has recorded, nobody has reviewed. */
function direction (was, is) {
  if (was === 'not recorded' || (ANSWERS.includes(was) && !ANSWERS.includes(is))) return 'worse'
  return ANSWERS.includes(is) && !ANSWERS.includes(was) ? 'better' : 'changed'
}
